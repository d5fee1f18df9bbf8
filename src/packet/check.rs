//! The mistakes in a packet.

use std::path::Path;

use super::mistake::Mistake;
use super::reader::PacketReader;
use crate::error::{Error, ErrorKind, Result};

/// Reads a packet to its end and returns its mistakes: what a [`PacketReader`] refuses, and what it takes but another
/// program may refuse, such as a record without a status. At most 1,000 mistakes are listed; then the last one says how
/// many more there are. What cannot be read on from, such as broken XML, is the last mistake.
///
/// # Errors
/// [`Status::OutOfMemory`](crate::Status::OutOfMemory).
pub fn check_packet(packet: &[u8]) -> Result<Vec<Mistake>> {
    mistakes(PacketReader::new(packet))
}

/// Like [`check_packet`], but for a file.
///
/// # Errors
/// [`Status::FileError`](crate::Status::FileError), [`Status::OutOfMemory`](crate::Status::OutOfMemory).
pub fn check_packet_file(path: impl AsRef<Path>) -> Result<Vec<Mistake>> {
    mistakes(PacketReader::open(path)?)
}

fn mistakes(reader: PacketReader<'_>) -> Result<Vec<Mistake>> {
    let mut reader = reader.checking();
    let end = loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break None,
            Err(error) => break Some(last(error, &reader)?),
        }
    };
    let line = reader.line();
    let found = reader.into_found();
    let mut mistakes = found.mistakes;
    if found.more > 0 {
        let what = format!("{} more mistakes follow the last one above", found.more);
        mistakes.push(in_line(line, what));
    }
    // The reader fails with some mistakes that the check has told before.
    mistakes.extend(end.filter(|end| mistakes.last() != Some(end)));
    Ok(mistakes)
}

/// The mistake that ended the reading. What is wrong with the machine and not with the packet stays an error.
fn last(error: Error, reader: &PacketReader<'_>) -> Result<Mistake> {
    match error.kind() {
        ErrorKind::BadPacket(mistake) => Ok(mistake.clone()),
        ErrorKind::TooLarge { .. } => Ok(reader.here(error.kind().to_string())),
        _ => Err(error),
    }
}

fn in_line(line: u64, what: String) -> Mistake {
    Mistake {
        line,
        table: None,
        record: 0,
        field: None,
        what,
    }
}
