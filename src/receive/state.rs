//! What all threads of a receiver see: the packets that are ready, those in the host's hands, and those to be marked.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use lru::LruCache;

use super::summary::{Left, LeftWhy, Summary};
use crate::config::Receiving;
use crate::content::Landing;
use crate::error::{Error, Result, Status};
use crate::ledger::{Ledger, REMEMBERED, remember};
use crate::wire::{Packet, PacketKind, Receipt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// Nothing new is handed over. What is in flight is dropped, and what was handled is marked.
    Stopping,
    Ended,
    Closing,
    Closed,
}

/// What this run has done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Listed; not handed over yet.
    InFlight,
    InHand,
    /// Handled; its mark is pending, or set.
    Done,
    /// Left in the queue, and welcome in a later list of a run that polls.
    Again,
    /// Not handed over in time, and welcome in a later list.
    Lapsed,
    /// The host forgot it. Handing it over again could double it.
    Unsettled,
}

/// A packet that was downloaded and can be handed over.
pub(super) struct Ready {
    pub packet: Packet,
    pub content: Landing,
    /// When its receipt handle counts as stale.
    pub lease_end: Instant,
}

/// A receipt that is to be sent.
pub(super) struct Pending {
    pub receipt: Receipt,
    pub since: Instant,
    /// An earlier request with it was sent and never answered.
    pub in_doubt: bool,
}

/// The answer to a thread that asks for a packet.
pub(super) enum Taken {
    Packet(Box<(Packet, Landing)>),
    Nothing,
    End,
    Failed(Error),
}

pub(super) struct State {
    pub phase: Phase,
    /// An error that ended the run, or that the next caller must hear of.
    pub failed: Option<Failed>,
    pub ready: VecDeque<Ready>,
    /// The receipts of the packets in the host's hands, by id.
    in_hand: HashMap<String, (Receipt, Option<String>)>,
    pub fates: LruCache<String, Fate>,
    pub pending: VecDeque<Pending>,
    /// The counts; what is left is below.
    pub summary: Summary,
    left: VecDeque<Left>,
    max_packets: u64,
    began: Instant,
    /// Whether the list is this receiver's. After its end, it can be another's.
    has_list: bool,
}

pub(super) struct Failed {
    pub error: Error,
    /// The run is over: every caller gets this error.
    pub is_final: bool,
}

impl State {
    pub fn new(receive: &Receiving) -> Self {
        State {
            phase: Phase::Running,
            failed: None,
            ready: VecDeque::new(),
            in_hand: HashMap::new(),
            fates: LruCache::unbounded(),
            pending: VecDeque::new(),
            summary: Summary::default(),
            left: VecDeque::new(),
            max_packets: receive.max_packets.unwrap_or(u64::MAX),
            began: Instant::now(),
            has_list: true,
        }
    }

    /// Lets another receiver take over the list.
    pub fn release(&mut self, ledger: &Ledger, kind: PacketKind) {
        if std::mem::take(&mut self.has_list) {
            ledger.close(kind);
        }
    }

    pub fn stop(&mut self) {
        if self.phase == Phase::Running {
            self.phase = Phase::Stopping;
        }
    }

    /// When the run's time is up.
    pub fn time_is_up_at(&self, receive: &Receiving) -> Option<Instant> {
        receive.max_time.map(|most| self.began + most)
    }

    /// How many more packets may be handed over.
    pub fn wanted(&self) -> u64 {
        self.max_packets.saturating_sub(self.summary.handed_over)
    }

    /// Takes a packet that is ready.
    pub fn take(&mut self, ledger: &Ledger, kind: PacketKind) -> Taken {
        match &self.failed {
            Some(Failed {
                error,
                is_final: true,
            }) => return Taken::Failed(error.clone()),
            Some(_) => {
                let failed = self.failed.take();
                return failed.map_or(Taken::Nothing, |failed| Taken::Failed(failed.error));
            }
            None => {}
        }
        if self.phase == Phase::Running
            && let Some(ready) = self.ready.front()
            && ready.lease_end > Instant::now()
            && let Some(Ready {
                packet, content, ..
            }) = self.ready.pop_front()
        {
            let receipt = Receipt::from(&packet);
            let id = packet.id.clone();
            self.set_fate(&id, Fate::InHand);
            self.in_hand
                .insert(id, (receipt, packet.mobile_user.clone()));
            self.summary.handed_over += 1;
            self.summary.bytes += content.len();
            if self.wanted() == 0 {
                self.stop();
            }
            return Taken::Packet(Box::new((packet, content)));
        }
        match self.phase {
            Phase::Running | Phase::Stopping => Taken::Nothing,
            Phase::Ended => {
                self.release(ledger, kind);
                Taken::End
            }
            Phase::Closing | Phase::Closed => Taken::End,
        }
    }

    /// Whether [`take`](State::take) has something to tell.
    pub fn is_ready(&self) -> bool {
        let now = Instant::now();
        match self.phase {
            Phase::Running => {
                let ready = self.ready.front();
                self.failed.is_some() || ready.is_some_and(|ready| ready.lease_end > now)
            }
            Phase::Stopping => self.failed.is_some(),
            Phase::Ended => self.pending.is_empty(),
            Phase::Closing | Phase::Closed => true,
        }
    }

