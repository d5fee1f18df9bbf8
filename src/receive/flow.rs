//! What the leading thread does: it lists, downloads ahead, makes packets ready in the list's order, and marks.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use super::Shared;
use super::state::{Failed, Fate, Pending, Phase, Ready, State, Taken};
use super::summary::{Left, LeftWhy};
use crate::config::Settings;
use crate::content::{Folder, Landing};
use crate::drive::{Content, Drive, Ended, Event, Limits};
use crate::error::{Error, ErrorKind, Result, Status};
use crate::exchange::{self, Marks};
use crate::http::{Engine, Http, SizeLimit, turns};
use crate::log::Level;
use crate::port::Trace;
use crate::wire::{Packet, Packets, Receipt};

/// How many events are worked on at most before a packet that is ready is handed over.
const PUMPED: usize = 64;

/// The longest wait that a server can ask a run for that polls.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The longest wait between two tries to mark.
const MARK_WAIT: Duration = Duration::from_secs(30);

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

    /// Ends the marking at the end of a run when its time is up. The client remembers what is not marked.
    fn give_up_marks(&mut self, shared: &Shared, now: Instant) {
        let timeout = shared.settings().receive.close_timeout;
        let mut state = shared.state();
        if state.phase != Phase::Stopping || now < *self.marks_until.get_or_insert(now + timeout) {
            return;
        }
        let error = Error::from(ErrorKind::TimeoutPassed(timeout));
        for pending in std::mem::take(&mut state.pending) {
            not_marked(&mut state, &pending, &error);
        }
        drop(state);
        if let Some(marking) = self.marking.take() {
            self.drive.end(marking.number);
            self.marked(shared, marking, Err(error));
        }
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

    /// Leaves the packets whose receipt handles count as stale to a later list. Returns how many.
    fn lapse(&mut self, state: &mut State, settings: &Settings, now: Instant) -> usize {
        let lease = settings.receive.lease;
        let mut lapsed = Vec::new();
        while let Some(ready) = state.ready.pop_front_if(|ready| ready.lease_end <= now) {
            lapsed.push((ready.packet, Some(ready.content)));
        }
        if self.lease_end <= now {
            for Slot { packet, stage } in self.line.drain(..) {
                match stage {
                    Stage::Landed(content) => lapsed.push((packet, Some(content))),
                    Stage::Loading { number, trace, .. } => {
                        if trace.has_arrived() {
                            // A big packet can take longer than the lease. Its content is kept for the next list.
                            self.late.insert(packet.id.clone(), (number, trace));
                        } else {
                            self.drive.end(number);
                        }
                        lapsed.push((packet, None));
                    }
                }
            }
            lapsed.extend(self.waiting.drain(..).map(|packet| (packet, None)));
        }
        let count = lapsed.len();
        if count == 0 {
            return 0;
        }
        for (packet, content) in lapsed {
            state.set_fate(&packet.id, Fate::Lapsed);
            self.wait_for_lapsed(packet, content, lease);
        }
        count
    }

    fn wait_for_lapsed(&mut self, packet: Packet, content: Option<Landing>, lease: Duration) {
        let lapsed = Lapsed {
            content,
            // By then the portal lists it again, if the lease is shorter than its visibility time-out.
            until: Instant::now() + 2 * lease,
            packet,
        };
        self.lapsed.insert(lapsed.packet.id.clone(), lapsed);
    }

    /// Leaves the lapsed packets behind that were waited for until now; with `None`, all of them. Those that still
    /// arrive are waited for.
    fn give_up_lapsed(&mut self, state: &mut State, now: Option<Instant>) {
        let late = &self.late;
        let given_up = self.lapsed.extract_if(|id, lapsed| {
            now.is_none_or(|now| lapsed.until <= now && !late.contains_key(id))
        });
        for (_, Lapsed { packet, .. }) in given_up {
            let reason = "not handed over within receive.lease_ms of its listing";
            state.leave(&packet, LeftWhy::Lapsed, None, reason.into());
        }
    }

    /// Makes what has landed ready, in the list's order. A packet whose download takes longer than `patience` is
    /// overtaken.
    fn make_ready(&mut self, state: &mut State, patience: Duration, now: Instant) {
        self.overtaken = None;
        let mut place = 0;
        while let Some(slot) = self.line.get(place) {
            match slot.stage {
                Stage::Loading { since, .. } if since + patience > now => {
                    self.overtaken = Some(since + patience);
                    return;
                }
                Stage::Loading { .. } => place += 1,
                Stage::Landed(_) => {
                    if let Some(Slot {
                        packet,
                        stage: Stage::Landed(content),
                    }) = self.line.remove(place)
                    {
                        state.ready.push_back(Ready {
                            packet,
                            content,
                            lease_end: self.lease_end,
                        });
                    }
                }
            }
        }
    }

    /// Starts downloads, within the limits for what is ahead of the host.
    fn download(&mut self, shared: &Shared, state: &mut State, now: Instant) {
        let settings = shared.settings();
        let receive = &settings.receive;
        let expected = |packet: &Packet| packet.size.unwrap_or(receive.memory_bytes);
        let mut loading = self.late.len();
        let mut bytes: u64 = state.ready.iter().map(|ready| ready.content.len()).sum();
        let lapsed = self.lapsed.values();
        let kept = lapsed.filter_map(|lapsed| lapsed.content.as_ref());
        bytes += kept.map(Landing::len).sum::<u64>();
        for slot in &self.line {
            bytes += match &slot.stage {
                Stage::Loading { number, .. } => {
                    loading += 1;
                    expected(&slot.packet).max(self.drive.moved(*number))
                }
                Stage::Landed(content) => content.len(),
            };
        }
        let room = usize::try_from(state.wanted()).unwrap_or(usize::MAX);
        let room = room.min(receive.ahead_packets);
        loop {
            let ahead = self.line.len() + state.ready.len();
            if loading >= receive.concurrency || ahead >= room {
                return;
            }
            let fits = |packet: &Packet| {
                ahead == 0 || bytes.saturating_add(expected(packet)) <= receive.ahead_bytes
            };
            let Some(packet) = self.waiting.pop_front_if(|packet| fits(packet)) else {
                return;
            };
            let lapsed = self.lapsed.remove(&packet.id);
            let stage = match (lapsed, self.late.remove(&packet.id)) {
                (
                    Some(Lapsed {
                        content: Some(content),
                        ..
                    }),
                    _,
                ) => Stage::Landed(content),
                // It still arrives.
                (_, Some((number, trace))) => Stage::Loading {
                    number,
                    trace,
                    since: now,
                },
                _ => {
                    loading += 1;
                    self.start_download(shared, &packet, now + settings.overall_timeout)
                }
            };
            bytes += expected(&packet);
            self.line.push_back(Slot { packet, stage });
        }
    }

    fn start_download(&mut self, shared: &Shared, packet: &Packet, deadline: Instant) -> Stage {
        let trace = Arc::<Trace>::default();
        let settings = shared.settings();
        let limit = SizeLimit::of_downloads(settings);
        let content = Landing::new(self.folder.clone(), settings.receive.memory_bytes);
        let (engine, url) = (shared.engine.clone(), packet.url.clone());
        let number = self.drive.start(
            Content::Landing(content),
            trace.clone(),
            deadline,
            |port| async move {
                let http = Http::new(&engine, port);
                exchange::download(&http, &url, limit).await?;
                Ok(Told::Downloaded)
            },
        );
        Stage::Loading {
            number,
            trace,
            since: Instant::now(),
        }
    }

    /// Asks for a list, when no packet of the last one is in flight.
    fn list(&mut self, shared: &Shared, state: &mut State, now: Instant) {
        let is_due = self.listing.is_none() && self.list_at <= now && state.failed.is_none();
        if !is_due || !self.is_drained(state) {
            return;
        }
        let trace = Arc::<Trace>::default();
        let engine = shared.engine.clone();
        let (kind, format) = (shared.kind, shared.format);
        let number = self.drive.start(
            Content::Nothing,
            trace.clone(),
            now + shared.settings().overall_timeout,
            |port| async move {
                let http = Http::new(&engine, port);
                exchange::pull(&http, kind, Some(format))
                    .await
                    .map(Told::List)
            },
        );
        self.listing = Some(Listing { number, trace });
    }

    /// Marks what the host has handled, when it is due. `idle`: the run is about to wait, or to end.
    fn mark(&mut self, shared: &Shared, state: &mut State, now: Instant, idle: bool) {
        let receive = &shared.settings().receive;
        let Some(first) = state.pending.front() else {
            return;
        };
        let is_due = idle
            || state.pending.len() >= receive.done_count
            || first.since + receive.done_after <= now;
        let is_final = matches!(&state.failed, Some(failed) if failed.is_final);
        let may = self.mark_at <= now || state.phase != Phase::Running;
        if self.marking.is_none() && is_due && may && !is_final {
            let deadline = match self.marks_until {
                Some(until) => until,
                None => now + shared.settings().overall_timeout,
            };
            let most = shared.settings().done_batch;
            self.start_marking(shared, state, most, deadline);
        }
    }

    fn start_marking(
        &mut self,
        shared: &Shared,
        state: &mut State,
        most: usize,
        deadline: Instant,
    ) {
        let format = shared.format;
        let count = state.pending.len().min(most);
        let (writable, unwritable): (Vec<_>, Vec<_>) =
            state.pending.drain(..count).partition(|pending| {
                exchange::check_receipts(std::slice::from_ref(&pending.receipt), format).is_ok()
            });
        for pending in unwritable {
            let reason = format!("its receipt cannot be sent as {}", format.as_str());
            let error = ErrorKind::InvalidArgument(reason).into();
            not_marked(state, &pending, &error);
        }
        let marks = Arc::new(Marks::new(writable.len()));
        let trace = Arc::<Trace>::default();
        let (engine, kind) = (shared.engine.clone(), shared.kind);
        let receipts = writable.iter().map(|pending| pending.receipt.clone());
        let (receipts, outcome) = (receipts.collect::<Vec<_>>(), marks.clone());
        let number = self.drive.start(
            Content::Nothing,
            trace.clone(),
            deadline,
            |port| async move {
                let http = Http::new(&engine, port);
                exchange::done(&http, &receipts, kind, format, &outcome).await?;
                Ok(Told::Marked)
            },
        );
        self.marking = Some(Marking {
            number,
            sent: writable,
            marks,
            trace,
        });
        self.is_urgent = true;
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
        let mut late = self.late.extract_if(|_, (late, _)| *late == number);
        if let Some((id, (_, trace))) = late.next() {
            drop(late);
            let Some(Lapsed { packet, .. }) = self.lapsed.remove(&id) else {
                return;
            };
            return match outcome {
                Ok(_) => {
                    let lease = shared.settings().receive.lease;
                    self.wait_for_lapsed(packet, Some(content), lease);
                }
                Err(error) => {
                    self.not_downloaded(shared, &packet, &content, error.after(trace.requests()));
                }
            };
        }
        drop(late);
        let place = self.line.iter().position(
            |slot| matches!(&slot.stage, Stage::Loading { number: other, .. } if *other == number),
        );
        let Some(place) = place else {
            return;
        };
        match outcome {
            Ok(_) => {
                compare_size(shared, &self.line[place].packet, content.len());
                self.line[place].stage = Stage::Landed(content);
                self.has_landed = true;
            }
            Err(error) => {
                if let Some(Slot { packet, stage }) = self.line.remove(place) {
                    let attempts = match stage {
                        Stage::Loading { trace, .. } => trace.requests(),
                        Stage::Landed(_) => 0,
                    };
                    self.not_downloaded(shared, &packet, &content, error.after(attempts));
                }
            }
        }
    }

    fn listed(&mut self, shared: &Shared, listing: &Listing, outcome: Result<Told>) {
        let kind = shared.kind.as_str();
        let list = match outcome {
            Ok(Told::List(list)) => list,
            Ok(_) => return,
            Err(error) => {
                let area = &shared.settings().app_area;
                let error = error
                    .trying(format!("pull of the {kind} list of app area {area}"))
                    .after(listing.trace.requests());
                return self.not_listed(shared, error);
            }
        };
        let receive = &shared.settings().receive;
        let began = listing.trace.last_request().unwrap_or_else(Instant::now);
        let fresh = self.sort(shared, &mut shared.state(), list);
        shared.log(
            Level::Info,
            format_args!("the {kind} list has {} packets to receive", fresh.len()),
        );
        if fresh.is_empty() {
            self.wait_for_more(shared, None);
        } else {
            self.idle_lists = 0;
            self.lease_end = began + receive.lease;
            for packet in &fresh {
                if let Some(lapsed) = self.lapsed.get_mut(&packet.id) {
                    lapsed.until = self.lease_end;
                }
            }
            self.give_up_lapsed(&mut shared.state(), Some(Instant::now()));
            self.has_landed = false;
            // Those that failed before come last, so that they hold up no other.
            let (again, first): (Vec<_>, Vec<_>) = fresh
                .into_iter()
                .partition(|packet| shared.ledger.has_failed(shared.kind, &packet.id));
            self.waiting = first.into_iter().chain(again).collect();
        }
    }

    /// Finds the packets of a list that are to be handed over.
    fn sort(&mut self, shared: &Shared, state: &mut State, list: Packets) -> Vec<Packet> {
        let (ledger, kind) = (&shared.ledger, shared.kind);
        let polls = shared.settings().receive.poll.is_some();
        state.summary.lists += 1;
        for entry in list.unreadable {
            // A run that polls meets the same entry again and again.
            let known = match &entry.id {
                Some(id) => state.fates.contains(id),
                None => state.has_left_unnamed(&entry.reason),
            };
            if !known {
                if let Some(id) = &entry.id {
                    state.set_fate(id, Fate::Again);
                }
                state.add_left(Left {
                    id: entry.id,
                    mobile_user: None,
                    why: LeftWhy::Unreadable,
                    status: Status::BadAnswer,
                    reason: entry.reason,
                });
            }
        }
        let mut places = HashMap::new();
        let mut fresh: Vec<Packet> = Vec::new();
        let mut met = HashSet::new();
        for packet in list.packets {
            if let Some(place) = places.get(&packet.id) {
                // Listed twice in one list. The later receipt is the newer one.
                state.summary.repeated += 1;
                fresh[*place] = packet;
                continue;
            }
            if met.insert(packet.id.clone()) {
                ledger.listed(kind, &packet.id);
            }
            let fate = match state.holds(&packet.id) {
                true => Some(Fate::InHand),
                false => state.fates.peek(&packet.id).copied(),
            };
            if fate.is_none() {
                state.summary.listed += 1;
            }
            match fate {
                _ if ledger.is_unmarked(kind, &packet.id) => {
                    state.summary.repeated += 1;
                    state.no_longer_left(&packet.id);
                    state.set_fate(&packet.id, Fate::Done);
                    state.mark(Receipt::from(&packet));
                    continue;
                }
                Some(Fate::Done) => {
                    state.summary.repeated += 1;
                    state.mark(Receipt::from(&packet));
                    continue;
                }
                Some(Fate::InHand) => {
                    state.summary.repeated += 1;
                    state.renew(&packet);
                    continue;
                }
                Some(Fate::InFlight | Fate::Unsettled) => {
                    state.summary.repeated += 1;
                    continue;
                }
                Some(Fate::Again) if !polls => {
                    state.summary.repeated += 1;
                    continue;
                }
                Some(Fate::Again | Fate::Lapsed) => state.no_longer_left(&packet.id),
                None => {}
            }
            state.set_fate(&packet.id, Fate::InFlight);
            places.insert(packet.id.clone(), fresh.len());
            fresh.push(packet);
        }
        fresh
    }

    fn not_listed(&mut self, shared: &Shared, error: Error) {
        // A sign-in page, or a list whose only entry cannot be read, can be another one next time.
        let can_pass = error.is_retryable() || error.status() == Status::BadAnswer;
        let goes_on = shared.settings().receive.poll.is_some() && can_pass && !error.concerns_all();
        if goes_on {
            shared.log(Level::Warning, format_args!("{error}; polling goes on"));
            return self.wait_for_more(shared, error.retry_after());
        }
        shared.log(Level::Error, format_args!("{error}"));
        fail(&mut shared.state(), error);
    }

    /// Nothing new is in the queue: waits, or ends the run.
    fn wait_for_more(&mut self, shared: &Shared, at_least: Option<Duration>) {
        let receive = &shared.settings().receive;
        let now = Instant::now();
        self.give_up_lapsed(&mut shared.state(), Some(now));
        let (shortest, longest) = match receive.poll {
            Some(poll) => (poll, receive.poll_max),
            None if !self.lapsed.is_empty() => (receive.lease / 25, receive.lease / 5),
            None => {
                shared.state().stop();
                return;
            }
        };
        let wait = backoff(shortest, longest, self.idle_lists);
        self.idle_lists += 1;
        self.list_at = now + wait.max(at_least.unwrap_or_default().min(LONGEST_WAIT));
    }

    /// A packet whose download failed holds up no other.
    fn not_downloaded(
        &mut self,
        shared: &Shared,
        packet: &Packet,
        content: &Landing,
        error: Error,
    ) {
        let error = error
            .trying(format!("download of {}", packet.url))
            .of_packet(&packet.url);
        let mut state = shared.state();
        state.set_fate(&packet.id, Fate::Again);
        state.leave(
            packet,
            LeftWhy::NotDownloaded,
            Some(&error),
            error.to_string(),
        );
        if error.concerns_all() {
            fail(&mut state, error.clone());
        }
        // The callback of the log may use the receiver.
        drop(state);
        shared.log(
            Level::Error,
            format_args!("{error}; the packet stays in the queue"),
        );
        if !self.has_landed || is_outage(&error) {
            // It may not be the packet's fault. It comes last in the next list.
            shared.ledger.failed(shared.kind, &packet.id, 0);
        } else if shared.dead_letter(packet, content, false, &error.to_string()) {
            let mut state = shared.state();
            state.set_aside(&shared.ledger, shared.kind, packet);
        }
    }

    fn marked(&mut self, shared: &Shared, marking: Marking, outcome: Result<()>) {
        let results = marking.marks.outcomes(outcome, &marking.trace);
        let all = marking.sent.len();
        let mut state = shared.state();
        let mut marked = 0;
        let mut again = Vec::new();
        let mut first_error = None;
        let in_doubt = marking.trace.is_outcome_unknown();
        for (mut pending, error) in marking.sent.into_iter().zip(results) {
            pending.in_doubt |= in_doubt;
            let Some(error) = error else {
                marked += 1;
                if shared.ledger.marked(shared.kind, &pending.receipt.id) {
                    state.summary.marked += 1;
                }
                continue;
            };
            let error = error.after(marking.trace.requests());
            if error.concerns_all() && state.failed.is_none() {
                fail(&mut state, error.clone());
            }
            match error.status() {
                // Its handle is stale. The packet is marked when it is listed again.
                Status::Rejected => not_marked(&mut state, &pending, &error),
                _ => again.push((pending, error.clone())),
            }
            first_error.get_or_insert(error);
        }
        let now = Instant::now();
        if again.is_empty() {
            self.failed_marks = 0;
        } else if state.phase == Phase::Running {
            let wait = backoff(
                shared.settings().receive.done_after,
                MARK_WAIT.max(shared.settings().receive.done_after),
                self.failed_marks,
            );
            self.failed_marks += 1;
            self.mark_at = now + wait;
            for (pending, _) in again.into_iter().rev() {
                state.pending.push_front(pending);
            }
        } else {
            // The run ends: there is no later try. The client remembers the packets.
            for (pending, error) in again {
                not_marked(&mut state, &pending, &error);
            }
        }
        // The callback of the log may use the receiver.
        drop(state);
        let doing = format!(
            "done for {all} receipts of the {} list",
            shared.kind.as_str()
        );
        match &first_error {
            None => shared.log(Level::Info, format_args!("{doing}: all marked")),
            Some(error) => shared.log(
                Level::Warning,
                format_args!("{doing}: {marked} marked; {error}"),
            ),
        }
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

/// Tells of a size that is not the listed one. The portal lists the size of one form of a packet, so it need not be wrong.
fn compare_size(shared: &Shared, packet: &Packet, size: u64) {
    if let Some(listed) = packet.size.filter(|listed| *listed != size) {
        let id = &packet.id;
        shared.log(
            Level::Warning,
            format_args!("packet {id} was listed with {listed} bytes, but has {size}"),
        );
    }
}

/// Whether a download failed for a reason that is not the packet's. Marking such a packet would lose it.
fn is_outage(error: &Error) -> bool {
    let of_the_packet = matches!(
        error.status(),
        Status::Truncated
            | Status::Rejected
            | Status::NotFound
            | Status::StorageRefused
            | Status::BadAnswer
            | Status::TooLarge
    );
    !of_the_packet
}

/// Tells the next caller of an error. One that concerns all packets ends the run.
fn fail(state: &mut State, error: Error) {
    let is_final = error.concerns_all();
    state.failed = Some(Failed { error, is_final });
}

/// A handled packet is not marked. The client remembers it.
fn not_marked(state: &mut State, pending: &Pending, error: &Error) {
    let id = &pending.receipt.id;
    state.no_longer_left(id);
    state.add_left(Left {
        id: Some(id.clone()),
        mobile_user: None,
        why: match pending.in_doubt || error.is_outcome_unknown() {
            true => LeftWhy::MarkUnknown,
            false => LeftWhy::NotMarked,
        },
        status: error.status(),
        reason: error.to_string(),
    });
}

/// A wait that doubles with each time, with jitter, from `shortest` to `longest`.
fn backoff(shortest: Duration, longest: Duration, times: u32) -> Duration {
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
