//! `dmerp_client`: the verbs.

use std::ffi::{c_char, c_void};
use std::io::{self, Read, Write};

use super::call::control;
use super::config::{ConfigObject, answer};
use super::handle::{self, Object};
use super::packets::PacketsObject;
use super::pushed::PushedObject;
use super::results::ResultsObject;
use super::sigpipe::as_the_host_has_it;
use super::{
    array, dmerp_buffer, dmerp_call, dmerp_config, dmerp_error, dmerp_packets, dmerp_pushed,
    dmerp_receipt, dmerp_results, dmerp_status, entry, invalid, network_entry, optional_text,
    or_null, out, plain, text,
};
use crate::call::STOPPED;
use crate::{Client, ErrorKind, Format, PacketKind, Receipt};

/// A client for one app area. Any number of threads may use one client at the same time. It keeps no thread of its own.
/// A forked child can use the client that it inherited.
pub struct dmerp_client {
    _private: [u8; 0],
}

impl Object for Client {
    type Handle = dmerp_client;
    const NAME: &'static str = "dmerp_client";
}

/// The format of a packet, a list or a request: a DMERP_FORMAT_* value.
pub type dmerp_format = i32;

/// The format that the option `format` sets. A push must name its format, so it does not accept this value.
pub const DMERP_FORMAT_DEFAULT: dmerp_format = 0;
/// XML.
pub const DMERP_FORMAT_XML: dmerp_format = 1;
/// JSON.
pub const DMERP_FORMAT_JSON: dmerp_format = 2;

/// Which of an app area's two lists of pending packets: a DMERP_KIND_* value.
pub type dmerp_packet_kind = i32;

/// Synchronization packets.
pub const DMERP_KIND_PACKET: dmerp_packet_kind = 0;
/// Images and other big files.
pub const DMERP_KIND_FILE: dmerp_packet_kind = 1;

pub(super) fn default_or_format(format: dmerp_format) -> crate::Result<Option<Format>> {
    match format {
        DMERP_FORMAT_DEFAULT => Ok(None),
        DMERP_FORMAT_XML => Ok(Some(Format::Xml)),
        DMERP_FORMAT_JSON => Ok(Some(Format::Json)),
        _ => Err(invalid("format", "is not a DMERP_FORMAT_* value")),
    }
}

pub(super) fn content_format(format: dmerp_format) -> crate::Result<Format> {
    default_or_format(format)?.ok_or_else(|| {
        invalid(
            "format",
            "must be DMERP_FORMAT_XML or DMERP_FORMAT_JSON here",
        )
    })
}

pub(super) fn kind_of(kind: dmerp_packet_kind) -> crate::Result<PacketKind> {
    match kind {
        DMERP_KIND_PACKET => Ok(PacketKind::Packet),
        DMERP_KIND_FILE => Ok(PacketKind::File),
        _ => Err(invalid("kind", "is not a DMERP_KIND_* value")),
    }
}

/// Makes a client from a configuration, and stores it in `*client`. Free it with dmerp_client_free(). This sends no
/// request; use dmerp_client_check() to test the settings.
///
/// Statuses: DMERP_INVALID_CONFIG (an option is missing or contradicts another option, or a file that it names cannot
/// be read), DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_new(
    config: *const dmerp_config,
    client: *mut *mut dmerp_client,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let client = out("client", client, std::ptr::null_mut())?;
        let config = handle::get::<ConfigObject>(config)?.lock().clone();
        handle::put_into(client, Client::new(&config)?)
    })
}

/// Sends a synchronization packet of `len` bytes to a mobile user. `content` is borrowed for the call. `call` may be
/// NULL.
///
/// `packet_id` is the packet's unique id at the portal. With NULL, the library makes a UUIDv7. To repeat a push that
/// failed, pass the same id again (dmerp_error_packet_id() returns it), so that the portal can treat both pushes as one
/// packet.
///
/// `pushed` may be NULL. Else it receives a handle; free it with dmerp_pushed_free().
///
/// DMERP_OK means that the storage has acknowledged every byte. If the upload link may have expired, the library gets a
/// new one for the same packet id, once.
///
/// Statuses: those of the network, the portal and the storage; DMERP_INVALID_ARGUMENT also for an empty packet;
/// DMERP_REJECTED with the portal's message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_push(
    client: *const dmerp_client,
    mobile_user: *const c_char,
    format: dmerp_format,
    content: *const u8,
    len: usize,
    packet_id: *const c_char,
    call: *const dmerp_call,
    pushed: *mut *mut dmerp_pushed,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        push(pushed, client, call, |client, call| {
            client.push(
                text("mobile_user", mobile_user)?,
                content_format(format)?,
                array("content", content, len)?,
                optional_text("packet_id", packet_id)?,
                call,
            )
        })
    })
}

