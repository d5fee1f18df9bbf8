//! `dmerp_buffer`: bytes that the caller owns.

use super::handle::{self, Object};
use super::plain;

/// Bytes that belong to the caller. Free them with dmerp_buffer_free().
///
/// `data` points to `len` bytes. A NUL byte follows them, which `len` does not count, so a text can be used as a C
/// string. An empty buffer has `data` NULL or `len` 0. Read the fields, but do not change them. Start with
/// `dmerp_buffer buffer = {0};`.
#[repr(C)]
pub struct dmerp_buffer {
    /// The bytes.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
    /// Used by dmerp_buffer_free() only.
    pub owner: *mut dmerp_buffer_owner,
}

/// Owns a buffer's memory. It has no functions of its own.
pub struct dmerp_buffer_owner {
    _private: [u8; 0],
}

/// Holds the bytes until the buffer is freed; C reads them through `data`.
struct Memory(#[expect(dead_code, reason = "held, not read")] Vec<u8>);

impl Object for Memory {
    type Handle = dmerp_buffer_owner;
    const NAME: &'static str = "dmerp_buffer";
}

impl dmerp_buffer {
    pub(super) const EMPTY: dmerp_buffer = dmerp_buffer {
        data: std::ptr::null(),
        len: 0,
        owner: std::ptr::null_mut(),
    };

    pub(super) fn fill(&mut self, mut bytes: Vec<u8>) -> crate::Result<()> {
        let len = bytes.len();
        bytes.push(0);
        let data = bytes.as_ptr();
        handle::put_into(&mut self.owner, Memory(bytes))?;
        self.data = data;
        self.len = len;
        Ok(())
    }
}

/// Frees a buffer's memory and empties the buffer. NULL, an empty buffer, and a buffer that was freed before (also
/// through a copy) are ignored. Any thread may call this when no thread reads the bytes any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_buffer_free(buffer: *mut dmerp_buffer) {
    plain((), || {
        // SAFETY: NULL or a buffer, by contract.
        if let Some(buffer) = unsafe { buffer.as_mut() } {
            handle::free::<Memory>(buffer.owner);
            *buffer = dmerp_buffer::EMPTY;
        }
        Ok(())
    });
}
