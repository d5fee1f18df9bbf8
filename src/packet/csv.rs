//! The rows of a CSV file: RFC 4180, in UTF-8 with or without a byte order mark. The first row names the fields.
//!
//! The crate `csv` takes what RFC 4180 does not have in ways of its own, which lose quotes, line ends and rows. It passes
//! over the empty lines of a file with one column, and has no limit on a row.

use std::io::Read;
use std::path::Path;
use std::str::Utf8Error;

use super::names;
use crate::error::{Error, ErrorKind, Result};

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// The most bytes of a row.
const LONGEST_ROW: usize = 64 * 1024 * 1024;

pub(super) struct Rows<R> {
    from: R,
    delimiter: u8,
    /// What was read; `buffer[start..]` was not looked at yet.
    buffer: Vec<u8>,
    start: usize,
    /// The line that was reached, from 1.
    line: u64,
    names: Vec<String>,
    row: Values,
}

/// The values of a row, one after another, and where each ends.
#[derive(Default)]
struct Values {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The line in which the row begins.
    line: u64,
}

/// A row: its values, and the names of the first row.
pub(super) struct Row<'r> {
    names: &'r [String],
    values: &'r Values,
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
    /// A carriage return came before it.
    AfterReturn,
}

impl<R: Read> Rows<R> {
    pub fn new(from: R, delimiter: u8) -> Result<Self> {
        let is_control = delimiter.is_ascii_control() && delimiter != b'\t';
        if !delimiter.is_ascii() || is_control || delimiter == b'"' {
            return Err(Error::invalid(
                "the delimiter of CSV is a tab, or a printable ASCII character other than a quote",
            ));
        }
        let mut rows = Rows {
            from,
            delimiter,
            buffer: Vec::new(),
            start: 0,
            line: 1,
            names: Vec::new(),
            row: Values::default(),
        };
        rows.skip_byte_order_mark()?;
        if !rows.read()? {
            return Err(Error::invalid(
                "the CSV is empty: its first row names the fields",
            ));
        }
        let names = rows.row.iter().map(|name| name.map(str::to_string));
        rows.names = names
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| Error::invalid("the first row, which names the fields, is not UTF-8"))?;
        Ok(rows)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        if !self.read()? {
            return Ok(None);
        }
        let (len, expected) = (self.row.ends.len(), self.names.len());
        if len != expected {
            let line = self.row.line;
            return Err(Error::invalid(format!(
                "line {line} of the CSV: the number of values is {len}, but the first row has {expected}"
            )));
        }
        Ok(Some(Row {
            names: &self.names,
            values: &self.row,
        }))
    }

    fn skip_byte_order_mark(&mut self) -> Result<()> {
        while self.buffer.len() < 3 && self.fill()? {}
        if self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.start = 3;
        }
        Ok(())
    }

    /// Reads the next row. Returns whether there is one.
    fn read(&mut self) -> Result<bool> {
        self.row.bytes.clear();
        self.row.ends.clear();
        self.row.line = self.line;
        let mut place = Place::Start;
        let mut is_empty = true;
        loop {
            if self.start == self.buffer.len() && !self.fill()? {
                return match place {
                    Place::Quoted => {
                        self.line = self.row.line;
                        Err(self.refused("a quoted value of this row does not end"))
                    }
                    Place::AfterReturn => Err(self.refused(LONE_RETURN)),
                    Place::Start if is_empty => Ok(false),
                    _ => self.row.end_value().map(|()| true),
                };
            }
            if let Some(len @ 1..) = self.run(place) {
                self.put(len)?;
                place = if place == Place::Quoted {
                    place
                } else {
                    Place::Plain
                };
                is_empty = false;
                continue;
            }
            let byte = self.buffer[self.start];
            self.start += 1;
            self.line += u64::from(byte == b'\n');
            place = match (place, byte) {
                (Place::Quoted, _) => Place::AfterQuote,
                // With one column, an empty line is a row whose value is empty.
                (_, b'\n') if is_empty && self.names.len() != 1 => {
                    self.row.line = self.line;
                    Place::Start
                }
                (_, b'\n') => return self.row.end_value().map(|()| true),
                (Place::AfterReturn, _) => return Err(self.refused(LONE_RETURN)),
                (_, b'\r') => Place::AfterReturn,
                (_, byte) if byte == self.delimiter => {
                    self.row.end_value()?;
                    Place::Start
                }
                // Only a quote is left.
                (Place::Start, _) => Place::Quoted,
                (Place::AfterQuote, b'"') => {
                    self.row.put(b"\"")?;
                    Place::Quoted
                }
                (Place::AfterQuote, _) => {
                    return Err(self.refused("something follows the quote that ends a value"));
                }
                (Place::Plain, _) => {
                    let problem = "a quote stands in a value that does not begin with one";
                    return Err(self.refused(problem));
                }
            };
            is_empty &= matches!(byte, b'\r' | b'\n');
        }
    }

    /// How many of the next bytes have no meaning of their own.
    fn run(&self, place: Place) -> Option<usize> {
        let rest = &self.buffer[self.start..];
        let end = match place {
            Place::Quoted => memchr::memchr(b'"', rest),
            Place::Start | Place::Plain => rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\r' | b'\n') || *byte == self.delimiter),
            Place::AfterQuote | Place::AfterReturn => return None,
        };
        Some(end.unwrap_or(rest.len()))
    }

    /// Takes the next bytes into the value.
    fn put(&mut self, len: usize) -> Result<()> {
        let bytes = &self.buffer[self.start..self.start + len];
        self.start += len;
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.row.put(bytes)
    }

    /// Reads on. Returns false at the end.
    fn fill(&mut self) -> Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        reserve(&mut self.buffer, PIECE)?;
        let mut piece = (&mut self.from).take(PIECE as u64);
        let read = piece.read_to_end(&mut self.buffer);
        let read = read.map_err(|why| ErrorKind::file("read", Path::new("the CSV"), why))?;
        Ok(read > 0)
    }

    fn refused(&self, problem: &str) -> Error {
        let line = self.line;
        Error::invalid(format!(
            "line {line} of the CSV: {problem}; a value with quotes or line ends stands in quotes, and each quote in it twice"
        ))
    }
}

