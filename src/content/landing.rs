//! Where a receiver's downloads land: small content in memory, large content in a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
        /// Open while it is written, and once it is moved: then somebody else may replace or remove it.
        file: Mutex<Option<File>>,
        path: PathBuf,
        moved: AtomicBool,
    },
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
            *lock(file) = None;
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
            Place::File { path, moved, .. } if !moved.load(Ordering::SeqCst) => Some(path),
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

    /// Puts the content at `to`, flushed and whole or not at all. A file is moved if that is possible.
    pub fn save_as(&self, to: &Path) -> Result<()> {
        if let Place::File { file, path, moved } = &self.place {
            let mut file = lock(file);
            if !moved.load(Ordering::SeqCst) {
                let failed = |why| ErrorKind::file("read", path, why);
                let open = File::open(path).map_err(failed)?;
                if FileSink::adopt(path, to)? {
                    *file = Some(open);
                    moved.store(true, Ordering::SeqCst);
                    return FileSink::flush_name(to);
                }
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
        let (file, path) = match &self.place {
            Place::Memory(memory) => return take(memory.bytes()),
            Place::File { file, path, .. } => (lock(file), path),
        };
        let failed = |why| Error::from(ErrorKind::file("read", path, why));
        let opened;
        let mut file = match file.as_ref() {
            Some(file) => file,
            None => {
                opened = File::open(path).map_err(failed)?;
                &opened
            }
        };
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
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
            file: Mutex::new(Some(file)),
            path,
            moved: AtomicBool::new(false),
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
            Place::File { file, path, .. } => match lock(file).as_mut() {
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

fn lock(file: &Mutex<Option<File>>) -> MutexGuard<'_, Option<File>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_failed(path: &Path, why: io::Error) -> ErrorKind {
    ErrorKind::file("write", path, why)
}
