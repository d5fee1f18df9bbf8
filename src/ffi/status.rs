//! `dmerp_status`: what every fallible function returns.

use std::ffi::c_char;

use once_cell::sync::Lazy;

use super::{c_text, plain};
use crate::error::{STATUSES, StatusRow};

/// How a call ended: 0 (DMERP_OK) or one of the DMERP_* statuses below. Later versions may add statuses; treat an unknown
/// one as a failure that is not worth repeating.
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

/// A status's name without its prefix, such as "TIMED_OUT"; NULL for a number that is no status. Static: never freed. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_name(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.name)
}

/// What a status means, in a sentence; NULL for a number that is no status. Static: never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_meaning(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.meaning)
}

/// What to do about a status, in a sentence; NULL for a number that is no status. Static: never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_action(status: dmerp_status) -> *const c_char {
    static_text(status, |texts| &texts.action)
}

/// 1 when a call that ended with this status can succeed if it is made later, unchanged; else 0. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_status_is_retryable(status: dmerp_status) -> i32 {
    plain(0, || {
        Ok(row(status).is_some_and(|at| STATUSES[at].retryable).into())
    })
}
