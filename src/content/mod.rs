//! The sources and sinks of content: memory, files and the caller's streams. They may block, so they run on the
//! caller's thread, between two waits.

mod file_sink;
mod file_source;
mod folder;
mod landing;
mod memory;
mod rename;
mod spool;

use bytes::Bytes;

pub(crate) use self::file_sink::FileSink;
pub(crate) use self::file_source::{FileSource, open_to_read};
pub(crate) use self::folder::Folder;
pub(crate) use self::landing::Landing;
pub(crate) use self::memory::{MemorySink, MemorySource, probe};
pub(crate) use self::spool::Spool;
use crate::error::Result;

/// The size of one piece of content, in bytes.
const PIECE: usize = 128 * 1024;

/// Content that is sent.
pub(crate) trait Source {
    /// The content's size in bytes.
    fn len(&self) -> u64;

    /// Goes back to the start, for the next try.
    fn rewind(&mut self) -> Result<()>;

    /// The next piece; `None` at the end.
    fn next_piece(&mut self) -> Result<Option<Bytes>>;
}

impl<S: Source + ?Sized> Source for &mut S {
    fn len(&self) -> u64 {
        S::len(self)
    }

    fn rewind(&mut self) -> Result<()> {
        S::rewind(self)
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>> {
        S::next_piece(self)
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn len(&self) -> u64 {
        S::len(self)
    }

    fn rewind(&mut self) -> Result<()> {
        S::rewind(self)
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>> {
        S::next_piece(self)
    }
}

/// Content that is received.
pub(crate) trait Sink {
    /// Discards what an earlier try wrote.
    fn restart(&mut self) -> Result<()>;

    /// Reserves memory for content of this size in bytes. A sink that is not in memory need not.
    fn reserve(&mut self, _size: u64) -> Result<()> {
        Ok(())
    }

    /// Takes the next piece.
    fn write(&mut self, piece: &[u8]) -> Result<()>;

    /// Takes all of the content at once.
    fn take(&mut self, content: Vec<u8>) -> Result<()> {
        self.write(&content)
    }
}
