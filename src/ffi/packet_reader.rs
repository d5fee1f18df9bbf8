//! `dmerp_packet_reader`: reads a synchronization packet.

use std::ffi::{CString, c_char};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::handle::{self, Object};
use super::received::ReceivedObject;
use super::value::one;
use super::{
    array, c_text, dmerp_attribute, dmerp_error, dmerp_field, dmerp_received, dmerp_record_status,
    dmerp_status, dmerp_value, entry, out, plain, sized_out, text,
};
use crate::error::Result;
use crate::packet::Rows;
use crate::{PacketReader, Record};

/// Reads a synchronization packet, a record at a time. Its memory does not grow with the packet. Free it with
/// dmerp_packet_reader_free(). Any thread may use it, but one at a time: each call ends what the call before has lent.
///
/// It takes what the vendor's own ERP extension takes, and refuses what would lose data with DMERP_BAD_PACKET: a field
/// that stands twice in a record, a text where a record should be, a packet that breaks off. The records before the
/// refused place are handed over; every later call fails likewise. No entity is expanded but XML's own five, and
/// nothing outside the packet is read.
pub struct dmerp_packet_reader {
    _private: [u8; 0],
}

struct ReaderObject(Mutex<Reading>);

impl Object for ReaderObject {
    type Handle = dmerp_packet_reader;
    const NAME: &'static str = "dmerp_packet_reader";
}

/// A reader, and what it has lent to the host.
struct Reading {
    reader: PacketReader<'static>,
    root: Option<Lent>,
    mobile_user: Option<CString>,
    fields: Vec<dmerp_field>,
    attributes: Vec<dmerp_attribute>,
    rows: Rows,
}

// SAFETY: the pointers lead to memory of the same object, and only the host reads through them.
unsafe impl Send for Reading {}

/// The root's attributes, and the texts that they point to.
struct Lent {
    attributes: Vec<dmerp_attribute>,
    _texts: Vec<CString>,
}

impl ReaderObject {
    fn new(reader: PacketReader<'static>) -> Self {
        ReaderObject(Mutex::new(Reading {
            reader,
            root: None,
            mobile_user: None,
            fields: Vec::new(),
            attributes: Vec::new(),
            rows: Rows::default(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a reader of a packet of `len` bytes in memory, and stores it in `*reader`. The bytes are borrowed until the
/// reader is freed.
///
/// Statuses: DMERP_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_new(
    data: *const u8,
    len: usize,
    reader: *mut *mut dmerp_packet_reader,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("reader", reader, std::ptr::null_mut())?;
        // `array` gives any lifetime; by contract the bytes outlive the reader.
        let packet: &'static [u8] = array("data", data, len)?;
        handle::put_into(place, ReaderObject::new(PacketReader::new(packet)))
    })
}

/// Like dmerp_packet_reader_new(), but the packet is in the file `path` (UTF-8). Do not change the file while it is
/// read.
///
/// Statuses: DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_new_file(
    path: *const c_char,
    reader: *mut *mut dmerp_packet_reader,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("reader", reader, std::ptr::null_mut())?;
        let packet = PacketReader::open(text("path", path)?)?;
        handle::put_into(place, ReaderObject::new(packet))
    })
}

/// Like dmerp_packet_reader_new(), but the packet is the content that a receiver handed over, in memory or in a file.
/// `received` may be freed before the reader.
///
/// Statuses: DMERP_FILE_ERROR, DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_new_received(
    received: *const dmerp_received,
    reader: *mut *mut dmerp_packet_reader,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("reader", reader, std::ptr::null_mut())?;
        let packet = handle::get::<ReceivedObject>(received)?.read()?;
        handle::put_into(place, ReaderObject::new(packet))
    })
}

/// Sets an option, before the first record. `key` and `value` are copied.
///
/// | key | value | default | meaning |
/// | --- | --- | --- | --- |
/// | `unknown_elements` | `skip` or `keep` | `skip` | what becomes of an element that is no table and no record: it is kept as a record with its own `element` name, and a text in it as a field of that name. Elements in a value are refused, or kept as XML |
/// | `system_tables` | `true` or `false` | `false` | whether the tables whose name begins with `$` are read; they hold no data of the ERP |
/// | `max_record_bytes` | 1 or more | 67108864 | the size of the largest record |
///
/// Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_set(
    reader: *mut dmerp_packet_reader,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let object = handle::get::<ReaderObject>(reader)?;
        object
            .lock()
            .reader
            .set(text("key", key)?, text("value", value)?)
            .map(drop)
    })
}

