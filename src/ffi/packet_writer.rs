//! `dmerp_packet_writer`: writes a synchronization packet.

use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::handle::{self, Object};
use super::value::{DMERP_VALUE_TEXT, attributes};
use super::{
    array, client, dmerp_attribute, dmerp_buffer, dmerp_call, dmerp_client, dmerp_error,
    dmerp_field, dmerp_pushed, dmerp_status, entry, invalid, network_entry, optional_text, or_null,
    out, plain, text,
};
use crate::error::{Error, Result};
use crate::packet::{RecordWriter, Refusal};
use crate::{PacketWriter, RecordStatus};

/// Writes a synchronization packet: the `NavMobileSync` XML that mobile users get, a record at a time. Its memory does
/// not grow with the packet. Free it with dmerp_packet_writer_free(). Any thread may use it, but a second thread waits
/// until the first one's call has ended. No call waits for a push: while dmerp_client_push_packet() runs,
/// dmerp_packet_writer_count() works, and all other calls but dmerp_packet_writer_free() are refused.
///
/// What the format cannot hold is refused with DMERP_INVALID_ARGUMENT, and the message names the table, the record and
/// the field. Nothing of a refused record is written, and the writer can go on. After DMERP_FILE_ERROR it cannot: a part
/// of the packet is missing.
pub struct dmerp_packet_writer {
    _private: [u8; 0],
}

pub(super) struct WriterObject(Mutex<State>);

enum State {
    Open(Box<PacketWriter>),
    /// A push has taken the writer, so no other call waits for the push.
    Pushed {
        records: u64,
    },
}

impl Object for WriterObject {
    type Handle = dmerp_packet_writer;
    const NAME: &'static str = "dmerp_packet_writer";
}

impl WriterObject {
    fn new(writer: PacketWriter) -> Self {
        WriterObject(Mutex::new(State::Open(Box::new(writer))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a call of another thread.
    fn with<T>(&self, work: impl FnOnce(&mut PacketWriter) -> Result<T>) -> Result<T> {
        match &mut *self.state() {
            State::Open(writer) => work(writer),
            State::Pushed { .. } => Err(being_pushed()),
        }
    }

    fn count(&self) -> u64 {
        match &*self.state() {
            State::Open(writer) => writer.count(),
            State::Pushed { records } => *records,
        }
    }

    fn push<T>(&self, push: impl FnOnce(&mut PacketWriter) -> Result<T>) -> Result<T> {
        let mut state = self.state();
        let mut writer = match std::mem::replace(&mut *state, State::Pushed { records: 0 }) {
            State::Open(writer) => writer,
            pushed => {
                *state = pushed;
                return Err(being_pushed());
            }
        };
        let records = writer.count();
        *state = State::Pushed { records };
        drop(state);
        let outcome = push(&mut writer);
        *self.state() = State::Open(writer);
        outcome
    }
}

fn being_pushed() -> Error {
    invalid(
        "the packet writer",
        "is being pushed; use it when the push has ended",
    )
}

/// What a record says of the row that it holds: one of the DMERP_RECORD_* constants.
pub type dmerp_record_status = i32;

/// The record has no status. Only a reader gives this.
pub const DMERP_RECORD_NONE: dmerp_record_status = 0;
/// The record is new: `inserted` or `insert`. The vendor's own extension says so of every record that it sends to a mobile
/// user.
pub const DMERP_RECORD_INSERT: dmerp_record_status = 1;
/// The row was changed: `updated` or `update`.
pub const DMERP_RECORD_UPDATE: dmerp_record_status = 2;
/// The row was deleted: `deleted` or `delete`.
pub const DMERP_RECORD_DELETE: dmerp_record_status = 3;
/// The row was read: `read`.
pub const DMERP_RECORD_READ: dmerp_record_status = 4;
/// A status that is none of these; it is among the attributes. Only a reader gives this.
pub const DMERP_RECORD_OTHER: dmerp_record_status = 5;

fn status_of(status: dmerp_record_status) -> Result<RecordStatus> {
    RecordStatus::ALL
        .into_iter()
        .find(|known| *known as dmerp_record_status == status)
        .ok_or_else(|| invalid("status", "is not a DMERP_RECORD_* constant"))
}

/// Makes a writer and stores it in `*writer`. The packet is for dmerp_client_push_packet() or
/// dmerp_packet_writer_content(). Up to 1 MiB of it is in memory, and a larger one in an unnamed temporary file.
///
/// `mobile_user` is the mobile user that the packet is for, the root's `salesmancode`. It may be NULL or empty, for a
/// packet that goes to several.
///
/// Statuses: DMERP_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_new(
    mobile_user: *const c_char,
    writer: *mut *mut dmerp_packet_writer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = out("writer", writer, std::ptr::null_mut())?;
        let packet = PacketWriter::new(optional_text("mobile_user", mobile_user)?);
        handle::put_into(writer, WriterObject::new(packet))
    })
}

