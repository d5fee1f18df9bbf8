//! The records of a CSV file: RFC 4180, in UTF-8 with or without a byte order mark. The first row names the fields.

use std::io::{self, Read};
use std::str::Utf8Error;

use csv::{ByteRecord, ErrorKind as Cause, ReaderBuilder};

use crate::error::{Error, ErrorKind, Result};

pub(super) struct Rows<R> {
    reader: csv::Reader<QuoteCounter<R>>,
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
        if !delimiter.is_ascii() || b"\"\r\n".contains(&delimiter) {
            return Err(invalid(
                "the delimiter of CSV is one ASCII character, and neither a quote nor a line end",
            ));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(QuoteCounter { from, quotes: 0 });
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
        match self.reader.get_ref().quotes % 2 {
            0 => Ok(None),
            _ => Err(invalid(
                "the CSV has an odd number of quotes, so one is not closed, and a value holds the rows after it",
            )),
        }
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

/// Counts the quotes. The parser takes a quote that is not closed for closed by the end of the file.
struct QuoteCounter<R> {
    from: R,
    quotes: u64,
}

impl<R: Read> Read for QuoteCounter<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = self.from.read(room)?;
        self.quotes += memchr::memchr_iter(b'"', &room[..len]).count() as u64;
        Ok(len)
    }
}

fn failed(error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        Cause::Io(why) => ErrorKind::stream("read", why).into(),
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