/// Stores the root's attributes in `*attributes` and their number in `*len`. They are borrowed until the reader is
/// freed.
///
/// Statuses: those of dmerp_packet_reader_next().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_root(
    reader: *mut dmerp_packet_reader,
    attributes: *mut *const dmerp_attribute,
    len: *mut usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("attributes", attributes, std::ptr::null())?;
        let len = out("len", len, 0)?;
        let object = handle::get::<ReaderObject>(reader)?;
        let reading = &mut *object.lock();
        let root = match &mut reading.root {
            Some(root) => root,
            none => none.insert(Lent::of_root(&mut reading.reader)?),
        };
        *len = root.attributes.len();
        *place = root.attributes.as_ptr();
        Ok(())
    })
}

impl Lent {
    fn of_root(reader: &mut PacketReader<'_>) -> Result<Self> {
        let pairs: Vec<[CString; 2]> = reader
            .attributes()?
            .map(|attribute| [c_text(attribute.name), c_text(attribute.value)])
            .collect();
        let attributes = pairs
            .iter()
            .map(|[name, value]| dmerp_attribute {
                name: name.as_ptr(),
                value: value.as_ptr(),
            })
            .collect();
        Ok(Lent {
            attributes,
            _texts: pairs.into_iter().flatten().collect(),
        })
    }
}

/// Stores the mobile user that sent the packet, or that it is for, in `*mobile_user`: the root's `salesmancode` or
/// `salesmanCode`; NULL if it has none. The text is borrowed until the reader is freed.
///
/// Statuses: those of dmerp_packet_reader_next().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_mobile_user(
    reader: *mut dmerp_packet_reader,
    mobile_user: *mut *const c_char,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = out("mobile_user", mobile_user, std::ptr::null())?;
        let object = handle::get::<ReaderObject>(reader)?;
        let reading = &mut *object.lock();
        if reading.mobile_user.is_none() {
            reading.mobile_user = reading.reader.mobile_user()?.map(c_text);
        }
        *place = super::text_or_null(&reading.mobile_user);
        Ok(())
    })
}

/// A record of a packet. All that it points to is borrowed from the reader until the next call with it.
#[repr(C)]
pub struct dmerp_record {
    /// The table's name. NULL: this is the end of the packet, and there is no record. Empty for an unknown element
    /// outside the tables.
    pub table: *const c_char,
    /// The name of the element that holds the record: `r`, or another one in system tables and if unknown elements are
    /// kept.
    pub element: *const c_char,
    /// What the record says of its row.
    pub status: dmerp_record_status,
    /// The record's number in its table, from 1.
    pub number: u64,
    /// The line in which the record begins, from 1.
    pub line: u64,
    /// The fields, in their order. All values are texts.
    pub fields: *const dmerp_field,
    /// The number of fields.
    pub fields_len: usize,
    /// The record's own attributes, such as `directresponse`. A status that is known is not among them.
    pub attributes: *const dmerp_attribute,
    /// The number of attributes.
    pub attributes_len: usize,
}

impl Default for dmerp_record {
    fn default() -> Self {
        dmerp_record {
            table: std::ptr::null(),
            element: std::ptr::null(),
            status: 0,
            number: 0,
            line: 0,
            fields: std::ptr::null(),
            fields_len: 0,
            attributes: std::ptr::null(),
            attributes_len: 0,
        }
    }
}

/// Reads the next record and stores it in `*record`. At the end of the packet, and after an error, `record->table` is
/// NULL. `size` is `sizeof(dmerp_record)`.
///
/// Statuses: DMERP_BAD_PACKET, DMERP_TOO_LARGE (a record, see max_record_bytes), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
/// DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_next(
    reader: *mut dmerp_packet_reader,
    record: *mut dmerp_record,
    size: usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = sized_out("record", record, size)?;
        let object = handle::get::<ReaderObject>(reader)?;
        let reading = &mut *object.lock();
        reading.fields.clear();
        reading.attributes.clear();
        if let Some(record) = reading.reader.next()? {
            *place = lend(record, &mut reading.fields, &mut reading.attributes);
        }
        Ok(())
    })
}

