//! Control of one blocking call: its time-out, its progress, and its end before time.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Content bytes sent or received so far in this try; it starts again at 0 when a try is repeated.
    pub done: u64,
    /// The content's size in bytes, where it is known.
    pub total: Option<u64>,
}

type OnProgress = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;
type OnWaiting = dyn Fn() -> ControlFlow<()> + Send + Sync;

/// Why a call ended that was asked to.
pub(crate) const CANCELLED: &str = "the call was cancelled";
pub(crate) const STOPPED: &str = "a callback ended the call";

/// Controls the blocking calls it is given to: a time-out, a progress callback, a way to cancel.
///
/// Most calls need none of it: `Call::new()`. A clone is the same control; give one to the thread that may cancel.
/// Cancelling is final: every call that this control is given to afterwards ends at once.
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
    /// A control that sets no limit of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time a whole call may take, retries included, from when the verb is called. It cannot extend
    /// `timeout.overall_ms`.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Calls `report` as content is sent or received, on the thread that made the call. [`ControlFlow::Break`] ends the
    /// call with [`Status::Cancelled`](crate::Status::Cancelled).
    pub fn on_progress(
        mut self,
        report: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_progress = Some(Arc::new(report));
        self
    }

    /// Ends what [`on_progress`](Call::on_progress) began.
    pub fn progress_off(mut self) -> Self {
        self.on_progress = None;
        self
    }

    /// Calls `look` about every 100 ms while a call waits, on the thread that made the call, so that it can look for what
    /// would otherwise go unseen until the call ends: a signal, an interrupt. [`ControlFlow::Break`] ends the call with
    /// [`Status::Cancelled`](crate::Status::Cancelled).
    pub fn on_waiting(
        mut self,
        look: impl Fn() -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_waiting = Some(Arc::new(look));
        self
    }

    /// Ends what [`on_waiting`](Call::on_waiting) began.
    pub fn waiting_off(mut self) -> Self {
        self.on_waiting = None;
        self
    }

    /// Ends every call that has this control, from any thread, within 250 ms.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::SeqCst);
        self.shared.wake.notify_waiters();
    }

    /// Whether [`cancel`](Call::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::SeqCst)
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
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
        // Registered before the flag is read, so that a cancel between the two is not missed.
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