/// Like dmerp_packet_writer_new(), but the packet goes to the file `path` (UTF-8). It is first written to a temporary
/// file `.dmerp-*.part` in the same folder, which dmerp_packet_writer_finish() flushes to the disk and renames. An older
/// file of that name stays until then.
///
/// Statuses: DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_new_file(
    mobile_user: *const c_char,
    path: *const c_char,
    writer: *mut *mut dmerp_packet_writer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = out("writer", writer, std::ptr::null_mut())?;
        let user = optional_text("mobile_user", mobile_user)?;
        let packet = PacketWriter::to_file(text("path", path)?, user)?;
        handle::put_into(writer, WriterObject::new(packet))
    })
}

/// Sets an option, before the first table. `key` and `value` are copied.
///
/// | key | value | default | meaning |
/// | --- | --- | --- | --- |
/// | `status` | `inserted` or `insert` | `inserted` | how the status of a record is spelt |
/// | `state` | `true` or `false` | `false` | whether a field `state` (1 inserted, 2 updated, 3 deleted) ends each record |
/// | `metadata` | `true` or `false` | `false` | whether a table `$metadata` ends the packet |
/// | `empty_texts` | `write` or `omit` | `write` | whether an empty text is an empty element, or is left out as a null is |
/// | `invalid_characters` | `refuse` or `replace` | `refuse` | what becomes of a character that XML cannot carry; U+FFFD replaces it |
/// | `temp_dir` | a folder | the system's | where the temporary file of a large packet goes |
///
/// Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_set(
    writer: *mut dmerp_packet_writer,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = handle::get::<WriterObject>(writer)?;
        let (key, value) = (text("key", key)?, text("value", value)?);
        writer.with(|packet| packet.set(key, value).map(drop))
    })
}

/// Adds an attribute to the root, before the first table: `roleid`, `synctype` and so on. Both texts are copied.
///
/// Statuses: DMERP_INVALID_ARGUMENT (the name is no XML name, or is there already), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_attribute(
    writer: *mut dmerp_packet_writer,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = handle::get::<WriterObject>(writer)?;
        let (name, value) = (text("name", name)?, text("value", value)?);
        writer.with(|packet| packet.attribute(name, value).map(drop))
    })
}

/// Begins a table. Each name can be used once. `row_id` names the field whose value is the primary key of each record:
/// it is written as `DMS_ROWID`, too. NULL for no such field. If the table is refused, records are refused until another
/// begins: none comes into the table before it.
///
/// Statuses: DMERP_INVALID_ARGUMENT, DMERP_FILE_ERROR, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_table(
    writer: *mut dmerp_packet_writer,
    name: *const c_char,
    row_id: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = handle::get::<WriterObject>(writer)?;
        writer.with(|packet| {
            packet.close_table();
            let row_id = optional_text("row_id", row_id)?;
            packet.table(text("name", name)?, row_id).map(drop)
        })
    })
}

/// Writes a record of the open table. `fields` are its fields, in their order; `attributes` are its own, such as
/// `directresponse`, and may be NULL if `attributes_len` is 0. All is borrowed for the call.
///
/// Statuses: DMERP_INVALID_ARGUMENT (see dmerp_packet_writer), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
/// DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_record(
    writer: *mut dmerp_packet_writer,
    status: dmerp_record_status,
    fields: *const dmerp_field,
    fields_len: usize,
    attributes: *const dmerp_attribute,
    attributes_len: usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let writer = handle::get::<WriterObject>(writer)?;
        let fields = array("fields", fields, fields_len)?;
        // A problem in them is told with the record's place.
        let (attributes, problem) = match self::attributes(attributes, attributes_len) {
            Ok(attributes) => (attributes, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let status = status_of(status)?;
        writer.with(|packet| {
            let written = packet.put_record(status, &attributes, |record| {
                problem.map_or(Ok(()), |problem| Err(Refusal::from(problem)))?;
                fields.iter().try_for_each(|field| {
                    let name = text("a field's name", field.name)?;
                    put_field(record, name, field).map_err(|refusal| refusal.in_field(name))
                })
            });
            written.map(drop)
        })
    })
}

fn put_field(
    record: &mut RecordWriter<'_>,
    name: &str,
    field: &dmerp_field,
) -> std::result::Result<(), Refusal> {
    let value = match field.value.kind {
        DMERP_VALUE_TEXT => record.text(field.value.bytes()?)?.into(),
        _ => field.value.read()?,
    };
    let attributes = self::attributes(field.attributes, field.attributes_len)?;
    record.field(name, &value, &attributes)
}

