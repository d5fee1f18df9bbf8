//! Gives a finished file its final name.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Result};

/// Refuses what cannot be the name of a new file. Some names would be refused only after a long download, and a few, on
/// Windows, would take the content elsewhere: `NUL` discards it, and `a.xml:b` hides it in a stream of `a.xml`.
pub(super) fn check(path: &Path) -> Result<()> {
    let refused = |kind, problem: &str| {
        let why = io::Error::new(kind, problem);
        Err(ErrorKind::file("write", path, why).into())
    };
    let is_folder = path.is_dir()
        || path.file_name().is_none()
        || path
            .as_os_str()
            .to_string_lossy()
            .ends_with(std::path::is_separator);
    if is_folder {
        refused(
            io::ErrorKind::IsADirectory,
            "it is the name of a folder, not of a file",
        )
    } else if let Some(problem) = system::problem(path) {
        refused(io::ErrorKind::InvalidFilename, problem)
    } else if path.metadata().is_ok_and(|about| !about.is_file()) {
        // A device or a pipe. The rename would replace it with an ordinary file.
        refused(io::ErrorKind::InvalidInput, "it is not a regular file")
    } else {
        Ok(())
    }
}

/// The path in a form that may have any length.
pub(super) fn of_any_length(path: &Path) -> io::Result<PathBuf> {
    system::of_any_length(path)
}

/// Renames a file and replaces an older one. Calls `between` before each new try; an error of it ends the tries.
pub(super) fn rename(from: &Path, to: &Path, between: impl Fn() -> Result<()>) -> Result<()> {
    system::rename(from, to, between)?
        .map_err(|why| ErrorKind::file("rename a finished file to", to, why).into())
}

#[cfg(not(windows))]
mod system {
    use super::*;

    pub(super) fn problem(_: &Path) -> Option<&'static str> {
        None
    }

    pub(super) fn of_any_length(path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_path_buf())
    }

    pub(super) fn rename(
        from: &Path,
        to: &Path,
        _: impl Fn() -> Result<()>,
    ) -> Result<io::Result<()>> {
        Ok(std::fs::rename(from, to))
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::OsString;
    use std::path::{Component, Prefix, absolute};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;

    /// How long a file that another program holds is waited for. Virus scanners open a new file for a moment.
    const HELD: Duration = Duration::from_secs(2);

    const PAUSE: Duration = Duration::from_millis(20);

    /// Access denied, a sharing violation, a locked part, a mapped file: what a program that holds a file causes.
    const HELD_ERRORS: [i32; 4] = [5, 32, 33, 1224];

    /// The names that Windows keeps for devices, in each folder and with each extension.
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    pub(super) fn problem(path: &Path) -> Option<&'static str> {
        let name = path.file_name()?.to_string_lossy();
        let stem = name.split('.').next().unwrap_or(&name);
        let stem = stem.trim_end().to_uppercase();
        let port = ["COM", "LPT"]
            .iter()
            .find_map(|port| stem.strip_prefix(port));
        let is_port = port.is_some_and(|number| {
            let mut letters = number.chars();
            letters
                .next()
                .is_some_and(|letter| "0123456789¹²³".contains(letter))
                && letters.next().is_none()
        });
        if name
            .chars()
            .any(|letter| letter < ' ' || "<>:\"|?*".contains(letter))
        {
            Some("Windows allows no file name with < > : \" | ? * or a control character")
        } else if DEVICES.contains(&&*stem) || is_port {
            Some("Windows keeps this name for a device")
        } else if name.ends_with(['.', ' ']) {
            Some("Windows allows no file name that ends with a dot or a space")
        } else {
            None
        }
    }

    /// Returns when the new name is on the disk, which std's rename does not wait for.
    pub(super) fn rename(
        from: &Path,
        to: &Path,
        between: impl Fn() -> Result<()>,
    ) -> Result<io::Result<()>> {
        let (from, to) = match (of_any_length(from), of_any_length(to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(why), _) | (_, Err(why)) => return Ok(Err(why)),
        };
        let began = Instant::now();
        loop {
            match atomicwrites::replace_atomic(&from, &to) {
                Err(why)
                    if began.elapsed() < HELD
                        && why
                            .raw_os_error()
                            .is_some_and(|code| HELD_ERRORS.contains(&code)) =>
                {
                    sleep(PAUSE);
                    between()?;
                }
                ended => return Ok(ended),
            }
        }
    }

    /// The form that starts with `\\?\`: it has no limit of 260 characters.
    pub(super) fn of_any_length(path: &Path) -> io::Result<PathBuf> {
        let path = absolute(path)?;
        let mut parts = path.components();
        let start = match parts.next() {
            Some(Component::Prefix(prefix)) => match prefix.kind() {
                Prefix::Disk(_) => {
                    let mut start = OsString::from(r"\\?\");
                    start.push(prefix.as_os_str());
                    start
                }
                Prefix::UNC(server, share) => {
                    let mut start = OsString::from(r"\\?\UNC\");
                    start.push(server);
                    start.push(r"\");
                    start.push(share);
                    start
                }
                _ => return Ok(path),
            },
            _ => return Ok(path),
        };
        let mut full = PathBuf::from(start);
        full.push(parts.as_path());
        Ok(full)
    }
}
