//! Many records of the same fields at once, for languages in which each call is dear. The texts of all fields stand one
//! after another, row after row, and each ends with a NUL, which XML cannot hold. A text of the one byte 0xFF, which
//! UTF-8 does not have, is a null.

use super::names;
use super::reader::PacketReader;
use super::record::{Record, RecordStatus};
use super::tokens::PlainSink;
use super::value::Value;
use super::writer::{PacketWriter, Refusal};
use crate::error::{Error, Result};
use crate::text::one_line;

const NULL: &[u8] = b"\xFF";

/// The most records that are handed over at once, and about how many bytes.
const MOST_RECORDS: usize = 1000;
const MOST_BYTES: usize = 256 * 1024;

/// The most fields that are told apart in the records of a table.
const MOST_COLUMNS: usize = 1000;

/// Records of one table, whose fields are among `columns` and in their order.
#[derive(Default)]
pub(crate) struct Rows {
    /// The table's name, ended with a NUL.
    pub table: String,
    /// The number of the first record.
    pub first: u64,
    pub count: usize,
    pub columns: usize,
    pub names: String,
    pub values: Vec<u8>,
    pub statuses: Vec<u8>,
    pub lines: Vec<u64>,
    known: Vec<String>,
}

impl Rows {
    /// Reads the next records, as many as fit. There are none if the next record does not fit, or there is none.
    ///
    /// # Errors
    /// Those of [`PacketReader::next`], but only after the records before them were handed over.
    pub fn read(&mut self, reader: &mut PacketReader<'_>) -> Result<()> {
        self.count = 0;
        self.values.clear();
        self.values.shrink_to(4 * MOST_BYTES);
        self.statuses.clear();
        self.lines.clear();
        while self.count < MOST_RECORDS && self.values.len() < MOST_BYTES {
            if self.count > 0 && self.take_plain(reader) {
                continue;
            }
            match reader.peek() {
                Ok(true) if self.take(reader.waiting()) => reader.take(),
                Ok(_) => break,
                Err(_) if self.count > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Adds a record, if it fits.
    fn take(&mut self, record: Record<'_>) -> bool {
        let is_wide = record.fields().len() > MOST_COLUMNS;
        if is_wide || record.has_attributes() || record.element() != names::RECORD {
            return false;
        }
        if self.count == 0 {
            self.begin(record);
        } else if !self.is_of_the_same_table(record) {
            return false;
        }
        let start = self.values.len();
        if !self.add(record) {
            self.values.truncate(start);
            return false;
        }
        self.statuses.push(record.status() as u8);
        self.lines.push(record.line());
        self.count += 1;
        true
    }

    /// Adds the next record if it is like the last one, and has only fields of the columns.
    fn take_plain(&mut self, reader: &mut PacketReader<'_>) -> bool {
        let start = self.values.len();
        let table = self.table.strip_suffix('\0').unwrap_or_default();
        let mut sink = PlainValues {
            values: &mut self.values,
            next: 0,
        };
        let Some((line, status)) = reader.take_plain_row(table, &self.known, &mut sink) else {
            self.values.truncate(start);
            return false;
        };
        sink.skip_to(self.columns);
        self.statuses.push(status as u8);
        self.lines.push(line);
        self.count += 1;
        true
    }

    fn is_of_the_same_table(&self, record: Record<'_>) -> bool {
        self.table.strip_suffix('\0') == Some(record.table())
            && record.number() == self.first + self.count as u64
    }

    /// Begins new rows with this record. Fields that earlier records of the table had keep their columns.
    fn begin(&mut self, record: Record<'_>) {
        let is_same_table = self.table.strip_suffix('\0') == Some(record.table());
        if !is_same_table || !self.merge(record) {
            self.known = record
                .fields()
                .map(|field| field.name.to_string())
                .collect();
        }
        self.table = format!("{}\0", record.table());
        self.first = record.number();
        self.columns = self.known.len();
        self.names.clear();
        for name in &self.known {
            self.names.push_str(name);
            self.names.push('\0');
        }
    }

    /// Adds the record's fields to the columns. Returns false if the order is another, or there are too many.
    fn merge(&mut self, record: Record<'_>) -> bool {
        let mut next = 0;
        for field in record.fields() {
            match self.known.iter().position(|name| name == field.name) {
                Some(at) if at >= next => next = at + 1,
                Some(_) => return false,
                None if self.known.len() == MOST_COLUMNS => return false,
                None => {
                    self.known.insert(next, field.name.to_string());
                    next += 1;
                }
            }
        }
        true
    }

    /// Adds the record's values. Returns false if a field is in no column that is left.
    fn add(&mut self, record: Record<'_>) -> bool {
        let mut columns = self.known.iter();
        for field in record.fields() {
            loop {
                match columns.next() {
                    Some(name) if name == field.name => break,
                    Some(_) => self.values.extend_from_slice(b"\xFF\0"),
                    None => return false,
                }
            }
            if self.values.try_reserve(field.text.len() + 1).is_err() {
                return false;
            }
            self.values.extend_from_slice(field.text.as_bytes());
            self.values.push(0);
        }
        columns.for_each(|_| self.values.extend_from_slice(b"\xFF\0"));
        true
    }
}

/// Takes the values of a plain record.
struct PlainValues<'v> {
    values: &'v mut Vec<u8>,
    /// The column that comes next.
    next: usize,
}

impl PlainValues<'_> {
    /// The fields before that column are nulls.
    fn skip_to(&mut self, column: usize) {
        for _ in self.next..column {
            self.values.extend_from_slice(b"\xFF\0");
        }
        self.next = column;
    }
}

impl PlainSink for PlainValues<'_> {
    fn begin(&mut self, column: usize) {
        self.skip_to(column);
    }

