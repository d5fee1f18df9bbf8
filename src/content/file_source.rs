//! Reads the content of a file in pieces, while it is sent.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;

use super::{PIECE, Source};
use crate::error::{Error, ErrorKind, Result};

/// Sends a file. A file that changes during the push is not sent completely: the packet would be a mixture of old and
/// new content.
pub(crate) struct FileSource {
    file: File,
    path: PathBuf,
    first: Version,
    at: u64,
}

/// Shows whether a file was written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    len: u64,
    modified: Option<SystemTime>,
}

impl Version {
    fn of(about: &Metadata) -> Self {
        Version {
            len: about.len(),
            modified: about.modified().ok(),
        }
    }
}

impl FileSource {
    pub fn open(path: &Path) -> Result<Self> {
        let file = open_to_read(path)?;
        let about = file
            .metadata()
            .map_err(|source| ErrorKind::file("read", path, source))?;
        Ok(FileSource {
            first: Version::of(&about),
            file,
            path: path.to_path_buf(),
            at: 0,
        })
    }

    fn failed(&self, source: io::Error) -> Error {
        ErrorKind::file("read", &self.path, source).into()
    }

    fn changed(&self) -> Error {
        ErrorKind::FileChanged {
            path: self.path.display().to_string(),
            expected: self.first.len,
        }
        .into()
    }

    fn check_unchanged(&self) -> Result<()> {
        let about = self.file.metadata().map_err(|why| self.failed(why))?;
        match Version::of(&about) == self.first {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }
}

/// Opens a regular file.
pub(crate) fn open_to_read(path: &Path) -> Result<File> {
    let failed = |source| ErrorKind::file("read", path, source);
    let file = open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(failed(why).into());
    }
    Ok(file)
}

/// Opens without waiting: opening a named pipe would otherwise wait, perhaps for ever, for a writer.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.first.len
    }

    fn rewind(&mut self) -> Result<()> {
        self.check_unchanged()?;
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(|why| self.failed(why))?;
        self.at = 0;
        Ok(())
    }

    /// Checks for changes before it returns the last piece, so a mixture is never sent to its end.
    fn next_piece(&mut self) -> Result<Option<Bytes>> {
        let wanted = (self.first.len - self.at).min(PIECE as u64) as usize;
        if wanted == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; wanted];
        match self.file.read_exact(&mut piece) {
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Err(self.changed()),
            other => other.map_err(|why| self.failed(why))?,
        }
        self.at += wanted as u64;
        if self.at == self.first.len {
            self.check_unchanged()?;
        }
        Ok(Some(piece.into()))
    }
}
