//! What the leading thread does: it lists, downloads ahead, makes packets ready in the list's order, and marks.

mod downloads;
mod lists;
mod marks;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use super::shared::Shared;
use super::state::{Failed, Pending, Phase, State, Taken};
use super::summary::LeftWhy;
use crate::content::{Folder, Landing};
use crate::drive::{Content, Drive, Ended, Event, Limits};
use crate::error::{Error, Result};
use crate::exchange::Marks;
use crate::http::{Engine, turns};
use crate::log::Level;
use crate::port::Trace;
use crate::wire::{Packet, Packets};

/// How many events are worked on at most before a packet that is ready is handed over.
const PUMPED: usize = 64;

/// What an exchange of a receiver returns.
enum Told {
    List(Packets),
    Downloaded,
    Marked,
}

/// A packet whose download has begun.
struct Slot {
    packet: Packet,
    stage: Stage,
}

enum Stage {
    Loading {
        number: usize,
        trace: Arc<Trace>,
        since: Instant,
    },
    Landed(Landing),
}

/// A packet that was not handed over in time. It is taken up again when it is listed again.
struct Lapsed {
    packet: Packet,
    /// Its content, if it is complete.
    content: Option<Landing>,
    /// How long it is waited for.
    until: Instant,
}

struct Marking {
    number: usize,
    sent: Vec<Pending>,
    marks: Arc<Marks>,
    trace: Arc<Trace>,
}

struct Listing {
    number: usize,
    trace: Arc<Trace>,
}

pub(super) struct Flow {
    drive: Drive<'static, Told>,
    folder: Arc<Folder>,
    /// The packets of the present list whose downloads have not begun.
    waiting: VecDeque<Packet>,
    /// Those whose downloads have begun, in the same order.
    line: VecDeque<Slot>,
    lease_end: Instant,
    /// When the first slow packet in the line no longer holds up those behind it.
    overtaken: Option<Instant>,
    /// Whether a packet of the present list has landed.
    has_landed: bool,
    /// Downloads that were running when their lease ended, by the packet's id. They belong to no list until their packet
    /// is listed again.
    late: HashMap<String, (usize, Arc<Trace>)>,
    /// Packets that were not handed over in time, by id.
    lapsed: HashMap<String, Lapsed>,
    listing: Option<Listing>,
    list_at: Instant,
    /// Lists in a row that brought nothing new, or failed.
    idle_lists: u32,
    marking: Option<Marking>,
    mark_at: Instant,
    failed_marks: u32,
    /// When the marking at the end of the run must be over.
    marks_until: Option<Instant>,
    /// A mark was begun: its request is to go out before the host works on.
    is_urgent: bool,
}

impl Flow {
    pub fn new(engine: &Arc<Engine>) -> Result<Self> {
        let now = Instant::now();
        let folder = Arc::new(Folder::new(engine.settings().temp_dir.as_deref()));
        Ok(Flow {
            drive: Drive::new(engine)?,
            folder,
            waiting: VecDeque::new(),
            line: VecDeque::new(),
            lease_end: now,
            overtaken: None,
            has_landed: false,
            late: HashMap::new(),
            lapsed: HashMap::new(),
            listing: None,
            list_at: now,
            idle_lists: 0,
            marking: None,
            mark_at: now,
            failed_marks: 0,
            marks_until: None,
            is_urgent: false,
        })
    }