fn lend(
    record: Record<'_>,
    fields: &mut Vec<dmerp_field>,
    attributes: &mut Vec<dmerp_attribute>,
) -> dmerp_record {
    let raw = record.raw();
    attributes.extend(raw.attributes().map(|[name, value]| dmerp_attribute {
        name: name.as_ptr().cast(),
        value: value.as_ptr().cast(),
    }));
    // From here on the attributes stay where they are.
    fields.extend(raw.fields().map(|(name, value, its)| dmerp_field {
        name: name.as_ptr().cast(),
        value: dmerp_value::of_text(&value[..value.len() - 1]),
        attributes: attributes[its.clone()].as_ptr(),
        attributes_len: its.len(),
    }));
    dmerp_record {
        table: raw.table().as_ptr().cast(),
        element: raw.element().as_ptr().cast(),
        status: record.status() as dmerp_record_status,
        number: record.number(),
        line: record.line(),
        fields: fields.as_ptr(),
        fields_len: fields.len(),
        attributes: attributes.as_ptr(),
        attributes_len: raw.own_attributes(),
    }
}

/// Returns the field `name` (UTF-8) of a record; NULL if the record has none, which is a null. It is borrowed as the
/// record is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_record_field(
    record: *const dmerp_record,
    name: *const c_char,
) -> *const dmerp_field {
    plain(std::ptr::null(), || {
        let record = one("record", record)?;
        let name = text("name", name)?;
        for field in array("fields", record.fields, record.fields_len)? {
            if text("a field's name", field.name)? == name {
                return Ok(std::ptr::from_ref(field));
            }
        }
        Ok(std::ptr::null())
    })
}

/// Records of one table in a compact form, for languages in which a call is dear. All that it points to is borrowed
/// from the reader until the next call with it.
#[repr(C)]
pub struct dmerp_rows {
    /// The table's name; NULL if `count` is 0.
    pub table: *const c_char,
    /// The number of the first record in its table, from 1. The others follow it.
    pub first: u64,
    /// The number of records.
    pub count: usize,
    /// The number of names.
    pub columns: usize,
    /// The names of the fields, each ended by a NUL.
    pub names: *const c_char,
    /// The number of bytes of `names`.
    pub names_len: usize,
    /// The values, row after row: a text for each name, each ended by a NUL. A text of the one byte 0xFF says that the
    /// record does not have the field.
    pub values: *const c_char,
    /// The number of bytes of `values`.
    pub values_len: usize,
    /// The status of each record.
    pub statuses: *const u8,
    /// The line in which each record begins, from 1.
    pub lines: *const u64,
}

impl Default for dmerp_rows {
    fn default() -> Self {
        dmerp_rows {
            table: std::ptr::null(),
            first: 0,
            count: 0,
            columns: 0,
            names: std::ptr::null(),
            names_len: 0,
            values: std::ptr::null(),
            values_len: 0,
            statuses: std::ptr::null(),
            lines: std::ptr::null(),
        }
    }
}

/// Reads as many of the next records as have one table and the same fields, or some of them, and no attributes: at most
/// 1,000 records, and about 256 KiB. Stores them in `*rows`. `size` is `sizeof(dmerp_rows)`.
///
/// If `rows->count` is 0, call dmerp_packet_reader_next(): it gives a record that this form cannot hold, or the end.
///
/// Statuses: those of dmerp_packet_reader_next(), but only after the records before the refused one were handed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_packet_reader_rows(
    reader: *mut dmerp_packet_reader,
    rows: *mut dmerp_rows,
    size: usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let place = sized_out("rows", rows, size)?;
        let object = handle::get::<ReaderObject>(reader)?;
        let reading = &mut *object.lock();
        let rows = &mut reading.rows;
        rows.read(&mut reading.reader)?;
        if rows.count > 0 {
            *place = dmerp_rows {
                table: rows.table.as_ptr().cast(),
                first: rows.first,
                count: rows.count,
                columns: rows.columns,
                names: rows.names.as_ptr().cast(),
                names_len: rows.names.len(),
                values: rows.values.as_ptr().cast(),
                values_len: rows.values.len(),
                statuses: rows.statuses.as_ptr(),
                lines: rows.lines.as_ptr(),
            };
        }
        Ok(())
    })
}

/// Returns how many unknown elements were skipped so far; 0 if `reader` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packet_reader_skipped(reader: *const dmerp_packet_reader) -> u64 {
    plain(0, || {
        Ok(handle::get::<ReaderObject>(reader)?.lock().reader.skipped())
    })
}

/// Frees a reader and all that it has lent. NULL, and a reader that was freed before, are ignored. Any thread may call
/// this. It waits for calls of other threads that use the reader.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_packet_reader_free(reader: *mut dmerp_packet_reader) {
    plain((), || {
        handle::free::<ReaderObject>(reader);
        Ok(())
    });
}