    pub fn set_fate(&mut self, id: &str, fate: Fate) {
        remember(&mut self.fates, id.to_string(), fate);
    }

    /// Whether a packet is in the host's hands.
    pub fn holds(&self, id: &str) -> bool {
        self.in_hand.contains_key(id)
    }

    /// Takes a newer receipt of a packet that is in the host's hands.
    pub fn renew(&mut self, packet: &Packet) {
        if let Some((receipt, _)) = self.in_hand.get_mut(&packet.id) {
            *receipt = Receipt::from(packet);
        }
    }

    /// Has a handled packet marked that was listed again.
    pub fn mark(&mut self, receipt: Receipt) {
        self.pending.retain(|other| other.receipt.id != receipt.id);
        self.pending.push_back(Pending {
            receipt,
            since: Instant::now(),
            in_doubt: false,
        });
    }

    fn check_open(&self) -> Result<()> {
        match self.phase {
            Phase::Closing | Phase::Closed => Err(Error::invalid(
                "the receiver is closed; the packet stays in the queue, and comes again",
            )),
            _ => Ok(()),
        }
    }

    pub fn done(&mut self, ledger: &Ledger, kind: PacketKind, id: &str) -> Result<()> {
        let Some((receipt, _)) = self.in_hand.get(id) else {
            if self.fates.peek(id) == Some(&Fate::Done) {
                return Ok(());
            }
            self.check_open()?;
            return Err(Error::invalid(
                "the packet was kept before, and stays in the queue",
            ));
        };
        self.check_open()?;
        ledger.handled(kind, id);
        let pending = Pending {
            receipt: receipt.clone(),
            since: Instant::now(),
            in_doubt: false,
        };
        self.pending.push_back(pending);
        self.in_hand.remove(id);
        self.summary.done += 1;
        self.set_fate(id, Fate::Done);
        Ok(())
    }

    /// Whether the host can give a packet back: it has neither handled it nor given it back before.
    pub fn can_give_back(&self, id: &str) -> Result<bool> {
        if self.holds(id) {
            return self.check_open().map(|()| true);
        }
        match self.fates.peek(id) {
            Some(Fate::Done) => Err(Error::invalid("the host said done before")),
            Some(Fate::Again | Fate::Unsettled) => Ok(false),
            _ => self.check_open().map(|()| false),
        }
    }

    /// The host gives a packet back without having handled it.
    pub fn give_back(&mut self, packet: &Packet, why: LeftWhy, reason: &str) {
        // Another thread may have settled it meanwhile.
        if self.in_hand.remove(&packet.id).is_none() {
            return;
        }
        let fate = match why {
            LeftWhy::Kept => Fate::Again,
            _ => Fate::Unsettled,
        };
        self.set_fate(&packet.id, fate);
        self.leave(packet, why, None, reason.to_string());
    }

    /// A packet went to the dead letters; it is marked like a handled one.
    pub fn set_aside(&mut self, ledger: &Ledger, kind: PacketKind, packet: &Packet) {
        let held = self.in_hand.remove(&packet.id);
        let receipt = held.map_or_else(|| Receipt::from(packet), |(receipt, _)| receipt);
        ledger.handled(kind, &packet.id);
        self.no_longer_left(&packet.id);
        self.mark(receipt);
        self.set_fate(&packet.id, Fate::Done);
        self.summary.dead_lettered += 1;
    }

    pub fn add_left(&mut self, left: Left) {
        self.summary.left_count += 1;
        self.left.push_back(left);
        if self.left.len() > REMEMBERED {
            self.left.pop_front();
        }
    }

    /// Whether an entry without an id is left for this reason already.
    pub fn has_left_unnamed(&self, reason: &str) -> bool {
        self.left
            .iter()
            .any(|left| left.id.is_none() && left.reason == reason)
    }

    /// Takes back that a packet was left.
    pub fn no_longer_left(&mut self, id: &str) {
        let before = self.left.len();
        self.left.retain(|left| left.id.as_deref() != Some(id));
        self.summary.left_count -= (before - self.left.len()) as u64;
    }

    /// The summary so far.
    pub fn summary(&self, hidden: Option<Duration>) -> Summary {
        Summary {
            left: self.left.iter().cloned().collect(),
            hidden,
            ..self.summary.clone()
        }
    }

    pub fn leave(&mut self, packet: &Packet, why: LeftWhy, error: Option<&Error>, reason: String) {
        self.add_left(Left {
            id: Some(packet.id.clone()),
            mobile_user: packet.mobile_user.clone(),
            why,
            status: error.map_or(Status::Ok, Error::status),
            reason,
        });
    }

    /// At the end, the packets in the host's hands are left. That counts as a failure of each.
    pub fn leave_in_hand(&mut self, ledger: &Ledger, kind: PacketKind) {
        for (id, (_, mobile_user)) in std::mem::take(&mut self.in_hand) {
            ledger.failed(kind, &id, 1);
            self.add_left(Left {
                id: Some(id),
                mobile_user,
                why: LeftWhy::Unsettled,
                status: Status::Ok,
                reason: "the host said neither done nor keep before the receiver was closed".into(),
            });
        }
    }
}