/// Like dmerp_client_push(), but the content is the file at `path` (UTF-8), of any size. The file is read in pieces
/// while it is sent. If the file changes (size or time of modification) during the push, the push fails with
/// DMERP_FILE_ERROR.
///
/// Statuses: those of dmerp_client_push(), and DMERP_FILE_ERROR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_push_file(
    client: *const dmerp_client,
    mobile_user: *const c_char,
    format: dmerp_format,
    path: *const c_char,
    packet_id: *const c_char,
    call: *const dmerp_call,
    pushed: *mut *mut dmerp_pushed,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        push(pushed, client, call, |client, call| {
            client.push_file(
                text("mobile_user", mobile_user)?,
                content_format(format)?,
                text("path", path)?,
                optional_text("packet_id", packet_id)?,
                call,
            )
        })
    })
}

/// Reads the next bytes of a content: writes at most `capacity` bytes to `data`, and stores their number in `*len`. 0
/// means the end of the content.
///
/// The callback runs on the thread that made the call, and may call any function of this library. Return 0 to go on;
/// any other value ends the call with DMERP_CANCELLED. It must not throw or longjmp.
///
/// The callback must always set `*len`. The library sets it to an invalid value first: if another language's runtime
/// cannot run the callback and returns some default, the call ends with DMERP_FILE_ERROR, and the content does not end
/// early.
pub type dmerp_read_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        data: *mut u8,
        capacity: usize,
        len: *mut usize,
    ) -> i32,
>;

struct HostReader {
    read: unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> i32,
    user_data: *mut c_void,
}

impl Read for HostReader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut len = NOT_SET;
        // SAFETY: a callback of this type; by contract it may be called during the call. `room` is writable for its
        // length.
        let code = as_the_host_has_it(|| unsafe {
            (self.read)(self.user_data, room.as_mut_ptr(), room.len(), &mut len)
        });
        match len {
            _ if answer(code).is_break() => Err(stopped()),
            NOT_SET => Err(io::Error::other(NOT_RUN)),
            len if len <= room.len() => Ok(len),
            _ => Err(io::Error::other(invalid(
                "read",
                "set *len to more than its capacity",
            ))),
        }
    }
}

/// The value of a length before the host's callback has set it.
const NOT_SET: usize = usize::MAX;

const NOT_RUN: &str = "its callback did not run to its end, or did not set the number of bytes";

/// The error of a host's stream that ends the call.
fn stopped() -> io::Error {
    io::Error::other(crate::Error::from(ErrorKind::Cancelled(STOPPED)))
}

/// Like dmerp_client_push(), but `read` provides the content, of any length. `user_data` is passed to `read` unchanged.
///
/// The content is first read to its end, because the portal must be told its size and a retry sends it again. Up to 1
/// MiB is kept in memory; a larger content is kept in an unnamed temporary file (option temp_dir).
///
/// Statuses: those of dmerp_client_push(), DMERP_CANCELLED (`read` ended the call), and DMERP_FILE_ERROR (the temporary
/// file, or `read` did not run to its end).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_push_stream(
    client: *const dmerp_client,
    mobile_user: *const c_char,
    format: dmerp_format,
    read: dmerp_read_callback,
    user_data: *mut c_void,
    packet_id: *const c_char,
    call: *const dmerp_call,
    pushed: *mut *mut dmerp_pushed,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        push(pushed, client, call, |client, call| {
            let read = read.ok_or_else(|| invalid("read", "is NULL"))?;
            client.push_stream(
                text("mobile_user", mobile_user)?,
                content_format(format)?,
                HostReader { read, user_data },
                optional_text("packet_id", packet_id)?,
                call,
            )
        })
    })
}

pub(super) fn push(
    pushed: *mut *mut dmerp_pushed,
    client: *const dmerp_client,
    call: *const dmerp_call,
    verb: impl FnOnce(&Client, &crate::Call) -> crate::Result<crate::Pushed>,
) -> crate::Result<()> {
    let place = or_null("pushed", pushed, std::ptr::null_mut())?;
    let client = handle::get::<Client>(client)?;
    let done = verb(&client, &*control(call)?)?;
    match place {
        Some(place) => handle::put_into(place, PushedObject::new(&done)),
        None => Ok(()),
    }
}

