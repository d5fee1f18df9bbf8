//! The C ABI: a file a type, and the only `unsafe` code of the crate. `include/dmerp.h` is made from these files; their
//! doc comments are the C programmer's manual and speak C.
//!
//! Every entry point goes through `entry` or `plain`, which keep panics inside, and reads its arguments through the
//! functions below, which check them. What a NUL-terminated string, an array, or an `out` pointer points to is trusted:
//! C offers no way to check it.
#![allow(unsafe_code)]
// The contract of these functions is in their header comments, in C's terms.
#![allow(clippy::missing_safety_doc, non_camel_case_types)]

mod buffer;
mod call;
mod client;
mod config;
mod error;
mod handle;
mod library;
mod packets;
mod pushed;
mod results;
mod sigpipe;
mod status;

pub use buffer::*;
pub use call::*;
pub use client::*;
pub use config::*;
pub use error::*;
pub use library::*;
pub use packets::*;
pub use pushed::*;
pub use results::*;
pub use status::*;

use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{ErrorKind, Result};

thread_local! {
    /// How many entry points this thread is inside of: more than one when a callback calls back.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside an entry point already, which is so in a callback.
fn inside_a_callback() -> bool {
    DEPTH.get() > 1
}

fn guarded<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    outcome
}

/// The boundary of every function that can fail: no panic gets out, and an error becomes a status and, where the caller
/// wants one, an error handle.
fn entry(error: *mut *mut dmerp_error, body: impl FnOnce() -> Result<()>) -> dmerp_status {
    // SAFETY: `error` is NULL or points to a place for a pointer; the contract of every function.
    let error = unsafe { error.as_mut() };
    let failure = match guarded(body) {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(panic) => Some(ErrorKind::Internal(panic_text(&*panic)).into()),
    };
    let status = failure
        .as_ref()
        .map_or(crate::Status::Ok, crate::Error::status);
    if let Some(place) = error {
        *place = match failure {
            Some(failure) => {
                // Not even a failure to store the failure may get out.
                guarded(|| handle::put(ErrorObject::new(failure))).unwrap_or(std::ptr::null_mut())
            }
            None => std::ptr::null_mut(),
        };
    }
    status as dmerp_status
}

/// The boundary of every function that uses the network.
fn network_entry(error: *mut *mut dmerp_error, body: impl FnOnce() -> Result<()>) -> dmerp_status {
    entry(error, || sigpipe::blocked(body))
}

/// The boundary of every function that cannot fail; `otherwise` is returned for a bad handle.
fn plain<T>(otherwise: T, body: impl FnOnce() -> Result<T>) -> T {
    match guarded(body) {
        Ok(Ok(value)) => value,
        _ => otherwise,
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".into())
}

fn invalid(what: &str, problem: &str) -> crate::Error {
    ErrorKind::InvalidArgument(format!("{what} {problem}")).into()
}

/// A string that must be there.
fn text<'a>(what: &str, text: *const c_char) -> Result<&'a str> {
    optional_text(what, text)?.ok_or_else(|| invalid(what, "is NULL"))
}

/// A string that may be NULL.
fn optional_text<'a>(what: &str, text: *const c_char) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and by contract NUL-terminated and unchanged during the call.
    let text = unsafe { CStr::from_ptr(text) };
    match text.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(invalid(what, "is not UTF-8")),
    }
}

/// An array that is borrowed for the call; NULL is an empty one.
fn array<'a, T>(what: &str, data: *const T, len: usize) -> Result<&'a [T]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(invalid(what, "is NULL, but its length is not 0"));
    }
    if !data.is_aligned() || len > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(invalid(what, "is not an array of that length"));
    }
    // SAFETY: aligned, not NULL, of a possible size, and by contract readable for `len` elements during the call.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Where a result goes. It is given `empty` at once, so that a caller who overlooks an error finds nothing in it.
fn out<'a, T>(what: &str, place: *mut T, empty: T) -> Result<&'a mut T> {
    if place.is_null() {
        return Err(invalid(what, "is NULL"));
    }
    // SAFETY: not NULL, and by contract a writable place for a T, initialized or not, that nothing else uses meanwhile.
    unsafe {
        place.write(empty);
        Ok(&mut *place)
    }
}

/// Like [`out`], for a result that the caller need not want.
fn or_null<'a, T>(what: &str, place: *mut T, empty: T) -> Result<Option<&'a mut T>> {
    match place.is_null() {
        true => Ok(None),
        false => out(what, place, empty).map(Some),
    }
}

/// What C sees of a text that may be missing.
fn text_or_null(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// A text for C. A NUL in it would cut it short, so none gets here unseen: wire refuses it, and in messages it is shown.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{2400}")).unwrap_or_default()
}