    fn text(&mut self, text: &[u8]) {
        self.values.extend_from_slice(text);
    }

    fn end(&mut self) {
        self.values.push(0);
        self.next += 1;
    }
}

impl PacketWriter {
    /// Writes `count` records. Each of the `names` and `values` ends with a NUL. Adds how many were written to
    /// `written`, also if one was refused.
    pub(crate) fn rows(
        &mut self,
        status: RecordStatus,
        names: &[u8],
        values: &[u8],
        count: usize,
        written: &mut usize,
    ) -> Result<()> {
        for (what, all) in [("names", names), ("values", values)] {
            if all.last().is_some_and(|last| *last != 0) {
                return Err(Error::invalid(format!(
                    "the last of the {what} does not end with a NUL"
                )));
            }
        }
        let ends = |all| memchr::memchr_iter(0, all).count();
        let (columns, found) = (ends(names), ends(values));
        if Some(found) != columns.checked_mul(count) {
            return Err(Error::invalid(format!(
                "the number of values is {found}, but that of records is {count}, and that of names {columns}"
            )));
        }
        let names = texts(names).map(|name| str::from_utf8(name).map_err(|_| name));
        let names: std::result::Result<Vec<_>, _> = names.collect();
        let mut values = texts(values);
        for _ in 0..count {
            self.put_record(status, &[], |record| {
                let names = names.as_ref().map_err(|name| {
                    let name = one_line(&String::from_utf8_lossy(name), 80);
                    Refusal::because(format!(
                        "the name of a field, \u{201c}{name}\u{201d}, is not UTF-8"
                    ))
                })?;
                names.iter().try_for_each(|name| match values.next() {
                    Some(NULL) => record.field(name, &Value::Null, &[]),
                    Some(text) => {
                        let text = record.text(text);
                        let text = text.map_err(|refusal| refusal.in_field(name))?;
                        record.field(name, &text.into(), &[])
                    }
                    None => Ok(()),
                })
            })?;
            *written += 1;
        }
        Ok(())
    }
}

/// The texts, each of which ends with a NUL.
fn texts(mut all: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (text, rest) = all.split_at_checked(memchr::memchr(0, all)?)?;
        all = &rest[1..];
        Some(text)
    })
}
