//! Where content comes from and goes to: memory, a file, a caller's stream. All of it may block, so it runs on the caller's
//! thread between two waits.

mod file_sink;
mod file_source;
mod memory;
mod spool;

use bytes::Bytes;

pub(crate) use self::file_sink::FileSink;
pub(crate) use self::file_source::FileSource;
pub(crate) use self::memory::{MemorySink, MemorySource, probe};
pub(crate) use self::spool::Spool;
use crate::error::Result;

/// How much content is read or handed over at once, in bytes.
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

/// Content that is received.
pub(crate) trait Sink {
    /// Drops what an earlier try wrote.
    fn restart(&mut self) -> Result<()>;

    /// Makes room for a content of this size, where room can run out.
    fn reserve(&mut self, _size: u64) -> Result<()> {
        Ok(())
    }

    /// Takes the next piece.
    fn write(&mut self, piece: &[u8]) -> Result<()>;
}
