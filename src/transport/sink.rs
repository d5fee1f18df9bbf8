//! Where a download goes: memory, or a file that appears under its name only when it is whole.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{ErrorKind, Result};

/// How much is written between two flushes to the disk: small enough that the last flush, which cannot be cancelled,
/// is short, and large enough to cost little.
const FLUSH_EVERY: u64 = 16 * 1024 * 1024;

pub(crate) trait Sink {
    /// Drops what an earlier try wrote.
    fn restart(&mut self) -> Result<()>;
    fn write(&mut self, piece: &[u8]) -> Result<()>;
}

impl Sink for Vec<u8> {
    fn restart(&mut self) -> Result<()> {
        self.clear();
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.extend_from_slice(piece);
        Ok(())
    }
}

pub(crate) struct FileSink {
    path: PathBuf,
    temporary: NamedTempFile,
    unflushed: u64,
}

impl FileSink {
    /// Makes the temporary file, beside the final one so that the rename stays on one disk.
    pub fn create(path: &Path) -> Result<Self> {
        if path.is_dir() || path.file_name().is_none() {
            return Err(ErrorKind::file(
                "write",
                path,
                io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, not a file"),
            )
            .into());
        }
        // A rename would put an ordinary file in the place of a device or a pipe.
        match std::fs::symlink_metadata(path) {
            Ok(about) if !about.is_file() && !about.is_symlink() => {
                let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
                return Err(ErrorKind::file("write", path, why).into());
            }
            _ => {}
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dmerp-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The final file is an ordinary one: the host's umask decides who may read it.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = builder
            .tempfile_in(folder(path))
            .map_err(|why| ErrorKind::file("create a temporary file beside", path, why))?;
        Ok(FileSink {
            path: path.to_path_buf(),
            temporary,
            unflushed: 0,
        })
    }

    /// Makes the content durable and gives the file its name.
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        self.temporary
            .as_file()
            .sync_all()
            .map_err(|why| ErrorKind::file("flush", &path, why))?;
        self.temporary
            .persist(&path)
            .map_err(|why| ErrorKind::file("rename a finished download to", &path, why.error))?;
        flush_folder(folder(&path))
            .map_err(|why| ErrorKind::file("flush the folder of", &path, why).into())
    }
}

impl Sink for FileSink {
    fn restart(&mut self) -> Result<()> {
        let file = self.temporary.as_file_mut();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(|why| ErrorKind::file("write", &self.path, why))?;
        self.unflushed = 0;
        Ok(())
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        let file = self.temporary.as_file_mut();
        self.unflushed += piece.len() as u64;
        file.write_all(piece)
            .and_then(|()| {
                if self.unflushed < FLUSH_EVERY {
                    return Ok(());
                }
                self.unflushed = 0;
                file.sync_data()
            })
            .map_err(|why| ErrorKind::file("write", &self.path, why).into())
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A rename is durable only when its folder is; Windows has no such flush and needs none.
#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
