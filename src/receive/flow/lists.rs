//! Asks for lists, and finds the packets that are to be handed over.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Flow, Listing, Told, backoff, fail};
use crate::drive::Content;
use crate::error::{Error, Result, Status};
use crate::exchange;
use crate::http::Http;
use crate::log::Level;
use crate::port::Trace;
use crate::receive::shared::Shared;
use crate::receive::state::{Fate, State};
use crate::receive::summary::{Left, LeftWhy};
use crate::wire::{Packet, Packets, Receipt};

/// The longest wait that a server can ask a run for that polls.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Flow {
    /// Asks for a list, when no packet of the last one is in flight.
    pub(super) fn list(&mut self, shared: &Shared, state: &mut State, now: Instant) {
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

    pub(super) fn listed(&mut self, shared: &Shared, listing: &Listing, outcome: Result<Told>) {
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
    pub(super) fn sort(
        &mut self,
        shared: &Shared,
        state: &mut State,
        list: Packets,
    ) -> Vec<Packet> {
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

    pub(super) fn not_listed(&mut self, shared: &Shared, error: Error) {
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
    pub(super) fn wait_for_more(&mut self, shared: &Shared, at_least: Option<Duration>) {
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
}