const LONE_RETURN: &str = "a carriage return stands where no line feed follows";

impl Values {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() > LONGEST_ROW - self.bytes.len() {
            let line = self.line;
            return Err(Error::invalid(format!(
                "line {line} of the CSV: the row has more than {LONGEST_ROW} bytes"
            )));
        }
        reserve(&mut self.bytes, bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn end_value(&mut self) -> Result<()> {
        if self.ends.len() == names::MOST_FIELDS {
            let (line, most) = (self.line, names::MOST_FIELDS);
            return Err(Error::invalid(format!(
                "line {line} of the CSV: the row has more than {most} values"
            )));
        }
        reserve(&mut self.ends, 1)?;
        self.ends.push(self.bytes.len());
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = std::result::Result<&str, Utf8Error>> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let value = &self.bytes[start..*end];
            start = *end;
            str::from_utf8(value)
        })
    }
}

impl<'r> Row<'r> {
    pub fn fields(
        &self,
    ) -> impl Iterator<Item = (&'r str, std::result::Result<&'r str, Utf8Error>)> {
        let names = self.names.iter().map(String::as_str);
        names.zip(self.values.iter())
    }

    /// The line in which it begins, from 1.
    pub fn line(&self) -> u64 {
        self.values.line
    }
}

fn reserve<T>(room: &mut Vec<T>, more: usize) -> Result<()> {
    room.try_reserve(more).map_err(|_| {
        let bytes = (room.len() + more) * size_of::<T>();
        ErrorKind::OutOfMemory {
            what: "a row of the CSV",
            bytes: bytes as u64,
        }
        .into()
    })
}
