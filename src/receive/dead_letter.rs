//! Packets that fail again and again: their content goes to a folder, with a file that says why.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::content::{FileSink, Landing, Sink};
use crate::error::{ErrorKind, Result};
use crate::wire::{Packet, PacketKind};

/// Nothing that a file system could understand as more than a name, and no letter that it could take for another.
const UNSAFE: &AsciiSet = &with_capitals(NON_ALPHANUMERIC.remove(b'-').remove(b'_'));

const fn with_capitals(mut set: AsciiSet) -> AsciiSet {
    let mut letter = b'A';
    while letter <= b'Z' {
        set = set.add(letter);
        letter += 1;
    }
    set
}

/// The longest part of an id in a file's name, in bytes. File systems take 255 for a whole name.
const LONGEST_NAME: usize = 150;

/// Why a packet is a dead letter.
#[derive(Serialize)]
struct Letter<'a> {
    id: &'a str,
    mobile_user: &'a Option<String>,
    url: &'a str,
    packet_type: &'a Option<String>,
    on_date: &'a Option<String>,
    listed_size: Option<u64>,
    /// Seconds since 1970, UTC.
    written_at: u64,
    failures: u32,
    reason: &'a str,
    content_bytes: u64,
    content_is_complete: bool,
}

/// Stores a packet in `folder`: first its content, then the reason. A file of the same packet is replaced.
pub(super) fn write(
    folder: &Path,
    kind: PacketKind,
    packet: &Packet,
    content: &Landing,
    is_complete: bool,
    failures: u32,
    reason: &str,
) -> Result<()> {
    let name = name(kind, &packet.id);
    content.copy_to(&folder.join(format!("{name}.content")))?;
    let letter = Letter {
        id: &packet.id,
        mobile_user: &packet.mobile_user,
        url: &packet.url,
        packet_type: &packet.packet_type,
        on_date: &packet.on_date,
        listed_size: packet.size,
        written_at: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs()),
        failures,
        reason,
        content_bytes: content.len(),
        content_is_complete: is_complete,
    };
    let text = serde_json::to_vec_pretty(&letter)
        .map_err(|why| ErrorKind::Internal(format!("a dead letter without words: {why}")))?;
    let mut file = FileSink::create(&folder.join(format!("{name}.json")))?;
    file.write(&text)?;
    file.finish(|| Ok(()))
}

/// The name of a packet's files. Two packets have different names, also for a file system that ignores case.
fn name(kind: PacketKind, id: &str) -> String {
    let mut name = format!("{}-{}", kind.as_str(), utf8_percent_encode(id, UNSAFE));
    if name.len() > LONGEST_NAME {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        name.truncate(LONGEST_NAME);
        name.push_str(&format!("-{:016x}", hasher.finish()));
    }
    name
}
