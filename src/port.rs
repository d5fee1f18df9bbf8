//! How an exchange reaches its caller. An exchange never blocks and calls nobody back: where it needs content, or has a
//! record for the log, it asks through its port and waits until the caller's thread has answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::error::{ErrorKind, Result};
use crate::log::Level;

/// What an exchange asks for.
pub(crate) enum Need {
    /// A record for the log.
    Log(Level, String),
    /// Work that takes its time, such as reading a long list.
    Work(Box<dyn FnOnce()>),
    /// The content that is sent, from its start.
    Rewind,
    /// The next piece of it.
    NextPiece,
    /// Forget what was received.
    Restart,
    /// So many bytes will be received.
    Announced(u64),
    /// The next piece was received.
    Arrived(Bytes),
}

/// A need, who has it, and where the answer goes: a piece for [`Need::NextPiece`], else nothing.
pub(crate) struct Asked {
    pub transfer: usize,
    pub need: Need,
    pub answer: oneshot::Sender<Result<Option<Bytes>>>,
}

/// What one transfer has done so far, for its error.
#[derive(Default)]
pub(crate) struct Trace {
    requests: AtomicU32,
    unanswered: AtomicBool,
    in_doubt: AtomicBool,
}

impl Trace {
    /// How many requests were made.
    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether a request that changes something was sent whole and never answered.
    pub fn is_outcome_unknown(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) || self.in_doubt.load(Ordering::Relaxed)
    }

    /// A request begins. One before it that was never answered may have been carried out.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if self.unanswered.swap(false, Ordering::Relaxed) {
            self.in_doubt.store(true, Ordering::Relaxed);
        }
    }

    /// The last byte of a request that changes something has gone out.
    pub fn sent(&self) {
        self.unanswered.store(true, Ordering::Relaxed);
    }

    /// The server said what became of the request.
    pub fn answered(&self) {
        self.unanswered.store(false, Ordering::Relaxed);
    }

    /// It was carried out, so an earlier try needs no thought.
    pub fn settled(&self) {
        self.answered();
        self.in_doubt.store(false, Ordering::Relaxed);
    }
}

/// The time in which the caller's thread was not waiting but had something else to do, which no server is to blame for.
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

/// One transfer's way to its caller.
pub(crate) struct Port {
    pub transfer: usize,
    pub asked: mpsc::UnboundedSender<Asked>,
    /// The least important records that somebody takes.
    pub level: Option<Level>,
    pub deadline: Instant,
    pub away: Arc<Away>,
    pub trace: Arc<Trace>,
}

impl Port {
    /// Hands over a record for the log, if somebody takes it.
    pub async fn log(&self, level: Level, message: impl FnOnce() -> String) -> Result<()> {
        match self.level {
            Some(least) if level <= least => self.ask(Need::Log(level, message())).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Has `work` done where it holds up no other thread.
    pub async fn outside<T: 'static>(&self, work: impl FnOnce() -> T + 'static) -> Result<T> {
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