    /// Works until a packet is ready, and takes it; `None` at the end of the run.
    pub fn run(
        &mut self,
        shared: &Shared,
        limits: &Limits<'_>,
    ) -> Result<Option<(Packet, Landing)>> {
        loop {
            let mut changed = std::pin::pin!(shared.changed.notified());
            changed.as_mut().enable();
            let due = self.advance(shared);
            if !shared.state().ready.is_empty() {
                self.pump(shared, limits)?;
            }
            match shared.state().take(&shared.ledger, shared.kind) {
                Taken::Packet(taken) => return Ok(Some(*taken)),
                Taken::End => return Ok(None),
                Taken::Failed(error) => return Err(error),
                Taken::Nothing => {}
            }
            let mut due = std::pin::pin!(async {
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(due.into()) => {}
                }
            });
            loop {
                match self.drive.turn(limits, due.as_mut())? {
                    Event::Worked => {}
                    Event::Due => break,
                    Event::Ended(ended) => {
                        self.ended(shared, ended);
                        break;
                    }
                }
            }
        }
    }

    /// Lets the downloads ahead go on, without waiting: while the host works on a packet, nothing runs.
    fn pump(&mut self, shared: &Shared, limits: &Limits<'_>) -> Result<()> {
        let runs = self.drive.was_left() || std::mem::take(&mut self.is_urgent);
        for _ in 0..PUMPED {
            let due = async {
                if runs {
                    turns().await;
                }
            };
            match self.drive.turn(limits, due)? {
                Event::Worked => {}
                Event::Due => break,
                Event::Ended(ended) => {
                    self.ended(shared, ended);
                    self.advance(shared);
                }
            }
        }
        Ok(())
    }

    /// Starts what can start, and returns when to look again at the latest.
    fn advance(&mut self, shared: &Shared) -> Instant {
        let settings = shared.settings();
        let receive = &settings.receive;
        let now = Instant::now();
        self.give_up_marks(shared, now);
        let mut state = shared.state();
        let mut due = now + Duration::from_secs(3600);
        if let Some(end) = state.time_is_up_at(receive) {
            if end <= now {
                state.stop();
            }
            if state.phase == Phase::Running {
                due = due.min(end);
            }
        }
        if state.phase == Phase::Ended && !state.pending.is_empty() {
            // Another thread was still at work when the run ended.
            state.phase = Phase::Stopping;
        }
        let failed = matches!(&state.failed, Some(failed) if failed.is_final);
        if state.phase != Phase::Running || failed {
            self.abandon(&mut state);
        }
        let lapsed = self.lapse(&mut state, settings, now);
        let runs = state.phase == Phase::Running && !failed;
        if runs {
            self.download(shared, &mut state, now);
        }
        self.make_ready(&mut state, receive.lease / 10, now);
        if runs {
            self.list(shared, &mut state, now);
        }
        let idle = state.phase != Phase::Running || (self.listing.is_none() && self.list_at > now);
        self.mark(shared, &mut state, now, idle);
        if state.phase == Phase::Stopping && self.marking.is_none() {
            state.phase = Phase::Ended;
            self.marks_until = None;
        }
        if let Some(until) = self.marks_until {
            due = due.min(until);
        }
        // When the first of these is due.
        if !self.waiting.is_empty() || !self.line.is_empty() {
            due = due.min(self.lease_end);
        }
        if let Some(ready) = state.ready.front() {
            due = due.min(ready.lease_end);
        }
        if let Some(overtaken) = self.overtaken {
            due = due.min(overtaken);
        }
        if state.phase == Phase::Running && self.listing.is_none() && self.is_drained(&state) {
            due = due.min(self.list_at);
        }
        if let Some(first) = state.pending.front().filter(|_| self.marking.is_none()) {
            due = due.min((first.since + receive.done_after).max(self.mark_at));
        }
        // The callback of the log may use the receiver.
        drop(state);
        if lapsed > 0 {
            shared.log(
                Level::Warning,
                format_args!(
                    "{lapsed} packets of the {} list were not handed over within receive.lease_ms; they are left to a later list",
                    shared.kind.as_str()
                ),
            );
        }
        due
    }

    /// Whether no packet of the present list is in flight.
    fn is_drained(&self, state: &State) -> bool {
        self.waiting.is_empty() && self.line.is_empty() && state.ready.is_empty()
    }

    /// Drops everything that is in flight: the run is over.
    fn abandon(&mut self, state: &mut State) {
        let reason = "the run ended before it was handed over";
        let mut leave = |packet: &Packet| {
            state.leave(packet, LeftWhy::NotHandedOver, None, reason.into());
        };
        for slot in self.line.drain(..) {
            if let Stage::Loading { number, .. } = slot.stage {
                self.drive.end(number);
            }
            leave(&slot.packet);
        }
        self.waiting.drain(..).for_each(|packet| leave(&packet));
        for (_, (number, _)) in self.late.drain() {
            self.drive.end(number);
        }
        for ready in std::mem::take(&mut state.ready) {
            state.leave(&ready.packet, LeftWhy::NotHandedOver, None, reason.into());
        }
        self.give_up_lapsed(state, None);
        if let Some(listing) = self.listing.take() {
            self.drive.end(listing.number);
        }
    }

    fn ended(&mut self, shared: &Shared, ended: Ended<'static, Told>) {
        let Ended {
            number,
            outcome,
            content,
        } = ended;
        let Some(outcome) = outcome else {
            return;
        };
        if let Some(listing) = self.listing.take_if(|listing| listing.number == number) {
            return self.listed(shared, &listing, outcome);
        }
        if let Some(marking) = self.marking.take_if(|marking| marking.number == number) {
            return self.marked(shared, marking, outcome.map(drop));
        }
        let Content::Landing(content) = content else {
            return;
        };
        self.downloaded(shared, number, outcome.map(drop), content);
    }

    /// Ends the run now: drops what is in flight, and marks what the host has handled.
    pub fn close(&mut self, shared: &Shared) -> Result<()> {
        if shared.state().phase == Phase::Closed {
            return Ok(());
        }
        let closing = Limits::new(None, shared.settings().receive.close_timeout);
        // A fresh drive: the old one holds exchanges that nobody waits for any more.
        let old = std::mem::replace(&mut self.drive, Drive::new(&shared.engine)?);
        drop(old);
        let mut state = shared.state();
        self.abandon(&mut state);
        if let Some(marking) = self.marking.take() {
            let in_doubt = marking.trace.is_outcome_unknown();
            for mut pending in marking.sent.into_iter().rev() {
                pending.in_doubt |= in_doubt;
                state.pending.push_front(pending);
            }
        }
        let all = state.pending.len();
        if all > 0 {
            self.start_marking(shared, &mut state, all, closing.deadline());
        }
        drop(state);
        let mut passed = None;
        while self.marking.is_some() && passed.is_none() {
            match self.drive.turn(&closing, std::future::pending()) {
                Ok(Event::Ended(ended)) => self.ended(shared, ended),
                Ok(_) => {}
                Err(error) => passed = Some(error),
            }
        }
        if let (Some(marking), Some(error)) = (self.marking.take(), passed) {
            self.marked(shared, marking, Err(error));
        }
        // What did not end in time ends here.
        self.drive = Drive::new(&shared.engine)?;
        let mut state = shared.state();
        state.leave_in_hand(&shared.ledger, shared.kind);
        state.phase = Phase::Closed;
        state.release(&shared.ledger, shared.kind);
        let summary = state.summary(None);
        drop(state);
        shared.log(
            Level::Info,
            format_args!(
                "received {} packets of the {} list: {} done, {} marked, {} left behind",
                summary.handed_over,
                shared.kind.as_str(),
                summary.done,
                summary.marked,
                summary.left_count
            ),
        );
        Ok(())
    }
}

/// Tells the next caller of an error. One that concerns all packets ends the run.
pub(super) fn fail(state: &mut State, error: Error) {
    let is_final = error.concerns_all();
    state.failed = Some(Failed { error, is_final });
}

/// A wait that doubles with each time, with jitter, from `shortest` to `longest`.
pub(super) fn backoff(shortest: Duration, longest: Duration, times: u32) -> Duration {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(shortest, longest)
        .jitter(Jitter::Bounded)
        .build_with_max_retries(u32::MAX);
    let now = SystemTime::now();
    match policy.should_retry(now, times) {
        RetryDecision::Retry { execute_after } => {
            execute_after.duration_since(now).unwrap_or(shortest)
        }
        RetryDecision::DoNotRetry => longest,
    }
}
