//! `dmerp_pushed`: what a push left behind.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, plain, text_or_null};

/// What a push left behind, for tracing; freed with dmerp_pushed_free(). Any number of threads may read one at once.
pub struct dmerp_pushed {
    _private: [u8; 0],
}

pub(super) struct PushedObject {
    packet_id: CString,
    sync_log_id: Option<CString>,
    size: u64,
}

impl Object for PushedObject {
    type Handle = dmerp_pushed;
    const NAME: &'static str = "dmerp_pushed";
}

impl PushedObject {
    pub fn new(pushed: &crate::Pushed) -> Self {
        PushedObject {
            packet_id: c_text(&pushed.packet_id),
            sync_log_id: pushed.sync_log_id.as_deref().map(c_text),
            size: pushed.size,
        }
    }
}

/// The packet's unique id: the caller's, or the one made for this push. Borrowed: valid until dmerp_pushed_free(). NULL when
/// `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_packet_id(pushed: *const dmerp_pushed) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(handle::get::<PushedObject>(pushed)?.packet_id.as_ptr())
    })
}

/// The portal's name for this synchronization, for asking Dynamics Mobile about it. Borrowed: valid until
/// dmerp_pushed_free(). NULL where the portal gave none, or `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_sync_log_id(pushed: *const dmerp_pushed) -> *const c_char {
    plain(std::ptr::null(), || {
        let pushed = handle::get::<PushedObject>(pushed)?;
        Ok(text_or_null(&pushed.sync_log_id))
    })
}

/// The packet's size in bytes; 0 when `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_size(pushed: *const dmerp_pushed) -> u64 {
    plain(0, || Ok(handle::get::<PushedObject>(pushed)?.size))
}

/// Frees what a push left behind. NULL and a handle freed before are left alone. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_free(pushed: *mut dmerp_pushed) {
    plain((), || {
        handle::free::<PushedObject>(pushed);
        Ok(())
    });
}
