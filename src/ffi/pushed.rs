//! `dmerp_pushed`: the outcome of a successful push.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::{c_text, plain, text_or_null};

/// The outcome of a successful push, for tracing. Free it with dmerp_pushed_free(). Any number of threads may read it
/// at the same time.
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

/// Returns the packet's unique id: the caller's own, or the id that was made for this push. The text is borrowed and
/// valid until dmerp_pushed_free(). NULL if `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_packet_id(pushed: *const dmerp_pushed) -> *const c_char {
    plain(std::ptr::null(), || {
        Ok(handle::get::<PushedObject>(pushed)?.packet_id.as_ptr())
    })
}

/// Returns the portal's id for this synchronization (syncLogId), for questions to Dynamics Mobile. The text is borrowed
/// and valid until dmerp_pushed_free(). NULL if the portal sent none, or `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_sync_log_id(pushed: *const dmerp_pushed) -> *const c_char {
    plain(std::ptr::null(), || {
        let pushed = handle::get::<PushedObject>(pushed)?;
        Ok(text_or_null(&pushed.sync_log_id))
    })
}

/// Returns the packet's size in bytes; 0 if `pushed` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_size(pushed: *const dmerp_pushed) -> u64 {
    plain(0, || Ok(handle::get::<PushedObject>(pushed)?.size))
}

/// Frees the outcome of a push. NULL, and a handle that was freed before, are ignored. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_pushed_free(pushed: *mut dmerp_pushed) {
    plain((), || {
        handle::free::<PushedObject>(pushed);
        Ok(())
    });
}
