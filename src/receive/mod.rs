//! The loop that empties a queue: it lists, downloads ahead, hands packets over one at a time, and marks those that the
//! host has handled.
//!
//! A receiver has no thread. The thread inside `next` leads: it runs the [`flow`]. Other threads inside `next` follow:
//! they wait until a packet is ready, or until they can lead. What all threads see is the [`state`].

mod dead_letter;
mod flow;
mod received;
mod shared;
mod state;
mod summary;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use self::flow::Flow;
pub use self::received::Received;
use self::shared::{Shared, not_ours};
use self::state::{Phase, Taken};
pub use self::summary::{Left, LeftWhy, Summary};
use crate::call::Call;
use crate::content::Landing;
use crate::drive::Limits;
use crate::error::{ErrorKind, Result};
use crate::http::Engine;
use crate::ledger::Ledger;
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
pub struct Receiver {
    shared: Arc<Shared>,
    flow: Mutex<Flow>,
    leader: Mutex<Option<ThreadId>>,
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
        Ok(Receiver {
            shared: Arc::new(Shared::new(engine, ledger, kind, format)),
            flow: Mutex::new(flow),
            leader: Mutex::default(),
        })
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
        self.wait(&Limits::new(call.into(), NO_LIMIT))
    }

    /// Returns whether [`next`](Receiver::next) has a packet, the end or an error at hand, so that it would not wait.
    /// With it, a host that must not block its thread calls `next` there, and else on another thread.
    pub fn is_ready(&self) -> bool {
        self.shared.engine.is_of_this_process() && self.shared.state().is_ready()
    }

    /// Ends the run in good order: `next` hands over nothing new and returns `None`. Packets that were handed over can
    /// still be done. Any thread may call this, also in a callback.
    pub fn stop(&self) {
        // In a forked child, the receiver's locks may be held for ever.
        if self.shared.engine.is_of_this_process() {
            self.shared.state().stop();
            self.shared.changed.notify_waiters();
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
        self.check_caller()?;
        let mut state = self.shared.state();
        if state.phase != Phase::Closed {
            state.phase = Phase::Closing;
            drop(state);
            self.shared.changed.notify_waiters();
            self.with_flow(lock(&self.flow), |flow| flow.close(&self.shared))?;
            state = self.shared.state();
        }
        Ok(state.summary(self.shared.ledger.hidden()))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // In a forked child, the packets and files are the parent's.
        if self.shared.engine.is_of_this_process() && self.close().is_err() {
            // In a callback or an async task. What is not marked, the client remembers.
            let shared = &self.shared;
            shared.state().release(&shared.ledger, shared.kind);
        }
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("kind", &self.shared.kind)
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
    receiver: &'s Receiver,
    flow: Option<MutexGuard<'s, Flow>>,
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        *lock(&self.receiver.leader) = None;
        self.flow = None;
        // Now that the flow is free, one of the others can lead.
        self.receiver.shared.changed.notify_waiters();
    }
}

impl Receiver {
    /// Fails where a call would wait for itself, or for a thread that does not exist.
    fn check_caller(&self) -> Result<()> {
        if !self.shared.engine.is_of_this_process() {
            return Err(not_ours());
        }
        match *lock(&self.leader) == Some(thread::current().id()) {
            false => Ok(()),
            true => Err(ErrorKind::InvalidArgument(
                "a callback of this receiver's next cannot call next or close; use stop there"
                    .into(),
            )
            .into()),
        }
    }

    fn wait(&self, limits: &Limits<'_>) -> Result<Option<Received>> {
        self.check_caller()?;
        self.shared.engine.check_can_wait()?;
        loop {
            limits.check()?;
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            // Before the locks and the state are read, so that no change is missed.
            changed.as_mut().enable();
            match self.flow.try_lock() {
                Ok(flow) => return self.lead(flow, limits),
                Err(TryLockError::Poisoned(flow)) => return self.lead(flow.into_inner(), limits),
                Err(TryLockError::WouldBlock) => {}
            }
            let taken = self
                .shared
                .state()
                .take(&self.shared.ledger, self.shared.kind);
            match taken {
                Taken::Packet(taken) => {
                    // There is room for a download, or the run is over: the leading thread has to look again.
                    self.shared.changed.notify_waiters();
                    return Ok(Some(self.hand_over(*taken)));
                }
                Taken::End => return Ok(None),
                Taken::Failed(error) => return Err(error),
                Taken::Nothing => {}
            }
            self.shared.engine.wait(async {
                tokio::select! {
                    biased;
                    passed = limits.passed() => passed,
                    () = changed => Ok(()),
                }
            })?;
        }
    }

    /// Runs the flow until a packet is ready for this thread.
    fn lead(&self, flow: MutexGuard<'_, Flow>, limits: &Limits<'_>) -> Result<Option<Received>> {
        let taken = self.with_flow(flow, |flow| flow.run(&self.shared, limits));
        Ok(taken?.map(|taken| self.hand_over(taken)))
    }

    /// Does `work` as the leading thread.
    fn with_flow<T>(&self, flow: MutexGuard<'_, Flow>, work: impl FnOnce(&mut Flow) -> T) -> T {
        let mut leading = Leading {
            receiver: self,
            flow: Some(flow),
        };
        *lock(&self.leader) = Some(thread::current().id());
        match &mut leading.flow {
            Some(flow) => work(flow),
            None => unreachable!("the flow is given back when this is dropped"),
        }
    }

    fn hand_over(&self, (packet, content): (Packet, Landing)) -> Received {
        Received::new(packet, content, self.shared.clone())
    }
}
