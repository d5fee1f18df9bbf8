//! The library as a whole: its versions and its live handles.

use std::ffi::c_char;

use super::{handle, plain};

/// The version of this binary interface. See dmerp_abi_version().
pub const DMERP_ABI_VERSION: u32 = 1;

/// Returns the library's version, such as "0.1.0". The text is static: do not free it. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the DMERP_ABI_VERSION that the library was built with. It is the number in the soname.
///
/// A program works with a library that returns the DMERP_ABI_VERSION of the program's own header and is at least as new
/// as that header. Later releases with the same number may add functions, options and statuses; they change none. Any
/// thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_abi_version() -> u32 {
    DMERP_ABI_VERSION
}

/// Returns how many handles and buffers in this process are not yet freed; 0 if all are. Use it to find leaks. Any
/// thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_live_handles() -> usize {
    plain(0, || Ok(handle::live()))
}
