//! `dmerp_batch`: many packets to many mobile users.

use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::call::control;
use super::client::content_format;
use super::handle::{self, Object};
use super::results::ResultsObject;
use super::{
    array, dmerp_call, dmerp_client, dmerp_error, dmerp_format, dmerp_results, dmerp_status, entry,
    invalid, network_entry, optional_text, or_null, out, plain, text,
};
use crate::{Batch, Client, ContentId};

/// Packets that are pushed together. Give it contents, then entries that say which mobile user gets which content, then
/// run it. Free it with dmerp_batch_free(). It keeps what it needs of its client, so the client can be freed first. Use
/// a batch in one thread at a time.
pub struct dmerp_batch {
    _private: [u8; 0],
}

struct BatchObject(Mutex<Batch>);

impl Object for BatchObject {
    type Handle = dmerp_batch;
    const NAME: &'static str = "dmerp_batch";
}

impl BatchObject {
    /// A call that waited for a running batch could wait for itself, in a callback.
    fn lock(&self) -> crate::Result<MutexGuard<'_, Batch>> {
        match self.0.try_lock() {
            Ok(batch) => Ok(batch),
            Err(TryLockError::Poisoned(batch)) => Ok(PoisonError::into_inner(batch)),
            Err(TryLockError::WouldBlock) => Err(invalid(
                "batch",
                "is in use by another call, such as its run",
            )),
        }
    }
}

/// Makes an empty batch, and stores it in `*batch`.
///
/// Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_batch_new(
    client: *const dmerp_client,
    batch: *mut *mut dmerp_batch,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("batch", batch, std::ptr::null_mut())?;
        let batch = handle::get::<Client>(client)?.batch();
        handle::put_into(place, BatchObject(Mutex::new(batch)))
    })
}

/// Copies `len` bytes as a content, and stores its number in `*content`, for dmerp_batch_add(). Any number of entries
/// may send it.
///
/// Statuses: DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT (also: the batch is running), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_batch_content(
    batch: *mut dmerp_batch,
    data: *const u8,
    len: usize,
    content: *mut usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let content = out("content", content, 0)?;
        let data = array("data", data, len)?;
        let mut copy = Vec::new();
        copy.try_reserve_exact(len)
            .map_err(|_| crate::ErrorKind::OutOfMemory {
                what: "the packet",
                bytes: len as u64,
            })?;
        copy.extend_from_slice(data);
        let batch = handle::get::<BatchObject>(batch)?;
        *content = batch.lock()?.content(copy).number();
        Ok(())
    })
}

/// Takes the file at `path` (UTF-8) as a content, and stores its number in `*content`. The file is opened and read for
/// each entry, when that is pushed. If it changes while it is sent, that entry fails with DMERP_FILE_ERROR.
///
/// Statuses: DMERP_INVALID_ARGUMENT (also: the batch is running), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_batch_content_file(
    batch: *mut dmerp_batch,
    path: *const c_char,
    content: *mut usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let content = out("content", content, 0)?;
        let path = text("path", path)?;
        let batch = handle::get::<BatchObject>(batch)?;
        *content = batch.lock()?.content_file(path).number();
        Ok(())
    })
}

/// Adds an entry: the content with the number `content` goes to a mobile user. Entries are numbered from 0 in the order
/// in which they are added.
///
/// `packet_id` is as in dmerp_client_push(). With NULL, the entry gets a UUIDv7 now, and keeps it when the batch is run
/// again.
///
/// Statuses: DMERP_INVALID_ARGUMENT (a name that no URL can hold, no such content, a packet id that another entry has,
/// or the batch is running), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_batch_add(
    batch: *mut dmerp_batch,
    mobile_user: *const c_char,
    format: dmerp_format,
    content: usize,
    packet_id: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let batch = handle::get::<BatchObject>(batch)?;
        let mobile_user = text("mobile_user", mobile_user)?;
        let packet_id = optional_text("packet_id", packet_id)?;
        let format = content_format(format)?;
        let content = ContentId::from_number(content);
        batch
            .lock()?
            .add(mobile_user, format, content, packet_id)
            .map(drop)
    })
}

/// Pushes every entry that is not stored yet: push.concurrency at the same time, and those of one mobile user one after
/// the other, in the order in which they were added. Run it again to send what failed. `call` may be NULL. Its time-out
/// and a cancel hold for the whole run, and its progress counts the bytes and packets of this run.
///
/// A failure concerns its entry only. If the key, the app area, the certificate or the proxy is refused, no further
/// entry is tried, and all of these get that error.
///
/// DMERP_OK means that every entry is stored. Else the status and the error are those of the first entry that is not.
/// `results` may be NULL; else it receives the outcome of each entry, also if the run failed. Free it with
/// dmerp_results_free(). It is NULL if the arguments were refused.
///
/// Statuses: those of dmerp_client_push() and dmerp_client_push_file().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_batch_run(
    batch: *mut dmerp_batch,
    call: *const dmerp_call,
    results: *mut *mut dmerp_results,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let place = or_null("results", results, std::ptr::null_mut())?;
        let object = handle::get::<BatchObject>(batch)?;
        let mut batch = object.lock()?;
        let outcome = batch.run(&*control(call)?);
        if let Some(place) = place {
            handle::put_into(place, ResultsObject::of_batch(&batch, &outcome))?;
        }
        outcome
    })
}

/// Frees a batch. NULL, and a batch that was freed before, are ignored. Any thread may call this. It waits for the
/// calls of other threads that use the batch.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_batch_free(batch: *mut dmerp_batch) {
    plain((), || {
        handle::free::<BatchObject>(batch);
        Ok(())
    });
}
