//! What became of a run.

use std::time::Duration;

use crate::error::Status;

/// What a receiver has done, from its opening to its end.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Lists that the portal sent.
    pub lists: u64,
    /// Packets listed, each id counted once.
    pub listed: u64,
    /// Packets handed over to the host.
    pub handed_over: u64,
    /// Content bytes of the packets handed over.
    pub bytes: u64,
    /// Packets of which the host said done.
    pub done: u64,
    /// Handled packets that are marked done at the portal. An earlier run's packet counts, too, if this run marked it.
    pub marked: u64,
    /// Packets that were listed again and not handed over again.
    pub repeated: u64,
    /// Packets that went to `receive.dead_letter_dir`.
    pub dead_lettered: u64,
    /// How long the portal hides a listed packet: the shortest time that this client has seen between two lists of one
    /// packet. The portal does not publish it. `None` if no packet was listed twice.
    pub hidden: Option<Duration>,
    /// The packets left behind: the latest 10,000 of them.
    pub left: Vec<Left>,
    /// The number of all packets left behind.
    pub left_count: u64,
}

/// A packet that a run left behind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Left {
    /// The packet's id; `None` if its entry in the list has none.
    pub id: Option<String>,
    /// The mobile user who sent it, if the portal said so.
    pub mobile_user: Option<String>,
    /// Why it was left.
    pub why: LeftWhy,
    /// The status of the error behind it; [`Status::Ok`] if there was none.
    pub status: Status,
    /// Why it was left, in words, on one line.
    pub reason: String,
}

/// Why a packet was left behind. The numbers are those of the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum LeftWhy {
    /// The host kept it in the queue.
    Kept = 1,
    /// The host got it, and said neither done nor keep.
    Unsettled = 2,
    /// Its download failed.
    NotDownloaded = 3,
    /// It was not handed over within `receive.lease_ms` of its listing.
    Lapsed = 4,
    /// The run ended before it was handed over.
    NotHandedOver = 5,
    /// Its entry in the list cannot be read.
    Unreadable = 6,
    /// The host has handled it, but it is not marked: the portal refused, or the request failed. If this client
    /// receives it again, it marks it and does not hand it over again.
    NotMarked = 7,
    /// Like `NotMarked`, but the portal may have marked it: the request was sent and not answered.
    MarkUnknown = 8,
}
