//! The loop that empties a queue: it lists, downloads ahead, hands packets over one at a time, and marks those that the
//! host has handled.
//!
//! A receiver has no thread. The thread inside `next` leads: it runs the [`flow`]. Other threads inside `next` follow:
//! they wait until a packet is ready, or until they can lead. What all threads see is the [`state`].

mod dead_letter;
mod flow;
mod received;
mod state;
mod summary;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::Notify;

use self::flow::Flow;
pub use self::received::Received;
use self::state::{Phase, State, Taken};
pub use self::summary::{Left, LeftWhy, Summary};
use crate::call::Call;
use crate::config::Settings;
use crate::content::Landing;
use crate::drive::Limits;
use crate::error::{ErrorKind, Result};
use crate::http::Engine;
use crate::ledger::Ledger;
use crate::log::Level;
use crate::wire::{Format, Packet, PacketKind};

/// The time of a call without a limit of its own.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Receives the packets of one list: lists them, downloads several at the same time, hands them over one at a time, and
/// marks those done that the host has handled.
///
/// ```no_run
/// # fn store(_: &[u8]) -> std::io::Result<()> { Ok(()) }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let client = dmerp::Client::new(&dmerp::Config::new())?;
/// let receiver = client.receive(dmerp::PacketKind::Packet, None)?;
/// for packet in &receiver {
///     let packet = packet?;
///     store(packet.content()?)?;
///     packet.done()?;
/// }
/// let summary = receiver.close()?;
/// # Ok(())
/// # }
/// ```
///
/// Only [`Received::done`] takes a packet from the queue. A packet stays there if the loop ends early, if the host
/// returns an error, or if it forgets to say done.
///
/// Packets come in the order of the list. A packet that is late holds up the others for a tenth of `receive.lease_ms`
/// at most. A packet that this client failed to download before, or that the host did not handle before, comes after
/// the others. A packet that cannot be downloaded stays in the queue; the log and the [`Summary`] say why.
///
/// A receiver hands over each packet once. If the packet is listed again, the receiver marks it if it was handled. A
/// packet that was kept ([`Received::keep`]) comes again only in a run that polls (`receive.poll_ms`).
///
/// Any number of threads may call [`next`](Receiver::next) on one receiver. Work goes on only while a thread is inside
/// `next`. The receiver belongs to the process that opened it: a forked child opens its own.
pub struct Receiver(Arc<Shared>);

/// What a receiver and its packets share.
struct Shared {
    /// The engine of the process that opened the receiver.
    engine: Arc<Engine>,
    ledger: Arc<Ledger>,
    kind: PacketKind,
    format: Format,
    state: Mutex<State>,
    flow: Mutex<Flow>,
    leader: Mutex<Option<ThreadId>>,
    /// Wakes the threads inside `next` after a change of the state.
    changed: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    pub(crate) fn open(
        engine: Arc<Engine>,
        ledger: Arc<Ledger>,
        kind: PacketKind,
        format: Format,
    ) -> Result<Self> {
        let engine = engine.current()?.clone();
        let flow = Flow::new(&engine)?;
        ledger.open(kind)?;
        Ok(Receiver(Arc::new(Shared {
            state: Mutex::new(State::new(&engine.settings().receive)),
            flow: Mutex::new(flow),
            leader: Mutex::default(),
            changed: Notify::new(),
            engine,
            ledger,
            kind,
            format,
        })))
    }

