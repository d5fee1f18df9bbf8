//! Downloads ahead of the host, in the list's order, and what becomes of those that are late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Flow, Lapsed, Slot, Stage, Told, fail};
use crate::config::Settings;
use crate::content::Landing;
use crate::drive::Content;
use crate::error::{Error, Result, Status};
use crate::exchange;
use crate::http::{Http, SizeLimit};
use crate::log::Level;
use crate::port::Trace;
use crate::receive::shared::Shared;
use crate::receive::state::{Fate, Ready, State};
use crate::receive::summary::LeftWhy;
use crate::wire::Packet;

impl Flow {
    /// Leaves the packets whose receipt handles count as stale to a later list. Returns how many.
    pub(super) fn lapse(&mut self, state: &mut State, settings: &Settings, now: Instant) -> usize {
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
        for (packet, content) in lapsed {
            state.set_fate(&packet.id, Fate::Lapsed);
            self.wait_for_lapsed(packet, content, lease);
        }
        count
    }

    pub(super) fn wait_for_lapsed(
        &mut self,
        packet: Packet,
        content: Option<Landing>,
        lease: Duration,
    ) {
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
    pub(super) fn give_up_lapsed(&mut self, state: &mut State, now: Option<Instant>) {
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
    pub(super) fn make_ready(&mut self, state: &mut State, patience: Duration, now: Instant) {
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
    pub(super) fn download(&mut self, shared: &Shared, state: &mut State, now: Instant) {
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

    pub(super) fn start_download(
        &mut self,
        shared: &Shared,
        packet: &Packet,
        deadline: Instant,
    ) -> Stage {
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

    pub(super) fn downloaded(
        &mut self,
        shared: &Shared,
        number: usize,
        outcome: Result<()>,
        mut content: Landing,
    ) {
        content.close();
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
                let packet = &self.line[place].packet;
                compare_size(shared, packet, content.len());
                self.has_landed = true;
                // It failed when its content could not be stored any more, such as at the end of a run.
                let reason = "the host did not handle it";
                if shared.is_dead(packet) && shared.bury(packet, &content, true, reason) {
                    let mut state = shared.state();
                    state.set_aside(&shared.ledger, shared.kind, packet);
                    self.line.remove(place);
                    return;
                }
                self.line[place].stage = Stage::Landed(content);
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

    /// A packet whose download failed holds up no other.
    pub(super) fn not_downloaded(
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
