//! The records of a CSV file: RFC 4180, in UTF-8 with or without a byte order mark. The first row names the fields.

use std::io::{self, Read};
use std::str::Utf8Error;

use csv::{ByteRecord, ErrorKind as Cause, ReaderBuilder};

use crate::error::{Error, ErrorKind, Result};

/// The most bytes of a quoted value.
const LONGEST_VALUE: u64 = 64 * 1024 * 1024;

pub(super) struct Rows<R> {
    reader: csv::Reader<Strict<R>>,
    names: Vec<String>,
    row: ByteRecord,
}

/// A row: its values, and the names of the first row.
pub(super) struct Row<'r> {
    names: &'r [String],
    values: &'r ByteRecord,
}

impl<R: Read> Rows<R> {
    pub fn new(from: R, delimiter: u8) -> Result<Self> {
        let is_control = delimiter.is_ascii_control() && delimiter != b'\t';
        if !delimiter.is_ascii() || is_control || delimiter == b'"' {
            return Err(invalid(
                "the delimiter of CSV is one ASCII character, and neither a quote nor a line end",
            ));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(Strict {
                from,
                delimiter,
                at: Place::Start,
                line: 1,
                quoted: 0,
                read: 0,
            });
        let names = reader.byte_headers().map_err(failed)?.clone();
        if names.is_empty() {
            return Err(invalid("the CSV is empty: its first row names the fields"));
        }
        let names = names.iter().map(|name| String::from_utf8(name.to_vec()));
        let names: std::result::Result<Vec<String>, _> = names.collect();
        Ok(Rows {
            names: names
                .map_err(|_| invalid("the first row, which names the fields, is not UTF-8"))?,
            reader,
            row: ByteRecord::new(),
        })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        if self
            .reader
            .read_byte_record(&mut self.row)
            .map_err(failed)?
        {
            return Ok(Some(Row {
                names: &self.names,
                values: &self.row,
            }));
        }
        Ok(None)
    }
}

impl<'r> Row<'r> {
    pub fn fields(
        &self,
    ) -> impl Iterator<Item = (&'r str, std::result::Result<&'r str, Utf8Error>)> {
        let values = self.values.iter().map(str::from_utf8);
        self.names.iter().map(String::as_str).zip(values)
    }
}

/// Refuses quotes that RFC 4180 does not have. The parser takes them in its own way, and so values would change, or one
/// would swallow the rows after it.
struct Strict<R> {
    from: R,
    delimiter: u8,
    at: Place,
    line: u64,
    /// Bytes since a quoted value began.
    quoted: u64,
    /// Bytes that were read.
    read: u64,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the first of a value.
    Start,
    Plain,
    Quoted,
    /// A quote came before it, which ended the value, or is the first of two that stand for one.
    AfterQuote,
}

impl<R> Strict<R> {
    fn take(&mut self, byte: u8) -> std::result::Result<(), &'static str> {
        self.read += 1;
        if self.read <= 3 && b"\xEF\xBB\xBF".contains(&byte) {
            return Ok(());
        }
        let ends = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.at = match (self.at, byte) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::Quoted, _) => {
                self.quoted += 1;
                if self.quoted > LONGEST_VALUE {
                    return Err("a quoted value does not end");
                }
                Place::Quoted
            }
            (_, _) if ends => Place::Start,
            (Place::Start | Place::AfterQuote, b'"') => {
                self.quoted = 0;
                Place::Quoted
            }
            (Place::Plain, b'"') => {
                return Err("a quote stands in a value that does not begin with one");
            }
            (Place::AfterQuote, _) => {
                return Err("something follows the quote that ends a value");
            }
            (Place::Start | Place::Plain, _) => Place::Plain,
        };
        self.line += u64::from(byte == b'\n');
        Ok(())
    }

    fn refuse(&self, problem: &str) -> io::Error {
        let line = self.line;
        io::Error::other(invalid(&format!(
            "line {line} of the CSV: {problem}; a value with quotes stands in quotes, and each quote in it twice"
        )))
    }
}

impl<R: Read> Read for Strict<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = self.from.read(room)?;
        for byte in &room[..len] {
            self.take(*byte).map_err(|problem| self.refuse(problem))?;
        }
        if len == 0 && self.at == Place::Quoted {
            return Err(self.refuse("a quoted value does not end"));
        }
        Ok(len)
    }
}

fn failed(error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        // The reader below refuses with an error of our own.
        Cause::Io(why) => match why.downcast::<Error>() {
            Ok(own) => own,
            Err(why) => ErrorKind::stream("read", why).into(),
        },
        Cause::UnequalLengths {
            expected_len, len, ..
        } => invalid(&format!(
            "line {line} of the CSV has {len} values, but the first row names {expected_len} fields"
        )),
        other => invalid(&format!("the CSV cannot be read: {other:?}")),
    }
}

fn invalid(problem: &str) -> Error {
    ErrorKind::InvalidArgument(problem.into()).into()
}
