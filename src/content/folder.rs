//! A folder of our own for the files of one receiver.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use once_cell::sync::OnceCell;

use crate::error::{ErrorKind, Result};

const PREFIX: &str = "dmerp-received-";

/// The file in each folder that the folder's process keeps locked.
const LOCK: &str = "lock";

/// A younger folder may belong to a process that has not locked it yet.
const ORPHAN_AGE: Duration = Duration::from_secs(60);

/// A folder that is made when its first file is needed, and removed with all its files when it is dropped.
///
/// Its process holds a lock on a file in it. So another process can tell a folder in use from one whose process was
/// killed.
pub(crate) struct Folder {
    parent: PathBuf,
    made: OnceCell<Made>,
    files: AtomicU64,
    process: u32,
}

struct Made {
    path: PathBuf,
    /// Holds the lock; closing it releases the lock.
    _lock: File,
}

impl Folder {
    /// `parent` is where the folder will be made; `None` for the system's folder for temporary files.
    pub fn new(parent: Option<&Path>) -> Self {
        Folder {
            parent: parent.map_or_else(std::env::temp_dir, Path::to_path_buf),
            made: OnceCell::new(),
            files: AtomicU64::new(0),
            process: process::id(),
        }
    }

    /// Makes an empty file.
    pub fn new_file(&self) -> Result<(File, PathBuf)> {
        let folder = &self.made.get_or_try_init(|| self.make())?.path;
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{number}.part"));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|why| ErrorKind::file("create", &path, why))?;
        Ok((file, path))
    }

    /// Removes a file.
    pub fn remove(&self, file: &Path) {
        if self.is_ours() {
            let _ = fs::remove_file(file);
        }
    }

    /// Makes the folder, and removes those that killed processes left beside it.
    fn make(&self) -> Result<Made> {
        remove_orphans(&self.parent);
        let failed =
            |why| ErrorKind::file("create a folder for received packets in", &self.parent, why);
        // Only this user can enter the folder.
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&self.parent)
            .map_err(failed)?;
        let lock = File::create_new(folder.path().join(LOCK)).map_err(failed)?;
        // Some file systems cannot lock. Nobody then removes the folder after a crash.
        let _ = lock.try_lock();
        Ok(Made {
            path: folder.keep(),
            _lock: lock,
        })
    }

    /// A forked child must not remove its parent's files.
    fn is_ours(&self) -> bool {
        self.process == process::id()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(made) = self.made.take().filter(|_| self.is_ours()) {
            // Windows removes no folder with an open file.
            drop(made._lock);
            let _ = fs::remove_dir_all(&made.path);
        }
    }
}

/// Removes the folders of processes that no longer run. What cannot be removed is left: it may be another user's.
fn remove_orphans(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_ours && is_orphan(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_orphan(folder: &Path) -> bool {
    let about = fs::symlink_metadata(folder);
    let age = about
        .ok()
        .filter(|about| about.is_dir())
        .and_then(|about| about.modified().ok())
        .and_then(|modified| SystemTime::now().duration_since(modified).ok());
    let lock = folder.join(LOCK);
    // Anybody can make a folder of that name. To open a pipe would wait for ever.
    let is_file = fs::symlink_metadata(&lock).is_ok_and(|about| about.is_file());
    age.is_some_and(|age| age > ORPHAN_AGE)
        && is_file
        && File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}