/// Lists the packets that mobile users sent and that are not marked done, and stores the list in `*packets`. Free it
/// with dmerp_packets_free(). `format` is the format that the portal is asked for. `call` may be NULL.
///
/// A listed packet is hidden from other pulls for a time that the portal sets. Then it is listed again, with a new
/// receipt handle, until dmerp_client_done() marks it. So the same id can be listed more than once.
///
/// An entry that cannot be read, for example without an id, a receipt handle or a url, is not among the packets;
/// dmerp_packets_unreadable_get() returns it and says what is wrong with it.
///
/// Statuses: those of the network and the portal; DMERP_TOO_LARGE (max_list_bytes); DMERP_OUT_OF_MEMORY;
/// DMERP_BAD_ANSWER, also if the list is cut off, if none of its entries can be read, or if more than 10,000 cannot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_pull(
    client: *const dmerp_client,
    kind: dmerp_packet_kind,
    format: dmerp_format,
    call: *const dmerp_call,
    packets: *mut *mut dmerp_packets,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let packets = out("packets", packets, std::ptr::null_mut())?;
        let client = handle::get::<Client>(client)?;
        let list = client.pull(kind_of(kind)?, default_or_format(format)?, &*control(call)?)?;
        handle::put_into(packets, PacketsObject::new(&list))
    })
}

/// Gets a temporary link to a packet's content, and stores it in `*link`. Free it with dmerp_buffer_free(). `url` is
/// the `url` of a listed packet. `call` may be NULL.
///
/// Anybody who has the link can download the packet. According to the portal's documentation the download must begin
/// within 15 minutes. The download functions of this library get their own link.
///
/// Statuses: those of the network and the portal; DMERP_NOT_FOUND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_link(
    client: *const dmerp_client,
    url: *const c_char,
    call: *const dmerp_call,
    link: *mut dmerp_buffer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let link = out("link", link, dmerp_buffer::EMPTY)?;
        let client = handle::get::<Client>(client)?;
        link.fill(client.link(text("url", url)?, &*control(call)?)?.into())
    })
}

/// Downloads a packet's content into memory, and stores it in `*content`. Free it with dmerp_buffer_free(). `url` is
/// the `url` of a listed packet. `call` may be NULL. If the link may have expired, the library gets a new one, once.
///
/// Statuses: those of the network, the portal and the storage; DMERP_TOO_LARGE (max_memory_bytes), DMERP_OUT_OF_MEMORY,
/// DMERP_TRUNCATED, DMERP_NOT_FOUND, DMERP_STORAGE_REFUSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_download(
    client: *const dmerp_client,
    url: *const c_char,
    call: *const dmerp_call,
    content: *mut dmerp_buffer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let content = out("content", content, dmerp_buffer::EMPTY)?;
        let client = handle::get::<Client>(client)?;
        content.fill(client.download(text("url", url)?, &*control(call)?)?)
    })
}

/// Like dmerp_client_download(), but to the file `to` (UTF-8). The option max_download_bytes limits the size.
///
/// The content is first written to a temporary file `.dmerp-*.part` in the same folder. When it is complete and flushed
/// to the disk, the temporary file is renamed to `to` and replaces an older file. An error or a cancel removes the
/// temporary file. `size` may be NULL; else it receives the content's size in bytes.
///
/// Statuses: those of dmerp_client_download(), and DMERP_FILE_ERROR. DMERP_TOO_LARGE is for max_download_bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_download_file(
    client: *const dmerp_client,
    url: *const c_char,
    to: *const c_char,
    call: *const dmerp_call,
    size: *mut u64,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        download(size, client, call, |client, call| {
            client.download_file(text("url", url)?, text("to", to)?, call)
        })
    })
}

/// Receives the next `len` bytes of a content at `data`, which are borrowed until the callback returns. The callback
/// must take all of them, and store `len` in `*taken`.
///
/// The callback runs on the thread that made the call, and may call any function of this library. Return 0 to go on;
/// any other value ends the call with DMERP_CANCELLED. It must not throw or longjmp.
///
/// The library sets `*taken` to an invalid value first: if another language's runtime cannot run the callback, the call
/// ends with DMERP_FILE_ERROR (see dmerp_read_callback).
pub type dmerp_write_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        data: *const u8,
        len: usize,
        taken: *mut usize,
    ) -> i32,
>;

struct HostWriter {
    write: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut usize) -> i32,
    user_data: *mut c_void,
}

impl Write for HostWriter {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut taken = NOT_SET;
        // SAFETY: a callback of this type; by contract it may be called during the call. `piece` is readable for its
        // length.
        let code = as_the_host_has_it(|| unsafe {
            (self.write)(self.user_data, piece.as_ptr(), piece.len(), &mut taken)
        });
        if answer(code).is_break() {
            return Err(stopped());
        }
        match taken {
            NOT_SET => Err(io::Error::other(NOT_RUN)),
            taken if taken == piece.len() => Ok(taken),
            _ => Err(io::Error::other(invalid(
                "write",
                "did not take all of the bytes",
            ))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Like dmerp_client_download_file(), but `write` receives the content in pieces, in order. `user_data` is passed to
/// `write` unchanged.
///
/// Nothing is passed to `write` before all of the content has arrived, so a failed download passes on no partial
/// content. Until then up to 1 MiB is kept in memory, and a larger content in an unnamed temporary file (option
/// temp_dir). `size` may be NULL; else it receives the content's size in bytes.
///
/// Statuses: those of dmerp_client_download_file(), and DMERP_CANCELLED (`write` ended the call). DMERP_FILE_ERROR is
/// for the temporary file, or if `write` did not run to its end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_download_stream(
    client: *const dmerp_client,
    url: *const c_char,
    write: dmerp_write_callback,
    user_data: *mut c_void,
    call: *const dmerp_call,
    size: *mut u64,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        download(size, client, call, |client, call| {
            let write = write.ok_or_else(|| invalid("write", "is NULL"))?;
            client.download_stream(text("url", url)?, HostWriter { write, user_data }, call)
        })
    })
}

