//! Holds the whole content between a caller's stream and the storage. An upload must announce its size and may be
//! repeated; and a stream cannot take back a part of a packet.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::SpooledTempFile;

use super::{PIECE, Sink, Source};
use crate::error::{Error, ErrorKind, Result};

/// The most bytes that are kept in memory. Larger content goes to an unnamed temporary file, which the system removes
/// when the process ends, however it ends.
const IN_MEMORY: usize = 1024 * 1024;

const READ: &str = "read a temporary file in";
const WRITE: &str = "write a temporary file in";

pub(crate) struct Spool {
    file: SpooledTempFile,
    folder: PathBuf,
    len: u64,
}

impl Spool {
    /// Makes an empty spool. Its file goes to `folder`, or to the system's folder for temporary files.
    pub fn new(folder: Option<&Path>) -> Self {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_path_buf);
        Spool {
            file: tempfile::spooled_tempfile_in(IN_MEMORY, &folder),
            folder,
            len: 0,
        }
    }

    /// Reads all of `stream`. Calls `between` before each piece; an error of it ends the read.
    pub fn fill(&mut self, stream: &mut dyn Read, between: impl Fn() -> Result<()>) -> Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            between()?;
            match stream.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(len) => self.write(&piece[..len])?,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(stream_failed("read", why)),
            }
        }
    }

    /// Writes all of the content to `stream`. Calls `between` before each piece; an error of it ends the write.
    pub fn give(mut self, stream: &mut dyn Write, between: impl Fn() -> Result<()>) -> Result<()> {
        self.rewind()?;
        while let Some(piece) = self.next_piece()? {
            between()?;
            stream
                .write_all(&piece)
                .map_err(|why| stream_failed("write to", why))?;
        }
        stream.flush().map_err(|why| stream_failed("write to", why))
    }

    fn failed(&self, doing: &'static str, why: io::Error) -> Error {
        ErrorKind::file(doing, &self.folder, why).into()
    }
}

impl Source for Spool {
    fn len(&self) -> u64 {
        self.len
    }

    fn rewind(&mut self) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(0))
            .map(drop)
            .map_err(|why| self.failed(READ, why))
    }

    fn next_piece(&mut self) -> Result<Option<Bytes>> {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut self.file)
            .take(PIECE as u64)
            .read_to_end(&mut piece)
            .map_err(|why| self.failed(READ, why))?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

impl Sink for Spool {
    fn restart(&mut self) -> Result<()> {
        *self = Spool::new(Some(&self.folder));
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.file
            .write_all(piece)
            .map_err(|why| self.failed(WRITE, why))?;
        self.len += piece.len() as u64;
        Ok(())
    }
}

/// A stream may fail with an error of this library, as the streams of the C ABI do; that error is kept.
fn stream_failed(doing: &'static str, why: io::Error) -> Error {
    match why.downcast::<Error>() {
        Ok(own) => own,
        Err(why) => ErrorKind::stream(doing, why).into(),
    }
}
