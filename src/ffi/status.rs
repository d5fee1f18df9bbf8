//! `dmerp_status`: the result of every function that can fail.

use std::ffi::c_char;

use once_cell::sync::Lazy;

use super::{c_text, plain};
use crate::error::{STATUSES, StatusRow};

/// The outcome of a call: 0 (DMERP_OK) or one of the DMERP_* statuses at the beginning of the header. Later versions
/// may add statuses. Treat a status that you do not know as a failure, and ask dmerp_error_is_retryable() whether to
/// repeat the call.
pub type dmerp_status = i32;

struct Texts {
    name: std::ffi::CString,
    meaning: std::ffi::CString,
    action: std::ffi::CString,
}

static TEXTS: Lazy<Vec<Texts>> = Lazy::new(|| {
    STATUSES
        .iter()
        .map(|row| Texts {
            name: c_text(row.name),
            meaning: c_text(row.meaning),
            action: c_text(row.action),
        })
        .collect()
});

fn row(status: dmerp_status) -> Option<usize> {
    STATUSES
        .iter()
        .position(|row: &StatusRow| row.status as dmerp_status == status)
}

fn static_text(
    status: dmerp_status,
    pick: impl FnOnce(&Texts) -> &std::ffi::CString,
) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(row(status).map_or(std::ptr::null(), |at| pick(&TEXTS[at]).as_ptr()))
    })
}

/// Returns a status's name without its prefix, such as "TIMED_OUT"; NULL for an unknown number. The text is static: do
/// not free it. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_name(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.name)
}

/// Returns what a status means, in a sentence; NULL for an unknown number. The text is static: do not free it. Any
/// thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_meaning(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.meaning)
}

/// Returns what to do about a status, in a sentence; NULL for an unknown number. The text is static: do not free it.
/// Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_action(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.action)
}

/// Returns 1 if a call that ended with this status can succeed when it is made later, unchanged; else 0. Any thread may
/// call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_is_retryable(status: dmerp_status) -> i32 {
    plain(0, || {
        Ok(row(status).is_some_and(|at| STATUSES[at].retryable).into())
    })
}
