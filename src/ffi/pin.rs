//! Keeps the DLL loaded until the process ends.
//!
//! Rust's std and tokio keep per-thread state that FreeLibrary does not release: each load of the DLL would cost the
//! process some of its 1,088 places for thread-local storage (TlsAlloc). So the DLL pins itself as soon as it is loaded: FreeLibrary does no harm,
//! and a later LoadLibrary finds the DLL again. On ELF, `build.rs` does the same with a flag for the linker.

use std::ptr::null_mut;

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// The C runtime calls what is in this section while it loads the DLL.
// SAFETY: the section holds addresses of functions that take nothing and return nothing, in C's calling convention.
#[used]
#[unsafe(link_section = ".CRT$XCU")]
static PIN: extern "C" fn() = pin;

extern "C" fn pin() {
    let mut module = null_mut();
    // A DLL that could not be pinned works as well, until it is loaded a few hundred times.
    // SAFETY: the address is one of this module's, and the handle's place is valid. The function may be called while a
    // DLL is loaded.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
            pin as *const () as *const u16,
            &mut module,
        );
    }
}
