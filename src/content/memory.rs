//! Content in memory. A failed allocation is an error and does not abort the process: the host must survive a packet
//! that is too large.

use bytes::Bytes;

use super::{PIECE, Sink, Source};
use crate::error::{Error, ErrorKind, Result};

/// Sends bytes that are borrowed from the caller.
pub(crate) struct MemorySource<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> MemorySource<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        MemorySource { bytes, at: 0 }
    }
}

impl Source for MemorySource<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn rewind(&mut self) -> Result<()> {
        self.at = 0;
        Ok(())
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>> {
        let rest = &self.bytes[self.at..];
        let piece = &rest[..rest.len().min(PIECE)];
        self.at += piece.len();
        Ok((!piece.is_empty()).then(|| Bytes::copy_from_slice(piece)))
    }
}

/// Receives content into memory.
#[derive(Default)]
pub(crate) struct MemorySink {
    bytes: Vec<u8>,
}

impl MemorySink {
    /// Returns the content. Its capacity has room for one more byte: the C ABI appends a NUL.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Content that was gathered elsewhere.
    pub fn of(bytes: Vec<u8>) -> Self {
        MemorySink { bytes }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn copy(&self) -> Result<Vec<u8>> {
        let mut copy = MemorySink::default();
        copy.reserve(self.bytes.len() as u64)?;
        copy.bytes.extend_from_slice(&self.bytes);
        Ok(copy.bytes)
    }

    fn room_for(&mut self, more: usize) -> Result<()> {
        let needed = self.bytes.len().saturating_add(more);
        self.bytes
            .try_reserve(more.saturating_add(1))
            .map_err(|_| missing("the packet", needed as u64))
    }
}

impl Sink for MemorySink {
    fn restart(&mut self) -> Result<()> {
        self.bytes.clear();
        Ok(())
    }

    fn reserve(&mut self, size: u64) -> Result<()> {
        let exact = usize::try_from(size)
            .ok()
            .and_then(|size| size.checked_add(1));
        exact
            .and_then(|room| self.bytes.try_reserve_exact(room).ok())
            .ok_or_else(|| missing("the packet", size))
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.room_for(piece.len())?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

/// Checks that `times` this much memory is available now, for later work that would abort the process if an allocation
/// failed.
pub(crate) fn probe(what: &'static str, size: usize, times: usize) -> Result<()> {
    Vec::<u8>::new()
        .try_reserve_exact(size.saturating_mul(times))
        .map_err(|_| missing(what, size as u64))
}

fn missing(what: &'static str, bytes: u64) -> Error {
    ErrorKind::OutOfMemory { what, bytes }.into()
}
