//! `dmerp_received`: a packet that a receiver handed over.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::packets::PacketTexts;
use super::{
    c_text, dmerp_error, dmerp_packet, dmerp_status, entry, optional_text, out, plain, text,
};
use crate::{PacketReader, Received};

/// A packet with its content, which a receiver handed over. Free it with dmerp_received_free(). Any thread may use it.
///
/// Call dmerp_received_done() when you have stored the content safely, or dmerp_received_keep() to leave the packet in
/// the queue. A packet that is freed without either stays in the queue, too.
pub struct dmerp_received {
    _private: [u8; 0],
}

pub(super) struct ReceivedObject {
    received: Received,
    packet: PacketTexts,
    path: Option<CString>,
}

impl Object for ReceivedObject {
    type Handle = dmerp_received;
    const NAME: &'static str = "dmerp_received";
}

impl ReceivedObject {
    pub fn new(received: Received) -> Self {
        ReceivedObject {
            packet: PacketTexts::new(received.packet()),
            path: received.path().map(|path| c_text(&path.to_string_lossy())),
            received,
        }
    }

    pub fn read(&self) -> crate::Result<PacketReader<'static>> {
        self.received.read()
    }
}

/// Stores the packet as the portal listed it in `*packet`. Its pointers are borrowed from `received`.
///
/// Statuses: DMERP_INVALID_ARGUMENT (`packet` is NULL), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_received_packet(
    received: *const dmerp_received,
    packet: *mut dmerp_packet,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let packet = out("packet", packet, dmerp_packet::EMPTY)?;
        *packet = handle::get::<ReceivedObject>(received)?.packet.borrowed();
        Ok(())
    })
}

/// Returns the content's size in bytes; 0 if `received` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_received_size(received: *const dmerp_received) -> u64 {
    plain(0, || {
        Ok(handle::get::<ReceivedObject>(received)?.received.size())
    })
}

/// Stores a pointer to the content in `*data` and its length in `*len`. The content is borrowed from `received`. A
/// content of more than receive.memory_bytes is in a file, and is first read into memory; use dmerp_received_path() or
/// dmerp_received_save_as() to avoid that.
///
/// Statuses: DMERP_TOO_LARGE (the content is in a file and larger than max_memory_bytes), DMERP_OUT_OF_MEMORY,
/// DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_received_content(
    received: *const dmerp_received,
    data: *mut *const u8,
    len: *mut usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let data = out("data", data, std::ptr::null())?;
        let len = out("len", len, 0)?;
        let object = handle::get::<ReceivedObject>(received)?;
        let content = object.received.content()?;
        *data = content.as_ptr();
        *len = content.len();
        Ok(())
    })
}

/// Returns the path (UTF-8) of the file that holds the content, to read it from there. NULL if the content is in
/// memory, if dmerp_received_save_as() has moved the file, or if `received` is not a live handle. The text and the file
/// are valid until dmerp_received_free(). Do not change the file.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_received_path(received: *const dmerp_received) -> *const c_char {
    plain(std::ptr::null(), || {
        let object = handle::get::<ReceivedObject>(received)?;
        Ok(match &object.path {
            Some(path) if object.received.path().is_some() => path.as_ptr(),
            _ => std::ptr::null(),
        })
    })
}

/// Stores the content in the file `path` (UTF-8), and replaces an older file. The file appears under its name only when
/// it is complete and flushed to the disk. A content that is in a file is moved, if `path` is on the same file system:
/// later reads of the content read that file, and fail if it was changed. A file that another program has open is tried
/// again for 2 seconds on Windows.
///
/// Statuses: DMERP_FILE_ERROR (the packet can then be saved elsewhere), DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_received_save_as(
    received: *mut dmerp_received,
    path: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let object = handle::get::<ReceivedObject>(received)?;
        object.received.save_as(text("path", path)?)
    })
}

/// Says that you have handled the packet. The receiver will mark it done at the portal. While the client remembers the
/// packet (10,000 of them), it is never handed over again. This sends no request. A second call does nothing.
///
/// Statuses: DMERP_INVALID_ARGUMENT (you kept the packet before, or the receiver is closed; the packet stays in the
/// queue), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_received_done(
    received: *mut dmerp_received,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        handle::get::<ReceivedObject>(received)?.received.done()
    })
}

/// Leaves the packet in the queue. A later run receives it again; so does this one if it polls. `reason` is for the
/// summary, and may be NULL. A packet that was kept receive.max_deliveries times goes to receive.dead_letter_dir, if
/// that is set.
///
/// Statuses: DMERP_INVALID_ARGUMENT (you said done before, or the receiver is closed), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_received_keep(
    received: *mut dmerp_received,
    reason: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let reason = optional_text("reason", reason)?;
        handle::get::<ReceivedObject>(received)?
            .received
            .keep(reason)
    })
}

/// Frees a packet, its content, and the file that holds the content. NULL, and a packet that was freed before, are
/// ignored. Any thread may call this when no thread reads the content any more.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_received_free(received: *mut dmerp_received) {
    plain((), || {
        handle::free::<ReceivedObject>(received);
        Ok(())
    });
}
