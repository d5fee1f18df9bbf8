//! How an exchange reaches its caller. An exchange never blocks and runs no callback. When it needs content, or has a
//! log record, it sends a request through its port and waits until the caller's thread has answered.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::error::{ErrorKind, Result};
use crate::log::Level;

/// A request from an exchange to its caller.
pub(crate) enum Need {
    /// Log this record.
    Log(Level, String),
    /// Do this work, which takes its time, such as reading a long list.
    Work(Box<dyn FnOnce() + Send>),
    /// Go back to the start of the content that is sent.
    Rewind,
    /// Give the next piece of the content that is sent.
    NextPiece,
    /// Discard what was received so far.
    Restart,
    /// This many bytes will be received.
    Announced(u64),
    /// Take this piece of the content that is received.
    Arrived(Bytes),
    /// Take all of the content that is received.
    Whole(Vec<u8>),
}

/// A request, the number of its transfer, and where the answer goes: a piece for [`Need::NextPiece`], nothing for the
/// others.
pub(crate) struct Asked {
    pub transfer: usize,
    pub need: Need,
    pub answer: oneshot::Sender<Result<Option<Bytes>>>,
}

/// What one call has sent so far. An error reports it.
#[derive(Default)]
pub(crate) struct Trace {
    requests: AtomicU32,
    last: Mutex<Option<Instant>>,
    unanswered: AtomicBool,
    in_doubt: AtomicBool,
    has_arrived: AtomicBool,
}

impl Trace {
    /// The number of HTTP requests made.
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// When the last request began.
    pub fn last_request(&self) -> Option<Instant> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a part of the content has arrived.
    pub fn arrived(&self) {
        self.has_arrived.store(true, Ordering::Relaxed);
    }

    /// Whether a part of the content has arrived.
    pub fn has_arrived(&self) -> bool {
        self.has_arrived.load(Ordering::Relaxed)
    }

    /// Whether a request that changes something was sent completely and never answered.
    pub fn is_outcome_unknown(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) || self.in_doubt.load(Ordering::Relaxed)
    }

    /// Notes the start of a request. If the request before it was sent and never answered, the server may have carried
    /// it out.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if self.unanswered.swap(false, Ordering::Relaxed) {
            self.in_doubt.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the last byte of a request that changes something was sent.
    pub fn sent(&self) {
        self.unanswered.store(true, Ordering::Relaxed);
    }

    /// Whether all of the request that runs now was sent.
    pub fn was_sent(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// Notes that the server has answered.
    pub fn answered(&self) {
        self.unanswered.store(false, Ordering::Relaxed);
    }

    /// Notes that the request succeeded, so the outcome of earlier tries no longer matters.
    pub fn settled(&self) {
        self.answered();
        self.in_doubt.store(false, Ordering::Relaxed);
    }
}

/// The time that the caller's thread spent in files and callbacks. It does not count as idle time of the server.
#[derive(Default)]
pub(crate) struct Away(AtomicU64);

impl Away {
    pub fn add(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn total(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// The connection of one transfer to its caller.
pub(crate) struct Port {
    pub transfer: usize,
    pub asked: mpsc::UnboundedSender<Asked>,
    /// The least important level that the caller wants; `None` without a log.
    pub level: Option<Level>,
    pub deadline: Instant,
    /// The largest content, in bytes, that the exchange gathers in memory and hands over whole. To ask for each piece
    /// takes longer.
    pub gathers: u64,
    pub away: Arc<Away>,
    pub trace: Arc<Trace>,
}

impl Port {
    /// Hands over a log record, if the caller wants records of this level.
    pub async fn log(&self, level: Level, message: impl FnOnce() -> String) -> Result<()> {
        match self.level {
            Some(least) if level <= least => self.ask(Need::Log(level, message())).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Has `work` done where it holds up no other thread.
    pub async fn outside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (give, given) = oneshot::channel();
        self.ask(Need::Work(Box::new(move || drop(give.send(work())))))
            .await?;
        given
            .await
            .map_err(|_| ErrorKind::Internal("work that was not done".into()).into())
    }

    pub async fn rewind(&self) -> Result<()> {
        self.ask(Need::Rewind).await.map(drop)
    }

    pub async fn next_piece(&self) -> Result<Option<Bytes>> {
        self.ask(Need::NextPiece).await
    }

    pub async fn restart(&self) -> Result<()> {
        self.ask(Need::Restart).await.map(drop)
    }

    pub async fn announced(&self, size: u64) -> Result<()> {
        self.ask(Need::Announced(size)).await.map(drop)
    }

    pub async fn whole(&self, content: Vec<u8>) -> Result<()> {
        self.ask(Need::Whole(content)).await.map(drop)
    }

    pub async fn arrived(&self, piece: Bytes) -> Result<()> {
        self.ask(Need::Arrived(piece)).await.map(drop)
    }

    async fn ask(&self, need: Need) -> Result<Option<Bytes>> {
        let gone = || ErrorKind::Internal("an exchange without a caller".into());
        let (answer, answered) = oneshot::channel();
        self.asked
            .send(Asked {
                transfer: self.transfer,
                need,
                answer,
            })
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}
