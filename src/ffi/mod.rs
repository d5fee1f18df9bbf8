//! The C ABI, with one file for each type; the only `unsafe` code of the crate. `include/dmerp.h` is generated from
//! these files: their doc comments are the C programmer's manual and use C's terms.
//!
//! Every entry point goes through `entry` or `plain`, which catch panics, and checks its arguments with the functions
//! below. What a string, an array or an `out` pointer points to is trusted, because C offers no way to check it.
#![allow(unsafe_code)]
// The header comments state the contract of these functions, in C's terms.
#![allow(clippy::missing_safety_doc, non_camel_case_types)]

mod batch;
mod buffer;
mod call;
mod client;
mod config;
mod error;
mod handle;
mod library;
mod mistakes;
mod packet_reader;
mod packet_writer;
mod packets;
#[cfg(windows)]
mod pin;
mod pushed;
mod received;
mod receiver;
mod results;
mod sigpipe;
mod stats;
mod status;
mod summary;
mod value;

pub use batch::*;
pub use buffer::*;
pub use call::*;
pub use client::*;
pub use config::*;
pub use error::*;
pub use library::*;
pub use mistakes::*;
pub use packet_reader::*;
pub use packet_writer::*;
pub use packets::*;
pub use pushed::*;
pub use received::*;
pub use receiver::*;
pub use results::*;
pub use stats::*;
pub use status::*;
pub use summary::*;
pub use value::*;

use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{ErrorKind, Result};

thread_local! {
    /// How many entry points this thread is inside of. It is more than one if a callback calls the library.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread was already inside an entry point, so that a callback made this call.
fn inside_a_callback() -> bool {
    DEPTH.get() > 1
}

fn guarded<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    outcome
}

/// The boundary of every function that can fail. It catches panics, and turns an error into a status and, if the caller
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
                // Even a panic while storing the error must not get out.
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

/// The boundary of every function that cannot fail. `otherwise` is the result for an invalid handle.
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

/// A string that must not be NULL.
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

/// An array that is borrowed for the call. NULL is allowed if `len` is 0.
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

/// The place for a result. It is set to `empty` at once, so a caller who overlooks an error does not use old content.
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

/// Like [`out`], for a struct that later versions may enlarge. `size` is the caller's size of it.
fn sized_out<'a, T: Default>(what: &str, place: *mut T, size: usize) -> Result<&'a mut T> {
    if size != size_of::<T>() {
        let problem = format!(
            "has {size} bytes, but {} in this library: the library and the header are of different versions",
            size_of::<T>()
        );
        return Err(invalid(what, &problem));
    }
    out(what, place, T::default())
}

/// Like [`out`], but the caller may pass NULL.
fn or_null<'a, T>(what: &str, place: *mut T, empty: T) -> Result<Option<&'a mut T>> {
    match place.is_null() {
        true => Ok(None),
        false => out(what, place, empty).map(Some),
    }
}

/// A text for C that may be missing: NULL then.
fn text_or_null(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// A text for C. A NUL would end it early, so it is replaced with a visible symbol; `wire` refuses NULs in answers.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{2400}")).unwrap_or_default()
}
