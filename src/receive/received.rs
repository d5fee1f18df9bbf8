//! A packet that was handed over.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::sync::OnceCell;

use super::shared::Shared;
use super::summary::LeftWhy;
use crate::content::Landing;
use crate::error::{ErrorKind, Result};
use crate::packet::PacketReader;
use crate::text::{LONGEST_LINE, one_line};
use crate::wire::Packet;

/// A packet with its content, handed over by a [`Receiver`](super::Receiver).
///
/// Say [`done`](Received::done) when you have stored the content safely, or [`keep`](Received::keep) to leave the
/// packet in the queue. A packet that is dropped without either stays in the queue, too. Any thread may use it.
pub struct Received {
    packet: Packet,
    content: Landing,
    /// Content that was read from its file.
    read: OnceCell<Vec<u8>>,
    settled: AtomicBool,
    receiver: Arc<Shared>,
}

impl Received {
    pub(super) fn new(packet: Packet, content: Landing, receiver: Arc<Shared>) -> Self {
        Received {
            packet,
            content,
            read: OnceCell::new(),
            settled: AtomicBool::new(false),
            receiver,
        }
    }

    /// The packet, as the portal listed it.
    pub fn packet(&self) -> &Packet {
        &self.packet
    }

    /// The content's size in bytes.
    pub fn size(&self) -> u64 {
        self.content.len()
    }

    /// The content. If it is in a file, it is first read into memory.
    ///
    /// # Errors
    /// [`Status::TooLarge`](crate::Status::TooLarge) if the content is in a file and larger than `max_memory_bytes`;
    /// [`Status::OutOfMemory`](crate::Status::OutOfMemory), [`Status::FileError`](crate::Status::FileError).
    pub fn content(&self) -> Result<&[u8]> {
        if let Some(bytes) = self.content.in_memory() {
            return Ok(bytes);
        }
        let read = self.read.get_or_try_init(|| {
            let limit = self.receiver.settings().max_memory_bytes;
            if self.size() > limit {
                return Err(ErrorKind::TooLarge {
                    what: "the packet",
                    limit,
                    option: "max_memory_bytes",
                }
                .into());
            }
            self.content.read()
        });
        read.map(Vec::as_slice)
            .map_err(|error| self.failed("content", error))
    }

    /// Reads the content as a synchronization packet. The reader can be used when this is dropped, too. What
    /// [`save_as`](Received::save_as) has moved is read where it was moved to.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError), [`Status::OutOfMemory`](crate::Status::OutOfMemory). That the
    /// content is no packet is told when it is read.
    pub fn read(&self) -> Result<PacketReader<'static>> {
        self.content
            .open()
            .map(PacketReader::from_reader)
            .map_err(|error| self.failed("read", error))
    }

    /// The file that holds the content; `None` if the content is in memory, or was moved by
    /// [`save_as`](Received::save_as). The file is removed when this is dropped. Read it, but do not change it.
    pub fn path(&self) -> Option<&Path> {
        self.content.path()
    }

    /// Stores the content in the file `path`, and replaces an older file. The file appears under its name only when it
    /// is complete and flushed to the disk. A content that is in a file is moved, if `path` is on the same file system:
    /// later reads of the content read that file, and fail if it was changed. A file that another program has open is tried
    /// again for 2 seconds on Windows.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError). The packet can then be saved elsewhere.
    pub fn save_as(&self, path: impl AsRef<Path>) -> Result<()> {
        self.content
            .save_as(path.as_ref())
            .map_err(|error| self.failed("save_as", error))
    }

    /// Says that the packet is handled. The receiver will mark it done at the portal, and this client never hands it
    /// over again while it remembers it. This sends no request; a second call does nothing.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) if the packet was kept before, or the receiver is
    /// closed. The packet then stays in the queue.
    pub fn done(&self) -> Result<()> {
        let done = self.receiver.done(&self.packet.id);
        self.settled.store(true, Ordering::SeqCst);
        done.map_err(|error| self.failed("done", error))
    }

    /// Leaves the packet in the queue. A later run receives it again; so does this one if it polls. `reason` is for the
    /// summary. A packet that was kept `receive.max_deliveries` times goes to `receive.dead_letter_dir`, if that is
    /// set.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) if the receiver is closed, or the host said done
    /// before.
    pub fn keep(&self, reason: Option<&str>) -> Result<()> {
        let reason = one_line(reason.unwrap_or("the host kept it"), LONGEST_LINE);
        let kept = self
            .receiver
            .not_done(&self.packet, &self.content, LeftWhy::Kept, &reason);
        self.settled.store(true, Ordering::SeqCst);
        kept.map_err(|error| self.failed("keep", error))
    }

    fn failed(&self, doing: &str, error: crate::Error) -> crate::Error {
        let id = &self.packet.id;
        error
            .trying(format!("{doing} of packet {id}"))
            .of_packet(id)
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.settled.load(Ordering::SeqCst) {
            let reason = "the host said neither done nor keep";
            // After the receiver's end its summary has the packet already.
            let _ = self
                .receiver
                .not_done(&self.packet, &self.content, LeftWhy::Unsettled, reason);
        }
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received")
            .field("packet", &self.packet)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
