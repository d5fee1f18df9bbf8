//! The bytes that a reader reads: it counts their lines, and limits how many make one record.

use std::io::{self, BufRead, BufReader, Read};

/// How much is read at once, in bytes.
const PIECE: usize = 128 * 1024;

pub(super) struct Input<'b> {
    from: BufReader<Box<dyn Read + Send + 'b>>,
    /// The line that was reached, from 1.
    line: u64,
    /// The most bytes of one record, and how many of them are left.
    limit: u64,
    left: u64,
}

/// The error of a record that is too large.
#[derive(Debug, thiserror::Error)]
#[error("a record is too large")]
pub(super) struct Exceeded;

impl<'b> Input<'b> {
    pub fn new(from: Box<dyn Read + Send + 'b>) -> Self {
        let limit = super::reader::MAX_RECORD_BYTES;
        Input {
            from: BufReader::with_capacity(PIECE, from),
            line: 1,
            limit,
            left: limit,
        }
    }

    pub fn line(&self) -> u64 {
        self.line
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.left = limit;
    }

    /// From here on, the bytes are those of another record.
    pub fn begin_record(&mut self) {
        self.left = self.limit;
    }
}

impl Read for Input<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(room.len());
        room[..len].copy_from_slice(&available[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.left {
            0 => Err(io::Error::other(Exceeded)),
            _ => self.from.fill_buf(),
        }
    }

    fn consume(&mut self, len: usize) {
        let taken = &self.from.buffer()[..len];
        self.line += memchr::memchr_iter(b'\n', taken).count() as u64;
        self.left = self.left.saturating_sub(len as u64);
        self.from.consume(len);
    }
}
