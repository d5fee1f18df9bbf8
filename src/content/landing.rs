//! Where a receiver's downloads land: small content in memory, large content in a file.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{FileSink, Folder, MemorySink, PIECE, Sink};
use crate::error::{Error, ErrorKind, Result};

/// Content that is landing, or has landed.
pub(crate) struct Landing {
    // Declared before `folder`, which cannot be removed on Windows while a file in it is open.
    place: Place,
    folder: Arc<Folder>,
    /// The most bytes that stay in memory.
    in_memory: u64,
    len: u64,
}

enum Place {
    Memory(MemorySink),
    /// A file in the folder, until it is moved or dropped.
    File {
        /// Open while content lands.
        file: Option<File>,
        path: PathBuf,
        moved_to: Mutex<Option<Moved>>,
    },
}

/// Where a file was moved to. The host may change it there.
struct Moved {
    path: PathBuf,
    at: Option<SystemTime>,
}

impl Landing {
    pub fn new(folder: Arc<Folder>, in_memory: u64) -> Self {
        Landing {
            place: Place::Memory(MemorySink::default()),
            folder,
            in_memory,
            len: 0,
        }
    }

    /// Closes the file: nothing more lands. On Windows, most programs cannot read a file that somebody may write.
    pub fn close(&mut self) {
        if let Place::File { file, .. } = &mut self.place {
            *file = None;
        }
    }

    /// The largest content that stays in memory, in bytes.
    pub fn in_memory_at_most(&self) -> u64 {
        self.in_memory
    }

    /// The content's size in bytes, as far as it has landed.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The content, if it is in memory.
    pub fn in_memory(&self) -> Option<&[u8]> {
        match &self.place {
            Place::Memory(memory) => Some(memory.bytes()),
            Place::File { .. } => None,
        }
    }

    /// The file of ours that holds the content; `None` if it is in memory, or the file was moved away.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File { path, moved_to, .. } if lock(moved_to).is_none() => Some(path),
            _ => None,
        }
    }

    /// Reads content from its file into memory.
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut memory = MemorySink::default();
        memory.reserve(self.len)?;
        self.pieces(|piece| memory.write(piece))?;
        Ok(memory.into_bytes())
    }

    /// Opens the content, to read it apart from this. What is in memory is copied.
    pub fn open(&self) -> Result<Box<dyn Read + Send>> {
        let (path, moved_to) = match &self.place {
            Place::Memory(memory) => return Ok(Box::new(Cursor::new(memory.copy()?))),
            Place::File { path, moved_to, .. } => (path, lock(moved_to)),
        };
        Ok(Box::new(open(path, moved_to.as_ref())?))
    }

    /// Puts the content at `to`, flushed and whole or not at all. A file is moved if that is possible.
    pub fn save_as(&self, to: &Path) -> Result<()> {
        if let Place::File { path, moved_to, .. } = &self.place {
            let mut moved_to = lock(moved_to);
            if moved_to.is_none() && FileSink::adopt(path, to)? {
                *moved_to = Some(Moved {
                    path: absolute(to).unwrap_or_else(|_| to.to_path_buf()),
                    at: modified(to),
                });
                return FileSink::flush_name(to);
            }
        }
        self.copy_to(to)
    }

    /// Puts a copy of the content at `to`, flushed and whole or not at all.
    pub fn copy_to(&self, to: &Path) -> Result<()> {
        let mut file = FileSink::create(to)?;
        self.pieces(|piece| file.write(piece))?;
        file.finish(|| Ok(()))
    }

    fn pieces(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (path, moved_to) = match &self.place {
            Place::Memory(memory) => return take(memory.bytes()),
            Place::File { path, moved_to, .. } => (path, lock(moved_to)),
        };
        let mut file = open(path, moved_to.as_ref())?;
        let path = moved_to.as_ref().map_or(path, |moved| &moved.path);
        let failed = |why| Error::from(ErrorKind::file("read", path, why));
        let mut piece = vec![0; PIECE];
        let mut left = self.len;
        while left > 0 {
            let wanted = left.min(PIECE as u64) as usize;
            file.read_exact(&mut piece[..wanted]).map_err(failed)?;
            take(&piece[..wanted])?;
            left -= wanted as u64;
        }
        Ok(())
    }

    /// Moves what has landed from memory to a file.
    fn spill(&mut self) -> Result<()> {
        let Place::Memory(memory) = &self.place else {
            return Ok(());
        };
        let (mut file, path) = self.folder.new_file()?;
        let written = file.write_all(memory.bytes());
        let failed = written.map_err(|why| write_failed(&path, why).into());
        self.place = Place::File {
            file: Some(file),
            path,
            moved_to: Mutex::default(),
        };
        failed
    }
}

impl Sink for Landing {
    fn restart(&mut self) -> Result<()> {
        *self = Landing::new(self.folder.clone(), self.in_memory);
        Ok(())
    }

    fn reserve(&mut self, size: u64) -> Result<()> {
        match &mut self.place {
            Place::Memory(memory) if size <= self.in_memory => memory.reserve(size),
            _ => self.spill(),
        }
    }

    fn write(&mut self, piece: &[u8]) -> Result<()> {
        let len = self.len + piece.len() as u64;
        if len > self.in_memory {
            self.spill()?;
        }
        match &mut self.place {
            Place::Memory(memory) => memory.write(piece)?,
            Place::File { file, path, .. } => match file {
                Some(file) => file
                    .write_all(piece)
                    .map_err(|why| write_failed(path, why))?,
                None => {
                    return Err(ErrorKind::Internal("content lands after its end".into()).into());
                }
            },
        }
        self.len = len;
        Ok(())
    }

    fn take(&mut self, content: Vec<u8>) -> Result<()> {
        self.len = content.len() as u64;
        self.place = Place::Memory(MemorySink::of(content));
        Ok(())
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if let Some(path) = self.path().map(Path::to_path_buf) {
            self.close();
            self.folder.remove(&path);
        }
    }
}

/// Opens the file where it is now, unless it was changed there.
fn open(path: &Path, moved_to: Option<&Moved>) -> Result<File> {
    let path = moved_to.map_or(path, |moved| &moved.path);
    let failed = |why| Error::from(ErrorKind::file("read", path, why));
    if moved_to.is_some_and(|moved| moved.at != modified(path)) {
        let changed = "somebody has changed it since the content was saved there";
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, changed)));
    }
    File::open(path).map_err(failed)
}

/// When the file was changed, if that can be told.
fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|about| about.modified()).ok()
}

fn lock(moved_to: &Mutex<Option<Moved>>) -> MutexGuard<'_, Option<Moved>> {
    moved_to.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_failed(path: &Path, why: io::Error) -> ErrorKind {
    ErrorKind::file("write", path, why)
}