    /// Waits for the next packet; `None` at the end: the queue is empty, a limit was reached, or another thread stopped
    /// or closed the receiver.
    ///
    /// A cancel or a time-out of `call` ends this call only. The option `timeout.overall_ms` limits each transfer, not
    /// this call.
    ///
    /// # Errors
    /// The errors of [`Client::pull`](crate::Client::pull) if the list fails. While the receiver polls, it goes on
    /// after errors that can pass. If the key, the app area, the certificate or the proxy is refused, `next` sends nothing
    /// more, and every later call returns the same error.
    pub fn next<'c>(&self, call: impl Into<Option<&'c Call>>) -> Result<Option<Received>> {
        self.0.next(&Limits::new(call.into(), NO_LIMIT))
    }

    /// Returns whether [`next`](Receiver::next) has a packet, the end or an error at hand, so that it would not wait.
    /// With it, a host that must not block its thread calls `next` there, and else on another thread.
    pub fn is_ready(&self) -> bool {
        self.0.engine.is_of_this_process() && self.0.state().is_ready()
    }

    /// Ends the run in good order: `next` hands over nothing new and returns `None`. Packets that were handed over can
    /// still be done. Any thread may call this, also in a callback.
    pub fn stop(&self) {
        // In a forked child, the receiver's locks may be held for ever.
        if self.0.engine.is_of_this_process() {
            self.0.state().stop();
            self.0.changed.notify_waiters();
        }
    }

    /// Ends the run at once. Marks what the host has handled, for at most `receive.close_ms`. Says what became of each
    /// packet that was left behind. What is not marked in that time, this client remembers. A second call returns the
    /// same summary.
    ///
    /// Dropping a receiver closes it, too.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) in a callback of `next`, in a forked child, and in
    /// an async task. What cannot be marked is not an error: see [`Summary::left`].
    pub fn close(&self) -> Result<Summary> {
        self.0.close()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if self.0.engine.is_of_this_process() {
            if self.0.close().is_err() {
                // In a callback or an async task. What is not marked, the client remembers.
                self.0.state().release(&self.0.ledger, self.0.kind);
            }
        } else {
            // The parent may have held any lock at the fork. The packets and files are the parent's.
            std::mem::forget(self.0.clone());
        }
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("kind", &self.0.kind)
            .finish_non_exhaustive()
    }
}

/// The packets of a receiver, to its end or to the first error.
#[derive(Debug)]
pub struct Iter<'r> {
    receiver: &'r Receiver,
    ended: bool,
}

impl Iterator for Iter<'_> {
    type Item = Result<Received>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.receiver.next(None).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<'r> IntoIterator for &'r Receiver {
    type Item = Result<Received>;
    type IntoIter = Iter<'r>;

    fn into_iter(self) -> Iter<'r> {
        Iter {
            receiver: self,
            ended: false,
        }
    }
}

