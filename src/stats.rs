//! What a client has done so far. It is counted always and read when asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a client has done since it was made, as of one moment. Receivers and batches count for the client that made
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// HTTP requests, repeated ones included.
    pub requests: u64,
    /// Of these, requests that repeated a failed one.
    pub retries: u64,
    /// Content bytes uploaded to the storage, repeated tries included.
    pub bytes_sent: u64,
    /// Content bytes downloaded from the storage, repeated tries included.
    pub bytes_received: u64,
    /// Connections opened to the portal, the storage or a proxy.
    pub connections_opened: u64,
    /// Packets whose push the storage has acknowledged.
    pub packets_pushed: u64,
    /// Packets downloaded completely.
    pub packets_received: u64,
    /// Packets marked done at the portal.
    pub packets_done: u64,
    /// Packets that a receiver's host has handled and that are not known to be marked done at the portal. One leaves this
    /// count when a receiver has marked it, which may be when it is listed again.
    pub unmarked: u64,
    /// When the host said done of the oldest of these.
    pub oldest_unmarked: Option<SystemTime>,
    /// The last success of a check.
    pub last_check: Option<SystemTime>,
    /// The last success of a push.
    pub last_push: Option<SystemTime>,
    /// The last success of a pull.
    pub last_pull: Option<SystemTime>,
    /// The last success of a link; each download asks for one.
    pub last_link: Option<SystemTime>,
    /// The last success of a download.
    pub last_download: Option<SystemTime>,
    /// The last success of a done.
    pub last_done: Option<SystemTime>,
}

/// The verbs whose last success is kept.
#[derive(Clone, Copy)]
pub(crate) enum Verb {
    Check,
    Push,
    Pull,
    Link,
    Download,
    Done,
}

/// The counters behind [`Stats`].
#[derive(Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
    connections_opened: AtomicU64,
    packets_pushed: AtomicU64,
    packets_received: AtomicU64,
    packets_done: AtomicU64,
    /// Milliseconds since 1970, by [`Verb`]; 0 for never.
    last: [AtomicU64; 6],
}

fn add(counter: &AtomicU64, many: u64) {
    counter.fetch_add(many, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Counters {
    pub fn request(&self) {
        add(&self.requests, 1);
    }

    pub fn retry(&self) {
        add(&self.retries, 1);
    }

    pub fn sent(&self, bytes: u64) {
        add(&self.bytes_sent, bytes);
    }

    pub fn received(&self, bytes: u64) {
        add(&self.bytes_received, bytes);
    }

    pub fn connected(&self) {
        add(&self.connections_opened, 1);
    }

    pub fn marked(&self, packets: usize) {
        add(&self.packets_done, packets as u64);
    }

    /// Notes the success of a verb.
    pub fn succeeded(&self, verb: Verb) {
        match verb {
            Verb::Push => add(&self.packets_pushed, 1),
            Verb::Download => add(&self.packets_received, 1),
            _ => {}
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let ms = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        self.last[verb as usize].store(ms, Ordering::Relaxed);
    }

    /// The figures now; those of the unmarked packets are left out.
    pub fn snapshot(&self) -> Stats {
        let last = |verb: Verb| match read(&self.last[verb as usize]) {
            0 => None,
            ms => Some(UNIX_EPOCH + Duration::from_millis(ms)),
        };
        Stats {
            requests: read(&self.requests),
            retries: read(&self.retries),
            bytes_sent: read(&self.bytes_sent),
            bytes_received: read(&self.bytes_received),
            connections_opened: read(&self.connections_opened),
            packets_pushed: read(&self.packets_pushed),
            packets_received: read(&self.packets_received),
            packets_done: read(&self.packets_done),
            unmarked: 0,
            oldest_unmarked: None,
            last_check: last(Verb::Check),
            last_push: last(Verb::Push),
            last_pull: last(Verb::Pull),
            last_link: last(Verb::Link),
            last_download: last(Verb::Download),
            last_done: last(Verb::Done),
        }
    }
}
