//! The caller's control over blocking calls: time-out, progress, and cancel.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// The progress of a call that transfers content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Content bytes sent or received so far. What a failed try has moved is taken back.
    pub done: u64,
    /// All content bytes of the call, if they are known. A receiver does not know them.
    pub total: Option<u64>,
    /// Packets sent or received completely.
    pub packets: u64,
    /// All packets of the call: 1, or those that a batch sends in this run. A receiver does not know them.
    pub packets_total: Option<u64>,
}

type OnProgress = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;
type OnWaiting = dyn Fn() -> ControlFlow<()> + Send + Sync;

/// The texts of [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
pub(crate) const CANCELLED: &str = "the call was cancelled";
pub(crate) const STOPPED: &str = "a callback ended the call";

/// Controls the calls that it is passed to: a time-out, a progress callback, a way to cancel.
///
/// A clone shares the cancel state with the original: keep one in the thread that makes the call, and give the other to
/// the thread that may cancel. A cancel is final: every later call with this control fails at once.
#[derive(Clone, Default)]
pub struct Call {
    shared: Arc<Shared>,
    timeout: Option<Duration>,
    on_progress: Option<Arc<OnProgress>>,
    on_waiting: Option<Arc<OnWaiting>>,
}

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    wake: Notify,
}

impl Call {
    /// Makes a control without a time-out and without callbacks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest time that a whole call may take, its retries included, counted from the start of the call. It
    /// cannot exceed `timeout.overall_ms`, except for [`Receiver::next`](crate::Receiver::next).
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Calls `report` while content is sent or received, on the thread that made the call: at most about 20 times a
    /// second, and once when all of the content has been transferred. [`ControlFlow::Break`] ends the call with
    /// [`Status::Cancelled`](crate::Status::Cancelled).
    pub fn on_progress(
        mut self,
        report: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_progress = Some(Arc::new(report));
        self
    }

    /// Removes the progress callback.
    pub fn progress_off(mut self) -> Self {
        self.on_progress = None;
        self
    }

    /// Calls `look` about every 100 ms during a call, on the thread that made the call. Use it to notice what the
    /// blocked thread would otherwise see only after the call, such as a signal or an interrupt. [`ControlFlow::Break`]
    /// ends the call with [`Status::Cancelled`](crate::Status::Cancelled).
    pub fn on_waiting(
        mut self,
        look: impl Fn() -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_waiting = Some(Arc::new(look));
        self
    }

    /// Removes the waiting callback.
    pub fn waiting_off(mut self) -> Self {
        self.on_waiting = None;
        self
    }

    /// Cancels every call that has this control, within 250 ms, unless the call's thread is blocked in a callback, a
    /// stream of the caller's, or a file operation. Any thread may call this.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::SeqCst);
        self.shared.wake.notify_waiters();
    }

    /// Returns whether [`cancel`](Call::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::SeqCst)
    }

    pub(crate) fn own_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn report(&self, progress: Progress) -> ControlFlow<()> {
        match &self.on_progress {
            Some(report) => report(progress),
            None => ControlFlow::Continue(()),
        }
    }

    pub(crate) fn looks(&self) -> bool {
        self.on_waiting.is_some()
    }

    pub(crate) fn look(&self) -> ControlFlow<()> {
        match &self.on_waiting {
            Some(look) => look(),
            None => ControlFlow::Continue(()),
        }
    }

    /// Completes when the call is cancelled.
    pub(crate) async fn cancelled(&self) {
        let woken = self.shared.wake.notified();
        tokio::pin!(woken);
        // Register before reading the flag, so that a cancel between the two is not missed.
        woken.as_mut().enable();
        if !self.is_cancelled() {
            woken.await;
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("timeout", &self.timeout)
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
