//! The C functions for packets, for what is only there: rows, values, and what the host's memory holds. The
//! fuzz targets use this, too.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char};
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::{null, null_mut};

use dmerp::RecordStatus;
use dmerp::ffi::*;

use super::row::{Cell, Pairs, Row};

/// What an error says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: dmerp_status,
    pub message: String,
}

/// What a call returned, and its error.
fn outcome(status: dmerp_status, error: *mut dmerp_error) -> Result<(), Failure> {
    if status == 0 {
        assert!(error.is_null());
        return Ok(());
    }
    // SAFETY: a call that failed has stored an error.
    let message = unsafe { CStr::from_ptr(dmerp_error_message(error)) };
    let message = message.to_str().expect("UTF-8").to_owned();
    dmerp_error_free(error);
    Err(Failure { status, message })
}

pub fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

/// # Safety
/// A text that is not NULL ends with a NUL.
unsafe fn text(text: *const c_char) -> String {
    // SAFETY: as the caller says.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().expect("UTF-8").to_owned()
}

fn status_of(status: dmerp_record_status) -> RecordStatus {
    match status {
        DMERP_RECORD_NONE => RecordStatus::None,
        DMERP_RECORD_INSERT => RecordStatus::Insert,
        DMERP_RECORD_UPDATE => RecordStatus::Update,
        DMERP_RECORD_DELETE => RecordStatus::Delete,
        DMERP_RECORD_READ => RecordStatus::Read,
        DMERP_RECORD_OTHER => RecordStatus::Other,
        other => panic!("{other}"),
    }
}

pub struct Reader<'b> {
    handle: *mut dmerp_packet_reader,
    borrows: PhantomData<&'b [u8]>,
}

impl<'b> Reader<'b> {
    pub fn new(packet: &'b [u8], options: &[(&str, &str)]) -> Self {
        let (mut handle, mut error) = (null_mut(), null_mut());
        // SAFETY: the packet outlives the reader, and the others are locals.
        unsafe {
            let status =
                dmerp_packet_reader_new(packet.as_ptr(), packet.len(), &mut handle, &mut error);
            outcome(status, error).expect("a reader");
            for (key, value) in options {
                let status =
                    dmerp_packet_reader_set(handle, c(key).as_ptr(), c(value).as_ptr(), &mut error);
                outcome(status, error).expect("an option");
            }
        }
        Reader {
            handle,
            borrows: PhantomData,
        }
    }

    pub fn next(&mut self) -> Result<Option<Row>, Failure> {
        let mut error = null_mut();
        // SAFETY: all zeros are an empty record.
        let mut record: dmerp_record = unsafe { std::mem::zeroed() };
        // SAFETY: the handle lives; what it lends is copied before the next call.
        unsafe {
            let size = size_of::<dmerp_record>();
            let status = dmerp_packet_reader_next(self.handle, &mut record, size, &mut error);
            outcome(status, error)?;
            Ok((!record.table.is_null()).then(|| row(&record)))
        }
    }

    /// The records of one call; none if `next` is to be called.
    pub fn rows(&mut self) -> Result<Vec<Row>, Failure> {
        let mut error = null_mut();
        // SAFETY: all zeros are no rows; the handle lives; what it lends is copied before the next call.
        unsafe {
            let mut rows: dmerp_rows = std::mem::zeroed();
            let status = dmerp_packet_reader_rows(
                self.handle,
                &mut rows,
                size_of::<dmerp_rows>(),
                &mut error,
            );
            outcome(status, error)?;
            Ok(match rows.count {
                0 => Vec::new(),
                _ => unpacked(&rows),
            })
        }
    }

    pub fn skipped(&self) -> u64 {
        dmerp_packet_reader_skipped(self.handle)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        dmerp_packet_reader_free(self.handle);
    }
}

/// # Safety
/// The record was lent by a reader, and no call with it came after.
unsafe fn row(record: &dmerp_record) -> Row {
    // SAFETY: of this record.
    let fields: &[dmerp_field] = unsafe { slice(record.fields, record.fields_len) };
    let cell = |field: &dmerp_field| {
        assert_eq!(field.value.kind, DMERP_VALUE_TEXT);
        // SAFETY: of this record.
        unsafe {
            // A NUL ends each text.
            let value = text(field.value.text);
            assert_eq!(value.len(), field.value.len);
            let found = dmerp_record_field(record, field.name);
            assert!(std::ptr::eq(found, field));
            Cell {
                name: text(field.name),
                text: value,
                attributes: attributes(field.attributes, field.attributes_len),
            }
        }
    };
    // SAFETY: of this record.
    unsafe {
        Row {
            table: text(record.table),
            element: text(record.element),
            status: status_of(record.status),
            number: record.number,
            line: record.line,
            attributes: attributes(record.attributes, record.attributes_len),
            fields: fields.iter().map(cell).collect(),
        }
    }
}

