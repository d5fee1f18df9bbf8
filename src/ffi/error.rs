//! `dmerp_error`: why a call failed.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, dmerp_status, plain, text_or_null};

/// Describes why a call failed. A function stores this handle through its `error` argument; free it with
/// dmerp_error_free(). Any number of threads may read an error at the same time.
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

/// Returns the status of the failed call; DMERP_INVALID_HANDLE if `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_status(error: *const dmerp_error) -> dmerp_status {
    plain(crate::Status::InvalidHandle as dmerp_status, || {
        Ok(handle::get::<ErrorObject>(error)?.error.status() as dmerp_status)
    })
}

/// Returns the message: what was tried, what came back, and what to do, on one line. It never holds the API key. The
/// text is borrowed and valid until dmerp_error_free(). NULL if `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_message(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(handle::get::<ErrorObject>(error)?.message.as_ptr())
    })
}

/// Returns the HTTP status of the answer that caused the error; 0 if no answer came, the answer broke off, or `error`
/// is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_http_status(error: *const dmerp_error) -> i32 {
    plain(0, || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(error.error.http_status().map_or(0, i32::from))
    })
}

/// Returns the message of the portal or the storage, on one line of at most 300 characters. The text is borrowed and
/// valid until dmerp_error_free(). NULL if there was no message, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_server_message(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(text_or_null(&error.server_message))
    })
}

/// Returns the packet of the call: the unique id for a push, the storage path for a link or a download. The text is
/// borrowed and valid until dmerp_error_free(). NULL if the call had no packet, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_packet_id(error: *const dmerp_error) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(text_or_null(&handle::get::<ErrorObject>(error)?.packet_id))
    })
}

/// Returns how many HTTP requests the call made; 0 if it failed before the first one, or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_attempts(error: *const dmerp_error) -> u32 {
    plain(0, || {
        Ok(handle::get::<ErrorObject>(error)?.error.attempts())
    })
}

/// Returns 1 if the same call, made later and unchanged, can succeed; else 0, also if `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_is_retryable(error: *const dmerp_error) -> i32 {
    plain(0, || {
        Ok(handle::get::<ErrorObject>(error)?
            .error
            .is_retryable()
            .into())
    })
}

/// Returns how long the server asked to wait before the next try (Retry-After), in milliseconds; 0 if it did not ask,
/// or `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_retry_after_ms(error: *const dmerp_error) -> u64 {
    plain(0, || {
        let wait = handle::get::<ErrorObject>(error)?.error.retry_after();
        Ok(wait.map_or(0, |wait| {
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
        }))
    })
}

/// Returns 1 if the server may have done what was asked: a request was sent completely, and no answer came. A push may
/// have been stored, and packets may have been marked done. Repeat the call with the same packet id or receipts.
/// Returns 0 if not, or if `error` is not a live error.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_is_outcome_unknown(error: *const dmerp_error) -> i32 {
    plain(0, || {
        let error = handle::get::<ErrorObject>(error)?;
        Ok(error.error.is_outcome_unknown().into())
    })
}

/// Frees an error. NULL, and an error that was freed before, are ignored. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_error_free(error: *mut dmerp_error) {
    plain((), || {
        handle::free::<ErrorObject>(error);
        Ok(())
    });
}