/// The thread that has the flow. A callback that panics must not leave the others waiting, so a drop gives it back.
struct Leading<'s> {
    shared: &'s Shared,
    flow: Option<MutexGuard<'s, Flow>>,
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        *lock(&self.shared.leader) = None;
        self.flow = None;
        // Now that the flow is free, one of the others can lead.
        self.shared.changed.notify_waiters();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    fn log(&self, level: Level, message: std::fmt::Arguments<'_>) {
        if let Some(logger) = &self.settings().logger {
            logger.log(level, message);
        }
    }

    /// Fails where a call would wait for itself, or for a thread that does not exist.
    fn check_caller(&self) -> Result<()> {
        let problem = if !self.engine.is_of_this_process() {
            "the receiver belongs to the process that opened it; open another in this one"
        } else if *lock(&self.leader) == Some(thread::current().id()) {
            "a callback of this receiver's next cannot call next or close; use stop there"
        } else {
            return Ok(());
        };
        Err(ErrorKind::InvalidArgument(problem.into()).into())
    }

    fn next(self: &Arc<Self>, limits: &Limits<'_>) -> Result<Option<Received>> {
        self.check_caller()?;
        self.engine.check_can_wait()?;
        loop {
            limits.check()?;
            let mut changed = std::pin::pin!(self.changed.notified());
            // Before the locks and the state are read, so that no change is missed.
            changed.as_mut().enable();
            match self.flow.try_lock() {
                Ok(flow) => return self.lead(flow, limits),
                Err(TryLockError::Poisoned(flow)) => return self.lead(flow.into_inner(), limits),
                Err(TryLockError::WouldBlock) => {}
            }
            let taken = self.state().take(&self.ledger, self.kind);
            match taken {
                Taken::Packet(taken) => {
                    // There is room for a download, or the run is over: the leading thread has to look again.
                    self.changed.notify_waiters();
                    return Ok(Some(self.hand_over(*taken)));
                }
                Taken::End => return Ok(None),
                Taken::Failed(error) => return Err(error),
                Taken::Nothing => {}
            }
            self.engine.wait(async {
                tokio::select! {
                    biased;
                    passed = limits.passed() => passed,
                    () = changed => Ok(()),
                }
            })?;
        }
    }

    /// Runs the flow until a packet is ready for this thread.
    fn lead(
        self: &Arc<Self>,
        flow: MutexGuard<'_, Flow>,
        limits: &Limits<'_>,
    ) -> Result<Option<Received>> {
        let taken = self.with_flow(flow, |flow| flow.run(self, limits));
        Ok(taken?.map(|taken| self.hand_over(taken)))
    }

    /// Does `work` as the leading thread.
    fn with_flow<T>(&self, flow: MutexGuard<'_, Flow>, work: impl FnOnce(&mut Flow) -> T) -> T {
        let mut leading = Leading {
            shared: self,
            flow: Some(flow),
        };
        *lock(&self.leader) = Some(thread::current().id());
        match &mut leading.flow {
            Some(flow) => work(flow),
            None => unreachable!("the flow is given back when this is dropped"),
        }
    }

    fn hand_over(self: &Arc<Self>, (packet, content): (Packet, Landing)) -> Received {
        Received::new(packet, content, self.clone())
    }

    /// The host has handled a packet.
    fn done(&self, id: &str) -> Result<()> {
        if !self.engine.is_of_this_process() {
            return self.check_caller();
        }
        let done = self.state().done(&self.ledger, self.kind, id);
        self.changed.notify_waiters();
        done
    }

    /// The host leaves a packet in the queue.
    fn not_done(
        &self,
        packet: &Packet,
        content: &Landing,
        why: LeftWhy,
        reason: &str,
    ) -> Result<()> {
        if !self.engine.is_of_this_process() {
            return self.check_caller();
        }
        if !self.state().can_give_back(&packet.id)? {
            return Ok(());
        }
        // Until the dead letter is written, the packet is in the host's hands, so that it is not received again.
        let is_dead = self.dead_letter(packet, content, true, reason);
        let mut state = self.state();
        match is_dead {
            true => state.set_aside(&self.ledger, self.kind, packet),
            false => state.give_back(packet, why, reason),
        }
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Counts a failure of a packet. If it was one too many, stores the packet as a dead letter and returns true.
    fn dead_letter(
        &self,
        packet: &Packet,
        content: &Landing,
        is_complete: bool,
        reason: &str,
    ) -> bool {
        let id = &packet.id;
        let failures = self.ledger.failed(self.kind, id, 1);
        let receive = &self.settings().receive;
        let Some(folder) = &receive.dead_letter_dir else {
            return false;
        };
        if failures < receive.max_deliveries {
            return false;
        }
        match dead_letter::write(
            folder,
            self.kind,
            packet,
            content,
            is_complete,
            failures,
            reason,
        ) {
            Ok(()) => {
                self.log(
                    Level::Warning,
                    format_args!(
                        "packet {id} failed {failures} times and was put into {}: {reason}",
                        folder.display()
                    ),
                );
                true
            }
            Err(error) => {
                self.log(
                    Level::Error,
                    format_args!("packet {id} stays in the queue: {error}"),
                );
                false
            }
        }
    }

    fn close(&self) -> Result<Summary> {
        self.check_caller()?;
        let mut state = self.state();
        if state.phase != Phase::Closed {
            state.phase = Phase::Closing;
            drop(state);
            self.changed.notify_waiters();
            self.with_flow(lock(&self.flow), |flow| flow.close(self))?;
            state = self.state();
        }
        Ok(state.summary(self.ledger.hidden()))
    }
}