/// Writes `count` records with the same fields in one call, for languages in which a call is dear.
///
/// `names` are the names of the fields, and each ends with a NUL. `values` are the rows, one after another: a text for
/// each name, and each text ends with a NUL. A text of the one byte 0xFF is a null. A U+0000 in a text is passed as the
/// two bytes 0xC0 0x80, and half a surrogate pair, which the texts of some languages can hold, as the three bytes that UTF-8
/// would have for it. They are refused or replaced, as every character that XML cannot carry.
///
/// `written` may be NULL; else it receives how many records were written. On an error the record after them was refused;
/// nothing is written if there are more or fewer texts than there should be.
///
/// Statuses: those of dmerp_packet_writer_record(). DMERP_INVALID_ARGUMENT also if there are more or fewer texts than
/// there should be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_rows(
    writer: *mut dmerp_packet_writer,
    status: dmerp_record_status,
    names: *const c_char,
    names_len: usize,
    values: *const c_char,
    values_len: usize,
    count: usize,
    written: *mut usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let mut none = 0;
        let written = or_null("written", written, 0)?.unwrap_or(&mut none);
        let writer = handle::get::<WriterObject>(writer)?;
        let names = array("names", names.cast::<u8>(), names_len)?;
        let values = array("values", values.cast::<u8>(), values_len)?;
        let status = status_of(status)?;
        writer.with(|packet| packet.rows(status, names, values, count, written))
    })
}

/// Writes all records of the CSV file `path`. The file is CSV as in RFC 4180, in UTF-8 with or without a byte order
/// mark. The first row names the fields. An empty value is a null. An empty line is passed over, unless there is only one
/// column. `delimiter` stands between the values, such as `,` or `;`.
///
/// `written` may be NULL; else it receives how many records were written, also on an error.
///
/// Statuses: DMERP_FILE_ERROR (also of the CSV file), and those of dmerp_packet_writer_record(). DMERP_INVALID_ARGUMENT
/// also for a row with more or fewer values than the first one has, and for a quote or a carriage return where RFC 4180
/// has none. The message names the line, or the first row.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_csv(
    writer: *mut dmerp_packet_writer,
    status: dmerp_record_status,
    path: *const c_char,
    delimiter: c_char,
    written: *mut u64,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let written = or_null("written", written, 0)?;
        let writer = handle::get::<WriterObject>(writer)?;
        let (status, path) = (status_of(status)?, text("path", path)?);
        let [delimiter] = delimiter.to_ne_bytes();
        writer.with(|packet| {
            let before = packet.count();
            let outcome = packet.csv_file(status, path, delimiter);
            if let Some(written) = written {
                *written = packet.count() - before;
            }
            outcome.map(drop)
        })
    })
}

/// Returns how many records were written so far; 0 if `writer` is not a live handle. Those of `$metadata` are not
/// counted.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packet_writer_count(writer: *const dmerp_packet_writer) -> u64 {
    plain(0, || Ok(handle::get::<WriterObject>(writer)?.count()))
}

/// Ends the packet. A file gets its name. No record can follow; a second call does nothing.
///
/// Statuses: DMERP_FILE_ERROR (the packet may not be in the file; write it anew), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_finish(
    writer: *mut dmerp_packet_writer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        handle::get::<WriterObject>(writer)?.with(PacketWriter::finish)
    })
}

/// Stores the whole packet in `*content`; free it with dmerp_buffer_free(). dmerp_packet_writer_finish() is called
/// first.
///
/// Statuses: DMERP_INVALID_ARGUMENT (the packet goes to a file), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
/// DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_writer_content(
    writer: *mut dmerp_packet_writer,
    content: *mut dmerp_buffer,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let content = out("content", content, dmerp_buffer::EMPTY)?;
        let writer = handle::get::<WriterObject>(writer)?;
        let packet = writer.with(PacketWriter::content)?;
        content.fill(packet)
    })
}

/// Like dmerp_client_push(), but the content is the packet that `writer` has written. dmerp_packet_writer_finish() is
/// called first. If `mobile_user` is NULL or empty, the packet goes to the mobile user that the writer was made for.
///
/// A push that failed can be repeated with the same writer. If `packet_id` is NULL, the writer makes one id for each
/// mobile user and keeps it, so a push that is repeated makes no second packet.
///
/// Statuses: those of dmerp_client_push(), and DMERP_FILE_ERROR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_push_packet(
    client: *const dmerp_client,
    mobile_user: *const c_char,
    writer: *mut dmerp_packet_writer,
    packet_id: *const c_char,
    call: *const dmerp_call,
    pushed: *mut *mut dmerp_pushed,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    network_entry(error, || {
        client::push(pushed, client, call, |client, call| {
            let writer = handle::get::<WriterObject>(writer)?;
            let mobile_user = optional_text("mobile_user", mobile_user)?;
            let packet_id = optional_text("packet_id", packet_id)?;
            writer.push(|packet| client.push_packet(mobile_user, packet, packet_id, call))
        })
    })
}

/// Frees a writer. A packet that is not finished leaves nothing: its temporary file is removed. NULL, and a writer that
/// was freed before, are ignored. Any thread may call this. It waits for calls of other threads that use the writer.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packet_writer_free(writer: *mut dmerp_packet_writer) {
    plain((), || {
        handle::free::<WriterObject>(writer);
        Ok(())
    });
}
