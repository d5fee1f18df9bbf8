//! Writes a file that appears under its final name only when its content is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf, absolute};

use tempfile::NamedTempFile;

use super::{Sink, rename};
use crate::error::{Error, ErrorKind, Result};

/// How many bytes are written between two flushes to the disk. The value is small, so that the last flush, which cannot
/// be cancelled, is short; and large enough that the flushes cost little.
const FLUSH_EVERY: u64 = 16 * 1024 * 1024;

pub(crate) struct FileSink {
    path: PathBuf,
    temporary: NamedTempFile,
    folder: Option<File>,
    unflushed: u64,
}

impl FileSink {
    /// Makes the temporary file in the folder of the final file, so that the rename stays on one file system.
    pub fn create(path: &Path) -> Result<Self> {
        rename::check(path)?;
        // The host may change its folder before the file is complete.
        let whole = absolute(path).map_err(|why| ErrorKind::file("find", path, why))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dmerp-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file, the host's umask decides who may read it.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = rename::of_any_length(folder_of(&whole))
            .and_then(|folder| builder.tempfile_in(folder))
            .map_err(|why| ErrorKind::file("create a temporary file beside", path, why))?;
        Ok(FileSink {
            folder: flushable(folder_of(&whole)),
            path: whole,
            temporary,
            unflushed: 0,
        })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes the content to the disk and renames the file to its final name. Calls `between` before each new try to
    /// rename; an error of it ends the tries.
    pub fn finish(self, between: impl Fn() -> Result<()>) -> Result<()> {
        let path = self.path;
        self.temporary
            .as_file()
            .sync_all()
            .map_err(|why| ErrorKind::file("flush", &path, why))?;
        let kept = self.temporary.into_temp_path().keep();
        let temporary =
            kept.map_err(|why| ErrorKind::file("rename a finished file to", &path, why.error))?;
        rename::rename(&temporary, &path, between).inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })?;
        flush_folder(self.folder, &path)
    }

    /// Flushes the file `from` and renames it to `to`. Returns whether that is possible: not to another file system.
    /// Then comes [`flush_name`](FileSink::flush_name).
    pub fn adopt(from: &Path, to: &Path) -> Result<bool> {
        rename::check(to)?;
        // Windows flushes only what is open for writing.
        let file = OpenOptions::new().write(true).open(from);
        file.and_then(|file| file.sync_all())
            .map_err(|why| ErrorKind::file("flush", from, why))?;
        match rename::rename(from, to, || Ok(())) {
            Err(why) if is_elsewhere(&why) => Ok(false),
            renamed => renamed.map(|()| true),
        }
    }

    /// Has a new name in a folder survive a power failure.
    pub fn flush_name(path: &Path) -> Result<()> {
        flush_folder(flushable(folder_of(path)), path)
    }

    fn failed(&self, why: io::Error) -> Error {
        ErrorKind::file("write", &self.path, why).into()
    }
}

impl Sink for FileSink {
    fn restart(&mut self) -> Result<()> {
        let file = self.temporary.as_file_mut();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(|why| self.failed(why))?;
        self.unflushed = 0;
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        let file = self.temporary.as_file_mut();
        self.unflushed += piece.len() as u64;
        let flush = self.unflushed >= FLUSH_EVERY;
        if flush {
            self.unflushed = 0;
        }
        file.write_all(piece)
            .and_then(|()| if flush { file.sync_data() } else { Ok(()) })
            .map_err(|why| self.failed(why))
    }
}

/// Whether a rename failed because the other name is on another file system.
fn is_elsewhere(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::File { source, .. } if source.kind() == io::ErrorKind::CrossesDevices)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Opens the folder if it can be flushed. A rename survives a power failure only after a flush of the folder. Some
/// folders cannot be opened (writable, but not readable), and some file systems cannot flush a folder; the download
/// then works without that flush.
#[cfg(unix)]
fn flushable(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.sync_all().ok().map(|()| folder)
}

fn flush_folder(folder: Option<File>, path: &Path) -> Result<()> {
    match folder {
        Some(folder) => folder
            .sync_all()
            .map_err(|why| ErrorKind::file("flush the folder of", path, why).into()),
        None => Ok(()),
    }
}

/// Windows cannot flush a folder.
#[cfg(not(unix))]
fn flushable(_: &Path) -> Option<File> {
    None
}
