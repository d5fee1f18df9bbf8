//! What a receiver, the thread that leads, and the packets in the host's hands share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::dead_letter;
use super::state::State;
use super::summary::LeftWhy;
use crate::config::Settings;
use crate::content::Landing;
use crate::error::{Error, Result};
use crate::http::Engine;
use crate::ledger::Ledger;
use crate::log::Level;
use crate::wire::{Format, Packet, PacketKind};

pub(super) struct Shared {
    /// The engine of the process that opened the receiver.
    pub engine: Arc<Engine>,
    pub ledger: Arc<Ledger>,
    pub kind: PacketKind,
    pub format: Format,
    state: Mutex<State>,
    /// Wakes the threads inside `next` after a change of the state.
    pub changed: Notify,
}

/// The error of a call in a forked child.
pub(super) fn not_ours() -> Error {
    let problem = "the receiver belongs to the process that opened it; open another in this one";
    Error::invalid(problem)
}

impl Shared {
    pub fn new(engine: Arc<Engine>, ledger: Arc<Ledger>, kind: PacketKind, format: Format) -> Self {
        Shared {
            state: Mutex::new(State::new(&engine.settings().receive)),
            changed: Notify::new(),
            engine,
            ledger,
            kind,
            format,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    pub fn log(&self, level: Level, message: std::fmt::Arguments<'_>) {
        if let Some(logger) = &self.settings().logger {
            logger.log(level, message);
        }
    }

    /// The host has handled a packet.
    pub fn done(&self, id: &str) -> Result<()> {
        if !self.engine.is_of_this_process() {
            return Err(not_ours());
        }
        let done = self.state().done(&self.ledger, self.kind, id);
        self.changed.notify_waiters();
        done
    }

    /// The host leaves a packet in the queue.
    pub fn not_done(
        &self,
        packet: &Packet,
        content: &Landing,
        why: LeftWhy,
        reason: &str,
    ) -> Result<()> {
        if !self.engine.is_of_this_process() {
            return Err(not_ours());
        }
        if !self.state().can_give_back(&packet.id)? {
            return Ok(());
        }
        // Until the dead letter is written, the packet is in the host's hands, so that it is not received again.
        let is_dead = self.dead_letter(packet, content, true, reason);
        let mut state = self.state();
        match is_dead {
            true if state.holds(&packet.id) => state.set_aside(&self.ledger, self.kind, packet),
            // Another thread has settled it meanwhile.
            true => {}
            false => state.give_back(packet, why, reason),
        }
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Counts a failure of a packet. If it was one too many, stores the packet as a dead letter and returns true.
    pub fn dead_letter(
        &self,
        packet: &Packet,
        content: &Landing,
        is_complete: bool,
        reason: &str,
    ) -> bool {
        self.ledger.failed(self.kind, &packet.id, 1);
        self.is_dead(packet) && self.bury(packet, content, is_complete, reason)
    }

    /// Whether a packet has failed so often that it is to become a dead letter.
    pub fn is_dead(&self, packet: &Packet) -> bool {
        let receive = &self.settings().receive;
        let failures = self.ledger.failures(self.kind, &packet.id);
        receive.dead_letter_dir.is_some() && failures >= receive.max_deliveries
    }

    /// Stores a packet as a dead letter. Returns whether that went well.
    pub fn bury(
        &self,
        packet: &Packet,
        content: &Landing,
        is_complete: bool,
        reason: &str,
    ) -> bool {
        let Some(folder) = &self.settings().receive.dead_letter_dir else {
            return false;
        };
        let (id, kind) = (&packet.id, self.kind);
        let failures = self.ledger.failures(kind, id);
        match dead_letter::write(folder, kind, packet, content, is_complete, failures, reason) {
            Ok(()) => self.log(
                Level::Warning,
                format_args!(
                    "packet {id} failed {failures} times and was put into {}: {reason}",
                    folder.display()
                ),
            ),
            Err(error) => {
                self.log(
                    Level::Error,
                    format_args!("packet {id} stays in the queue: {error}"),
                );
                return false;
            }
        }
        true
    }
}
