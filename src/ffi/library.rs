//! The library as a whole: its version, and what is alive in it.

use std::ffi::c_char;

use super::{handle, plain};

/// The version of this binary interface; see dmerp_abi_version().
pub const DMERP_ABI_VERSION: u32 = 1;

/// The library's version, such as "0.1.0". Static: never freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The DMERP_ABI_VERSION of the library. A program works with every library that answers the number of the program's own
/// header: functions, options and statuses may be added under it, nothing changes. It is the number in the soname. Any
/// thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_abi_version() -> u32 {
    DMERP_ABI_VERSION
}

/// How many handles and buffers are not yet freed, in the whole process; 0 before the first and after the last. For
/// finding leaks. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_live_handles() -> usize {
    plain(0, || Ok(handle::live()))
}
