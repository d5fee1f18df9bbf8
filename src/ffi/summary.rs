//! `dmerp_summary`: what became of a receiver's run.

use std::ffi::{CString, c_char};

use super::handle::{self, Object};
use super::packets::at;
use super::{c_text, dmerp_error, dmerp_status, entry, out, plain, sized_out, text_or_null};
use crate::Summary;

/// What became of a receiver's run. Free it with dmerp_summary_free(). Any number of threads may read it at the same
/// time.
pub struct dmerp_summary {
    _private: [u8; 0],
}

/// The counts of a run.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct dmerp_totals {
    /// Lists that the portal sent.
    pub lists: u64,
    /// Packets listed, each id counted once.
    pub listed: u64,
    /// Packets handed over.
    pub handed_over: u64,
    /// Content bytes of the packets handed over.
    pub bytes: u64,
    /// Packets of which you said done.
    pub done: u64,
    /// Handled packets that are marked done at the portal. An earlier run's packet counts, too, if this run marked it.
    pub marked: u64,
    /// Packets that were listed again and not handed over again.
    pub repeated: u64,
    /// Packets that went to receive.dead_letter_dir.
    pub dead_lettered: u64,
    /// Packets left behind. dmerp_summary_left_get() returns the latest 10,000 of them.
    pub left: u64,
    /// How long the portal hides a listed packet, in milliseconds: the shortest time that this client has seen between
    /// two lists of one packet. The portal does not publish it. 0 if no packet was listed twice.
    pub hidden_ms: u64,
}

/// Why a packet was left behind: a DMERP_LEFT_* value.
pub type dmerp_left_why = i32;

/// You kept it in the queue.
pub const DMERP_LEFT_KEPT: dmerp_left_why = 1;
/// You got it, and said neither done nor keep.
pub const DMERP_LEFT_UNSETTLED: dmerp_left_why = 2;
/// Its download failed.
pub const DMERP_LEFT_NOT_DOWNLOADED: dmerp_left_why = 3;
/// It was not handed over within receive.lease_ms of its listing.
pub const DMERP_LEFT_LAPSED: dmerp_left_why = 4;
/// The run ended before it was handed over.
pub const DMERP_LEFT_NOT_HANDED_OVER: dmerp_left_why = 5;
/// Its entry in the list cannot be read.
pub const DMERP_LEFT_UNREADABLE: dmerp_left_why = 6;
/// You have handled it, but it is not marked: the portal refused, or the request failed. If this client receives it
/// again, it marks it and does not hand it over again.
pub const DMERP_LEFT_NOT_MARKED: dmerp_left_why = 7;
/// Like DMERP_LEFT_NOT_MARKED, but the portal may have marked it: the request was sent and not answered.
pub const DMERP_LEFT_MARK_UNKNOWN: dmerp_left_why = 8;

/// A packet that a run left behind. The strings are borrowed from the summary and valid until dmerp_summary_free().
#[repr(C)]
pub struct dmerp_left {
    /// The packet's id; NULL if its entry in the list has none.
    pub id: *const c_char,
    /// The mobile user who sent it; NULL if the portal did not say so.
    pub mobile_user: *const c_char,
    /// Why it was left: a DMERP_LEFT_* value.
    pub why: dmerp_left_why,
    /// The status of the error behind it; DMERP_OK if there was none.
    pub status: dmerp_status,
    /// Why it was left, in words, on one line.
    pub reason: *const c_char,
}

pub(super) struct SummaryObject {
    totals: dmerp_totals,
    left: Vec<LeftTexts>,
}

struct LeftTexts {
    id: Option<CString>,
    mobile_user: Option<CString>,
    why: dmerp_left_why,
    status: dmerp_status,
    reason: CString,
}

impl Object for SummaryObject {
    type Handle = dmerp_summary;
    const NAME: &'static str = "dmerp_summary";
}

impl SummaryObject {
    pub fn new(summary: &Summary) -> Self {
        let texts = |left: &crate::Left| LeftTexts {
            id: left.id.as_deref().map(c_text),
            mobile_user: left.mobile_user.as_deref().map(c_text),
            why: left.why as dmerp_left_why,
            status: left.status as dmerp_status,
            reason: c_text(&left.reason),
        };
        let hidden = summary.hidden.unwrap_or_default();
        SummaryObject {
            totals: dmerp_totals {
                lists: summary.lists,
                listed: summary.listed,
                handed_over: summary.handed_over,
                bytes: summary.bytes,
                done: summary.done,
                marked: summary.marked,
                repeated: summary.repeated,
                dead_lettered: summary.dead_lettered,
                left: summary.left_count,
                hidden_ms: u64::try_from(hidden.as_millis()).unwrap_or(u64::MAX),
            },
            left: summary.left.iter().map(texts).collect(),
        }
    }
}

/// Stores the counts of a run in `*totals`. `size` is sizeof(dmerp_totals), so that a later version of the library can
/// add fields at the end.
///
/// Statuses: DMERP_INVALID_ARGUMENT (`totals` is NULL, or `size` is no size that this struct ever had),
/// DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_summary_totals(
    summary: *const dmerp_summary,
    totals: *mut dmerp_totals,
    size: usize,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let totals = sized_out("totals", totals, size)?;
        *totals = handle::get::<SummaryObject>(summary)?.totals;
        Ok(())
    })
}

/// Returns the number of packets that dmerp_summary_left_get() can return; 0 if `summary` is not a live handle.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_summary_left_len(summary: *const dmerp_summary) -> usize {
    plain(0, || Ok(handle::get::<SummaryObject>(summary)?.left.len()))
}

/// Stores the packet at `index`, counted from 0, of those left behind in `*left`. Its strings are borrowed from the
/// summary.
///
/// Statuses: DMERP_INVALID_ARGUMENT (no such index, or `left` is NULL), DMERP_INVALID_HANDLE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dmerp_summary_left_get(
    summary: *const dmerp_summary,
    index: usize,
    left: *mut dmerp_left,
    error: *mut *mut dmerp_error,
) -> dmerp_status {
    entry(error, || {
        let none = std::ptr::null();
        let empty = dmerp_left {
            id: none,
            mobile_user: none,
            why: 0,
            status: 0,
            reason: none,
        };
        let left = out("left", left, empty)?;
        let summary = handle::get::<SummaryObject>(summary)?;
        let texts = at(&summary.left, index)?;
        *left = dmerp_left {
            id: text_or_null(&texts.id),
            mobile_user: text_or_null(&texts.mobile_user),
            why: texts.why,
            status: texts.status,
            reason: texts.reason.as_ptr(),
        };
        Ok(())
    })
}

/// Frees a summary. NULL, and a summary that was freed before, are ignored. Any thread may call this.
#[unsafe(no_mangle)]
pub extern "C" fn dmerp_summary_free(summary: *mut dmerp_summary) {
    plain((), || {
        handle::free::<SummaryObject>(summary);
        Ok(())
    });
}
