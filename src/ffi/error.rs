//! `dmerp_error`: why a call failed.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, dmerp_status, plain, text_or_null};

/// Why a call failed: a handle that a function put into its `error` argument, to be freed with dmerp_error_free(). Any
/// number of threads may read one at once.
pub struct dmerp_error {
    _private: [u8; 0],
}

pub(super) struct ErrorObject {
    error: crate::Error,
    message: CString,
    server_message: Option<CString>,
    packet_id: Option<CString>,
}

impl Object for ErrorObject {
    type Handle = dmerp_error;
    const NAME: &'static str = "dmerp_error";
}

impl ErrorObject {
    pub fn new(error: crate::Error) -> Self {
        ErrorObject {
            message: c_text(&error.to_string()),
            server_message: error.server_message().map(c_text),
            packet_id: error.packet_id().map(c_text),
            error,
        }
    }
}

/// The status of the call that failed; DMERP_INVALID_HANDLE when `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_status(error: *const dmerp_error) -> dmerp_status {
    plain(crate::Status::InvalidHandle as dmerp_status, || {
        Ok(handle::get::<ErrorObject>(error)?.error.status() as dmerp_status)
    })
}

/// What was tried, what came back, and what to do, on one line. It never holds the API key. Borrowed: valid until
/// dmerp_error_free(). NULL when `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_message(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(handle::get::<ErrorObject>(error)?.message.as_ptr())
    })
}

/// The HTTP status of the answer that decided; 0 where there was none or it broke off, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_http_status(error: *const dmerp_error) -> i32 {
    plain(0, || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(error.error.http_status().map_or(0, i32::from))
    })
}

/// What the portal or the storage said, on one line of at most 300 characters. Borrowed: valid until dmerp_error_free().
/// NULL where it said nothing, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_server_message(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(text_or_null(&error.server_message))
    })
}

/// The packet the call was about: the unique id of a push, the storage path of a link or download. Borrowed: valid until
/// dmerp_error_free(). NULL where there is none, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_packet_id(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(text_or_null(&handle::get::<ErrorObject>(error)?.packet_id))
    })
}

/// How many HTTP requests the call made; 0 when it failed before the first, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_attempts(error: *const dmerp_error) -> u32 {
    plain(0, || {
        Ok(handle::get::<ErrorObject>(error)?.error.attempts())
    })
}

/// 1 when the same call, made later and unchanged, can succeed; else 0.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_is_retryable(error: *const dmerp_error) -> i32 {
    plain(0, || {
        Ok(handle::get::<ErrorObject>(error)?
            .error
            .is_retryable()
            .into())
    })
}

/// The wait that the server asked for before the next try (Retry-After), in milliseconds; 0 where it asked for none, or `error`
/// is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_retry_after_ms(error: *const dmerp_error) -> u64 {
    plain(0, || {
        let wait = handle::get::<ErrorObject>(error)?.error.retry_after();
        Ok(wait.map_or(0, |wait| {
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
        }))
    })
}

/// 1 when the server may have done what was asked: all of a request was sent, and no answer came. A push may then be stored and
/// receipts may be marked; repeat the call with the same packet id or receipts. 0 when not, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_is_outcome_unknown(error: *const dmerp_error) -> i32 {
    plain(0, || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(error.error.is_outcome_unknown().into())
    })
}

/// Frees an error. NULL and an error freed before are left alone. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_free(error: *mut dmerp_error) {
    plain((), || {
        handle::free::<ErrorObject>(error);
        Ok(())
    });
}