/// # Safety
/// The attributes were lent by a reader, and no call with it came after.
unsafe fn attributes(all: *const dmerp_attribute, len: usize) -> Pairs {
    // SAFETY: as the caller says.
    let all: &[dmerp_attribute] = unsafe { slice(all, len) };
    // SAFETY: of these attributes.
    let pair = |one: &dmerp_attribute| unsafe { (text(one.name), text(one.value)) };
    all.iter().map(pair).collect()
}

/// # Safety
/// There are as many.
unsafe fn slice<'a, T>(from: *const T, len: usize) -> &'a [T] {
    match len {
        0 => &[],
        // SAFETY: as the caller says.
        _ => unsafe { std::slice::from_raw_parts(from, len) },
    }
}

/// # Safety
/// The rows were lent by a reader, and no call with it came after.
unsafe fn unpacked(rows: &dmerp_rows) -> Vec<Row> {
    // SAFETY: of these rows.
    let (table, names, values, statuses, lines) = unsafe {
        (
            text(rows.table),
            slice(rows.names.cast::<u8>(), rows.names_len),
            slice(rows.values.cast::<u8>(), rows.values_len),
            slice(rows.statuses, rows.count),
            slice(rows.lines, rows.count),
        )
    };
    let split = |all: &'static [u8]| -> Vec<&[u8]> {
        let mut texts: Vec<_> = all.split(|byte| *byte == 0).collect();
        assert_eq!(texts.pop(), Some(&b""[..]), "a NUL ends the last text");
        texts
    };
    let (names, values) = (split(names), split(values));
    assert_eq!(
        (names.len(), values.len()),
        (rows.columns, rows.columns * rows.count)
    );
    let as_text = |bytes: &[u8]| str::from_utf8(bytes).expect("UTF-8").to_owned();
    (0..rows.count)
        .map(|at| Row {
            table: table.clone(),
            element: "r".into(),
            status: status_of(statuses[at].into()),
            number: rows.first + at as u64,
            line: lines[at],
            attributes: Vec::new(),
            fields: names
                .iter()
                .zip(&values[at * rows.columns..])
                .filter(|(_, value)| **value != b"\xFF")
                .map(|(name, value)| Cell {
                    name: as_text(name),
                    text: as_text(value),
                    attributes: Vec::new(),
                })
                .collect(),
        })
        .collect()
}

/// All records, read as rows where that is possible; how they end; and how many came as rows.
pub fn read_by_rows(
    packet: &[u8],
    options: &[(&str, &str)],
) -> (Vec<Row>, Result<(), Failure>, usize) {
    let mut reader = Reader::new(packet, options);
    let (mut all, mut packed) = (Vec::new(), 0);
    let end = loop {
        match reader.rows() {
            Ok(rows) if rows.is_empty() => match reader.next() {
                Ok(Some(row)) => all.push(row),
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
            },
            Ok(rows) => {
                packed += rows.len();
                all.extend(rows);
            }
            Err(failure) => break Err(failure),
        }
    };
    (all, end, packed)
}

pub struct Writer(*mut dmerp_packet_writer);

impl Writer {
    /// A writer in whose table the records go.
    pub fn new(options: &[(&str, &str)]) -> Self {
        let (mut handle, mut error) = (null_mut(), null_mut());
        // SAFETY: locals.
        unsafe {
            let status = dmerp_packet_writer_new(c("SOFIA01").as_ptr(), &mut handle, &mut error);
            outcome(status, error).expect("a writer");
            for (key, value) in options {
                let status =
                    dmerp_packet_writer_set(handle, c(key).as_ptr(), c(value).as_ptr(), &mut error);
                outcome(status, error).expect("an option");
            }
            let status = dmerp_packet_writer_table(handle, c("T").as_ptr(), null(), &mut error);
            outcome(status, error).expect("a table");
        }
        Writer(handle)
    }

