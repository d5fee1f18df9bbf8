//! Content between a caller's stream and the storage, kept whole: an upload announces its size and may be repeated, and a
//! stream that was given part of a packet could not take it back.

use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use tempfile::SpooledTempFile;

use super::{Run, Sink};
use crate::error::{Error, ErrorKind, Result};

/// What is larger goes to an unnamed temporary file, which vanishes with this process however that ends.
const IN_MEMORY: usize = 1024 * 1024;

const READ: &str = "read a temporary file in";
const WRITE: &str = "write a temporary file in";

/// How much is asked of, or given to, a stream at once.
const PIECE: usize = 64 * 1024;

pub(crate) struct Spool {
    file: SpooledTempFile,
    len: u64,
}

impl Spool {
    pub fn new() -> Self {
        Spool {
            file: SpooledTempFile::new(IN_MEMORY),
            len: 0,
        }
    }

    /// Takes in all that `stream` has.
    pub fn fill(run: &Run<'_>, stream: &mut dyn Read) -> Result<Self> {
        let mut spool = Spool::new();
        let mut piece = vec![0; PIECE];
        loop {
            run.check()?;
            match stream.read(&mut piece) {
                Ok(0) => return Ok(spool),
                Ok(len) => spool.write(&piece[..len])?,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(stream_failed("read", why)),
            }
        }
    }

    /// Gives all of it to `stream`.
    pub fn give(mut self, run: &Run<'_>, stream: &mut dyn Write) -> Result<()> {
        self.rewind()?;
        while let Some(piece) = self.next_piece(PIECE)? {
            run.check()?;
            stream
                .write_all(&piece)
                .map_err(|why| stream_failed("write to", why))?;
        }
        stream.flush().map_err(|why| stream_failed("write to", why))
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn rewind(&mut self) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(0))
            .map(drop)
            .map_err(|why| failed(READ, why))
    }

    pub fn next_piece(&mut self, most: usize) -> Result<Option<Bytes>> {
        let mut piece = Vec::with_capacity(most);
        (&mut self.file)
            .take(most as u64)
            .read_to_end(&mut piece)
            .map_err(|why| failed(READ, why))?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

impl Sink for Spool {
    fn restart(&mut self) -> Result<()> {
        *self = Spool::new();
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.file
            .write_all(piece)
            .map_err(|why| failed(WRITE, why))?;
        self.len += piece.len() as u64;
        Ok(())
    }
}

fn failed(doing: &'static str, why: io::Error) -> Error {
    ErrorKind::file(doing, &std::env::temp_dir(), why).into()
}

/// A stream can end a call with an error of this library's own, as the C ABI's do.
fn stream_failed(doing: &'static str, why: io::Error) -> Error {
    match why.downcast::<Error>() {
        Ok(own) => own,
        Err(why) => ErrorKind::File {
            doing,
            path: "the stream that was given".into(),
            source: std::sync::Arc::new(why),
        }
        .into(),
    }
}
