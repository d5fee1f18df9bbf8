//! `dmerp_stats`: what a client has done.

use std::time::{SystemTime, UNIX_EPOCH};

use super::handle;
use super::{dmerp_client, dmerp_error, dmerp_status, entry, sized_out};
use crate::{Client, Stats};

/// What a client has done since it was made. Receivers and batches count for their client. The library counts always,
/// and nothing is kept for later: this is a copy as of one moment. Times are milliseconds since 1970 (UTC); 0 means
/// never.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct dmerp_stats {
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
    pub oldest_unmarked_at: u64,
    /// The last success of dmerp_client_check().
    pub last_check_at: u64,
    /// The last success of a push.
    pub last_push_at: u64,
    /// The last success of a pull.
    pub last_pull_at: u64,
    /// The last success of a link; each download asks for one.
    pub last_link_at: u64,
    /// The last success of a download.
    pub last_download_at: u64,
    /// The last success of a done.
    pub last_done_at: u64,
}

fn ms(time: Option<SystemTime>) -> u64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

impl From<Stats> for dmerp_stats {
    fn from(stats: Stats) -> Self {
        dmerp_stats {
            requests: stats.requests,
            retries: stats.retries,
            bytes_sent: stats.bytes_sent,
            bytes_received: stats.bytes_received,
            connections_opened: stats.connections_opened,
            packets_pushed: stats.packets_pushed,
            packets_received: stats.packets_received,
            packets_done: stats.packets_done,
            unmarked: stats.unmarked,
            oldest_unmarked_at: ms(stats.oldest_unmarked),
            last_check_at: ms(stats.last_check),
            last_push_at: ms(stats.last_push),
            last_pull_at: ms(stats.last_pull),
            last_link_at: ms(stats.last_link),
            last_download_at: ms(stats.last_download),
            last_done_at: ms(stats.last_done),
        }
    }
}

/// Stores what a client has done so far in `*stats`. `size` is sizeof(dmerp_stats), so that a later version of the
/// library can add fields at the end. This sends no request.
///
/// Statuses: DMERP_INVALID_ARGUMENT (`stats` is NULL, or `size` is no size that this struct ever had),
/// DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_client_stats(
    client: *const dmerp_client,
    stats: *mut dmerp_stats,
    size: usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let stats = sized_out("stats", stats, size)?;
        *stats = handle::get::<Client>(client)?.stats().into();
        Ok(())
    })
}