    /// Writes a record of one field `A`.
    pub fn value(&mut self, value: dmerp_value) -> Result<(), Failure> {
        let (name, mut error) = (c("A"), null_mut());
        let field = dmerp_field {
            name: name.as_ptr(),
            value,
            attributes: null(),
            attributes_len: 0,
        };
        // SAFETY: the field is a local, and its text outlives the call.
        unsafe {
            let status = dmerp_packet_writer_record(
                self.0,
                DMERP_RECORD_INSERT,
                &field,
                1,
                null(),
                0,
                &mut error,
            );
            outcome(status, error)
        }
    }

    pub fn rows(
        &mut self,
        names: &[u8],
        values: &[u8],
        count: usize,
    ) -> (usize, Result<(), Failure>) {
        let (mut written, mut error) = (usize::MAX, null_mut());
        // SAFETY: the arrays are as long as they say.
        let status = unsafe {
            dmerp_packet_writer_rows(
                self.0,
                DMERP_RECORD_INSERT,
                names.as_ptr().cast(),
                names.len(),
                values.as_ptr().cast(),
                values.len(),
                count,
                &mut written,
                &mut error,
            )
        };
        (written, outcome(status, error))
    }

    pub fn csv(&mut self, path: &Path, delimiter: u8) -> (u64, Result<(), Failure>) {
        let path = c(path.to_str().expect("UTF-8"));
        let (mut written, mut error) = (u64::MAX, null_mut());
        let delimiter = c_char::from_ne_bytes([delimiter]);
        // SAFETY: locals.
        let status = unsafe {
            dmerp_packet_writer_csv(
                self.0,
                DMERP_RECORD_INSERT,
                path.as_ptr(),
                delimiter,
                &mut written,
                &mut error,
            )
        };
        (written, outcome(status, error))
    }

    pub fn content(&mut self) -> String {
        let mut error = null_mut();
        // SAFETY: all zeros are an empty buffer; what is stored in it is copied before it is freed.
        let bytes = unsafe {
            let mut buffer: dmerp_buffer = std::mem::zeroed();
            let status = dmerp_packet_writer_content(self.0, &mut buffer, &mut error);
            outcome(status, error).expect("a packet in memory");
            let bytes = slice(buffer.data, buffer.len).to_vec();
            dmerp_buffer_free(&mut buffer);
            bytes
        };
        String::from_utf8(bytes).expect("UTF-8")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        dmerp_packet_writer_free(self.0);
    }
}

/// A value that borrows the text, if any.
pub fn value(
    kind: dmerp_value_kind,
    integer: i64,
    scale: i32,
    real: f64,
    text: &[u8],
) -> dmerp_value {
    dmerp_value {
        kind,
        scale,
        integer,
        real,
        text: text.as_ptr().cast(),
        len: text.len(),
    }
}

/// Reads a text as a value; the text of a decimal, too.
pub fn read_value(
    from: &str,
    kind: dmerp_value_kind,
) -> Result<(dmerp_value, Option<String>), Failure> {
    let (ended, mut error) = (c(from), null_mut());
    // SAFETY: all zeros are a null; what is borrowed from the text is copied.
    unsafe {
        let mut read: dmerp_value = std::mem::zeroed();
        let from = value(DMERP_VALUE_TEXT, 0, 0, 0.0, ended.as_bytes());
        let status = dmerp_value_read(&from, kind, &mut read, &mut error);
        outcome(status, error)?;
        let digits = (!read.text.is_null()).then(|| {
            let digits = slice(read.text.cast::<u8>(), read.len);
            str::from_utf8(digits).expect("UTF-8").to_owned()
        });
        Ok((read, digits))
    }
}

/// Reads a text as bytes.
pub fn read_bytes(from: &str) -> Result<Vec<u8>, Failure> {
    let (ended, mut error) = (c(from), null_mut());
    // SAFETY: all zeros are an empty buffer; what is stored in it is copied before it is freed.
    unsafe {
        let mut bytes: dmerp_buffer = std::mem::zeroed();
        let from = value(DMERP_VALUE_TEXT, 0, 0, 0.0, ended.as_bytes());
        let status = dmerp_value_bytes(&from, &mut bytes, &mut error);
        outcome(status, error)?;
        let read = slice(bytes.data, bytes.len).to_vec();
        dmerp_buffer_free(&mut bytes);
        Ok(read)
    }
}
