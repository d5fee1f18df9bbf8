//! Where a written packet goes: a spool, to be pushed or read; or a file.

use std::path::{Path, PathBuf};

use crate::content::{FileSink, FileSource, Sink, Source, Spool};
use crate::error::{ErrorKind, Result};

pub(super) enum Output {
    Spool(Spool),
    File {
        path: PathBuf,
        /// `None` once the file has its name.
        sink: Option<FileSink>,
    },
}

impl Output {
    pub fn to_file(path: &Path) -> Result<Self> {
        let sink = FileSink::create(path)?;
        Ok(Output::File {
            path: sink.path().to_path_buf(),
            sink: Some(sink),
        })
    }

    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        match self {
            Output::Spool(spool) => spool.write(piece),
            Output::File {
                sink: Some(sink), ..
            } => sink.write(piece),
            Output::File { sink: None, .. } => {
                Err(ErrorKind::Internal("a packet is written after its end".into()).into())
            }
        }
    }

    /// Gives a file its name.
    pub fn finish(&mut self) -> Result<()> {
        match self {
            Output::File { sink, .. } => match sink.take() {
                Some(sink) => sink.finish(|| Ok(())),
                None => Ok(()),
            },
            Output::Spool(_) => Ok(()),
        }
    }

    /// The finished packet, to send it.
    pub fn source(&mut self) -> Result<Box<dyn Source + Send + '_>> {
        Ok(match self {
            Output::Spool(spool) => {
                spool.rewind()?;
                Box::new(spool)
            }
            Output::File { path, .. } => Box::new(FileSource::open(path)?),
        })
    }
}