fn download(
    size: *mut u64,
    client: *const dmerp_client,
    call: *const dmerp_call,
    verb: impl FnOnce(&Client, &crate::Call) -> crate::Result<u64>,
) -> crate::Result<()> {
    let place = or_null("size", size, 0)?;
    let client = handle::get::<Client>(client)?;
    let received = verb(&client, &*control(call)?)?;
    if let Some(place) = place {
        *place = received;
    }
    Ok(())
}

/// Marks `count` packets of the list `kind` as done: the portal no longer lists them. Call it only when you have stored
/// their content safely. `receipts` is borrowed for the call. `format` is the format of the request. `call` may be
/// NULL.
///
/// DMERP_OK means that all packets are marked. Else the status and the error are those of the first packet that is not
/// marked. `results` may be NULL; else it receives the outcome of each receipt, also if the call failed. Free it with
/// dmerp_results_free(). It is NULL if the arguments were refused.
///
/// More than `done_batch` packets are sent in several requests. If the portal refuses a request, for example because
/// one receipt handle is stale, the request is split into halves and repeated until the refused receipts are known; all
/// other packets are marked. Repeating the call is safe. With no packets, no request is sent.
///
/// Statuses: those of the network and the portal; DMERP_REJECTED with the portal's message, such as for a stale receipt
/// handle; DMERP_INVALID_ARGUMENT, before anything is sent, for a receipt that the request's format cannot hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_done(
    client: *const dmerp_client,
    receipts: *const dmerp_receipt,
    count: usize,
    kind: dmerp_packet_kind,
    format: dmerp_format,
    call: *const dmerp_call,
    results: *mut *mut dmerp_results,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        let place = or_null("results", results, std::ptr::null_mut())?;
        let client = handle::get::<Client>(client)?;
        let mut owned = Vec::with_capacity(count.min(10_000));
        for receipt in array("receipts", receipts, count)? {
            owned.push(Receipt {
                id: text("a receipt's id", receipt.id)?.to_string(),
                receipt_handle: text("a receipt's receipt_handle", receipt.receipt_handle)?
                    .to_string(),
            });
        }
        let outcome = client.done(
            &owned,
            kind_of(kind)?,
            default_or_format(format)?,
            &*control(call)?,
        );
        if let (Some(place), Some(results)) = (place, ResultsObject::of_done(&outcome, owned.len()))
        {
            handle::put_into(place, results)?;
        }
        outcome
    })
}

/// Tests the settings without touching any packet: it asks for a link to a path where nothing is stored. `call` may be
/// NULL.
///
/// Each cause has its own status: DMERP_AUTHENTICATION_FAILED (the key), DMERP_UNKNOWN_APP_AREA (the app area),
/// DMERP_HOST_NOT_FOUND, DMERP_CONNECT_FAILED, DMERP_TIMED_OUT and DMERP_PROXY_REFUSED (the network), DMERP_TLS_FAILED
/// (the certificate), DMERP_BAD_ANSWER and DMERP_NOT_FOUND (another server is at base_url). If the portal gives the
/// same answer to a wrong app area as to a wrong key, the status is DMERP_AUTHENTICATION_FAILED; the message names
/// both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_check(
    client: *const dmerp_client,
    call: *const dmerp_call,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        handle::get::<Client>(client)?.check(&*control(call)?)
    })
}

/// Frees a client, its connections and its copy of the API key. NULL, and a client that was freed before, are ignored.
/// Any thread may call this. It waits for the calls of other threads that use the client; cancel them first if you
/// cannot wait. In a callback it does not wait: the last of those calls frees the client when it ends.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_client_free(client: *mut dmerp_client) {
    plain((), || {
        handle::free::<Client>(client);
        Ok(())
    });
}

/// Panics. It tests the guard that catches panics, and is not part of a release.
///
/// cbindgen:ignore
#[cfg(feature = "test-hooks")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_test_panic(
    client: *const dmerp_client,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let _client = handle::get::<Client>(client)?;
        panic!("as asked by dmerp_test_panic")
    })
}
