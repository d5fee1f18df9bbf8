//! What an upload sends: bytes of the caller's, a file, or what was a stream. Read in pieces, so that nothing is held twice.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::spool::Spool;
use crate::error::{ErrorKind, Result};

const PIECE: usize = 128 * 1024;

pub(crate) enum Source<'a> {
    Memory {
        bytes: &'a [u8],
        at: usize,
    },
    File {
        file: File,
        path: PathBuf,
        len: u64,
        at: u64,
    },
    Spooled(Spool),
}

impl<'a> Source<'a> {
    pub fn memory(bytes: &'a [u8]) -> Self {
        Source::Memory { bytes, at: 0 }
    }

    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| ErrorKind::file("read", path, source);
        // Before it is opened: opening a named pipe waits for whoever writes to it, perhaps for ever.
        let about = std::fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(failed(why).into());
        }
        let file = File::open(path).map_err(failed)?;
        Ok(Source::File {
            len: about.len(),
            file,
            path: path.to_path_buf(),
            at: 0,
        })
    }

    /// The content's size in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Source::Memory { bytes, .. } => bytes.len() as u64,
            Source::File { len, .. } => *len,
            Source::Spooled(spool) => spool.len(),
        }
    }

    /// Back to the start, for the next try.
    pub fn rewind(&mut self) -> Result<()> {
        match self {
            Source::Memory { at, .. } => *at = 0,
            Source::File { file, path, at, .. } => {
                file.seek(SeekFrom::Start(0))
                    .map_err(|source| ErrorKind::file("read", path, source))?;
                *at = 0;
            }
            Source::Spooled(spool) => spool.rewind()?,
        }
        Ok(())
    }

    /// The next piece; `None` at the end. A file that changed its size is an error before its last piece is given out,
    /// so that no half-written file is ever completely sent.
    pub fn next_piece(&mut self) -> Result<Option<Bytes>> {
        match self {
            Source::Memory { bytes, at } => {
                let rest = &bytes[*at..];
                let piece = &rest[..rest.len().min(PIECE)];
                *at += piece.len();
                Ok((!piece.is_empty()).then(|| Bytes::copy_from_slice(piece)))
            }
            Source::File {
                file,
                path,
                len,
                at,
            } => {
                let wanted = (*len - *at).min(PIECE as u64) as usize;
                if wanted == 0 {
                    return Ok(None);
                }
                let failed = |source| ErrorKind::file("read", path, source);
                let mut piece = vec![0; wanted];
                match file.read_exact(&mut piece) {
                    Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => {
                        return Err(changed(path, *len).into());
                    }
                    other => other.map_err(failed)?,
                }
                *at += wanted as u64;
                if at == len && file.metadata().map_err(failed)?.len() != *len {
                    return Err(changed(path, *len).into());
                }
                Ok(Some(piece.into()))
            }
            Source::Spooled(spool) => spool.next_piece(PIECE),
        }
    }
}

fn changed(path: &Path, expected: u64) -> ErrorKind {
    ErrorKind::FileChanged {
        path: path.display().to_string(),
        expected,
    }
}
