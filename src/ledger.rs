//! What a client remembers of received packets, from one receiver to the next. It is bounded, so a client that runs for
//! months does not grow.

use std::hash::Hash;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use lru::LruCache;
use once_cell::race::OnceBox;

use crate::error::{ErrorKind, Result};
use crate::wire::PacketKind;

/// How many packets of each sort are remembered. Those that were touched last stay.
pub(crate) const REMEMBERED: usize = 10_000;

/// A packet of one of the two lists.
type Id = (PacketKind, String);

/// The memory of a client. A forked child begins with an empty one: another thread of the parent may have held the lock
/// at the fork.
pub(crate) struct Ledger {
    process: u32,
    pages: Mutex<Pages>,
    /// The memory of a forked child.
    successor: OnceBox<Ledger>,
}

struct Pages {
    /// Packets that the host has handled and that are not marked at the portal, and since when.
    unmarked: LruCache<Id, SystemTime>,
    /// When a packet was listed last.
    listed: LruCache<Id, Instant>,
    /// How often a packet failed.
    failures: LruCache<Id, u32>,
    /// The shortest time after which a packet was listed again.
    hidden: Option<Duration>,
    /// The lists that have a receiver.
    open: Vec<PacketKind>,
}

impl Default for Ledger {
    fn default() -> Self {
        // Without a capacity of its own at first: the map grows as it is filled.
        let pages = Pages {
            unmarked: LruCache::unbounded(),
            listed: LruCache::unbounded(),
            failures: LruCache::unbounded(),
            hidden: None,
            open: Vec::new(),
        };
        Ledger {
            process: process::id(),
            pages: Mutex::new(pages),
            successor: OnceBox::new(),
        }
    }
}

/// Puts an entry into a page, and lets the oldest go if the page is full.
pub(crate) fn remember<K: Hash + Eq, V>(page: &mut LruCache<K, V>, key: K, value: V) {
    page.put(key, value);
    if page.len() > REMEMBERED {
        page.pop_lru();
    }
}

impl Ledger {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        let mut ledger = self;
        while ledger.process != process::id() {
            ledger = ledger.successor.get_or_init(Box::default);
        }
        ledger.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a list has a receiver. Two receivers of one list would take packets from each other.
    pub fn open(&self, kind: PacketKind) -> Result<()> {
        let mut pages = self.pages();
        if pages.open.contains(&kind) {
            return Err(ErrorKind::InvalidArgument(format!(
                "this client already has an open receiver for its {} list; close that first, or let the threads share it",
                kind.as_str()
            ))
            .into());
        }
        pages.open.push(kind);
        Ok(())
    }

    /// Notes that a list no longer has a receiver.
    pub fn close(&self, kind: PacketKind) {
        self.pages().open.retain(|open| *open != kind);
    }

    /// Notes that a packet was listed.
    pub fn listed(&self, kind: PacketKind, id: &str) {
        let mut pages = self.pages();
        let now = Instant::now();
        let id = (kind, id.to_string());
        if let Some(before) = pages.listed.peek(&id) {
            let hidden = now.duration_since(*before);
            pages.hidden = Some(pages.hidden.map_or(hidden, |least| least.min(hidden)));
        }
        remember(&mut pages.listed, id, now);
    }

    /// The shortest time after which a packet was listed again, so far.
    pub fn hidden(&self) -> Option<Duration> {
        self.pages().hidden
    }

    /// Notes that the host has handled a packet.
    pub fn handled(&self, kind: PacketKind, id: &str) {
        let mut pages = self.pages();
        let id = (kind, id.to_string());
        let since = pages.unmarked.peek(&id).copied();
        remember(
            &mut pages.unmarked,
            id,
            since.unwrap_or_else(SystemTime::now),
        );
    }

    /// Whether the host has handled a packet that is not marked at the portal.
    pub fn is_unmarked(&self, kind: PacketKind, id: &str) -> bool {
        self.pages().unmarked.contains(&(kind, id.to_string()))
    }

    /// Notes that a packet is marked at the portal. Returns whether it was handled before.
    pub fn marked(&self, kind: PacketKind, id: &str) -> bool {
        let mut pages = self.pages();
        let id = (kind, id.to_string());
        pages.failures.pop(&id);
        pages.unmarked.pop(&id).is_some()
    }

    /// How many packets are handled and not marked, and since when the oldest is.
    pub fn unmarked(&self) -> (u64, Option<SystemTime>) {
        let pages = self.pages();
        let oldest = pages.unmarked.iter().map(|(_, since)| *since).min();
        (pages.unmarked.len() as u64, oldest)
    }

    /// Notes that a packet failed. `times` is 0 if it was not the packet's fault.
    pub fn failed(&self, kind: PacketKind, id: &str, times: u32) {
        let mut pages = self.pages();
        let id = (kind, id.to_string());
        let times = pages.failures.peek(&id).copied().unwrap_or(0) + times;
        remember(&mut pages.failures, id, times);
    }

    /// How often a packet failed.
    pub fn failures(&self, kind: PacketKind, id: &str) -> u32 {
        let pages = self.pages();
        let failures = pages.failures.peek(&(kind, id.to_string()));
        failures.copied().unwrap_or(0)
    }

    /// Whether a packet failed before.
    pub fn has_failed(&self, kind: PacketKind, id: &str) -> bool {
        self.pages().failures.contains(&(kind, id.to_string()))
    }
}
