//! Runs exchanges on the caller's thread: one exchange, or many at the same time.
//!
//! The thread waits for the first of these events: a request from an exchange, the end of an exchange, a cancel, the
//! deadline, or the time of the next waiting callback. Files and callbacks, which may block, run between two waits, so
//! they delay no other thread's call on the same client.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::call::{CANCELLED, Call, Progress, STOPPED};
use crate::content::{Landing, Sink, Source};
use crate::error::{ErrorKind, Result};
use crate::http::{Engine, turns};
use crate::log::Logger;
use crate::port::{Asked, Away, Need, Port, Trace};

/// How often a call runs its waiting callback.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The shortest time between two progress reports of a transfer.
const REPORT_EVERY: Duration = Duration::from_millis(50);

/// After this time outside the event loop, a connection that seems open may have been closed.
const ABSENT: Duration = Duration::from_millis(1);

/// The limits of one call: its deadline, and the control that the caller passed, if any.
pub(crate) struct Limits<'a> {
    call: Option<&'a Call>,
    timeout: Duration,
    deadline: Instant,
    next_look: Cell<Instant>,
}

impl<'a> Limits<'a> {
    /// Starts the call's time. The limit is `most`, or the control's own time-out if that is shorter.
    pub fn new(call: Option<&'a Call>, most: Duration) -> Self {
        let own = call.and_then(Call::own_timeout);
        let timeout = own.map_or(most, |own| own.min(most));
        let now = Instant::now();
        Limits {
            call,
            timeout,
            deadline: now + timeout,
            next_look: Cell::new(now + LOOK_EVERY),
        }
    }

    /// Fails if the call was cancelled or its deadline has passed. Runs the waiting callback when it is due.
    pub fn check(&self) -> Result<()> {
        if self.call.is_some_and(Call::is_cancelled) {
            return Err(ErrorKind::Cancelled(CANCELLED).into());
        }
        if Instant::now() >= self.deadline {
            return Err(ErrorKind::TimeoutPassed(self.timeout).into());
        }
        self.look()
    }

    /// Runs the waiting callback if it is due.
    fn look(&self) -> Result<()> {
        let Some(call) = self.call.filter(|call| call.looks()) else {
            return Ok(());
        };
        if Instant::now() < self.next_look.get() {
            return Ok(());
        }
        let answer = call.look();
        self.next_look.set(Instant::now() + LOOK_EVERY);
        go_on(answer)
    }

    /// When the call's time is up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    fn report(&self, progress: Progress) -> Result<()> {
        go_on(
            self.call
                .map_or(ControlFlow::Continue(()), |call| call.report(progress)),
        )
    }

    /// Completes when the call must end, or when its waiting callback is due.
    pub async fn passed(&self) -> Result<()> {
        tokio::select! {
            biased;
            () = self.cancelled() => Err(ErrorKind::Cancelled(CANCELLED).into()),
            () = tokio::time::sleep_until(self.deadline.into()) => {
                Err(ErrorKind::TimeoutPassed(self.timeout).into())
            }
            () = tokio::time::sleep_until(self.next_look.get().into()),
                if self.call.is_some_and(Call::looks) => Ok(()),
        }
    }

    async fn cancelled(&self) {
        match self.call {
            Some(call) => call.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

fn go_on(answer: ControlFlow<()>) -> Result<()> {
    match answer {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ErrorKind::Cancelled(STOPPED).into()),
    }
}

/// What one transfer sends or receives.
pub(crate) enum Content<'a> {
    Nothing,
    From(Box<dyn Source + Send + 'a>),
    To(&'a mut (dyn Sink + Send)),
    Landing(Landing),
}

impl Content<'_> {
    fn source(&mut self) -> Result<&mut dyn Source> {
        match self {
            Content::From(source) => Ok(&mut **source),
            _ => Err(ErrorKind::Internal("an exchange sends what it was not given".into()).into()),
        }
    }

    fn sink(&mut self) -> Result<&mut dyn Sink> {
        match self {
            Content::To(sink) => Ok(&mut **sink),
            Content::Landing(landing) => Ok(landing),
            _ => Err(ErrorKind::Internal("an exchange receives what nobody takes".into()).into()),
        }
    }
}

/// The end of an exchange.
pub(crate) struct Ended<'a, T> {
    pub number: usize,
    /// `None` if the exchange was ended by [`Drive::end`].
    pub outcome: Option<Result<T>>,
    pub content: Content<'a>,
}

/// What ended a wait.
pub(crate) enum Event<'a, T> {
    Ended(Ended<'a, T>),
    /// A request was answered, or the waiting callback ran.
    Worked,
    /// What the caller also waited for has come.
    Due,
}

struct Transfer<'a> {
    content: Content<'a>,
    /// Content bytes handed to the exchange. They count as sent when the exchange asks for the next piece.
    given: u64,
    /// Content bytes sent or received in this try.
    done: u64,
    abort: AbortHandle,
}

/// A running exchange, which ends with its number and its outcome.
type Running<'a, T> = Pin<Box<dyn Future<Output = (usize, Option<Result<T>>)> + Send + 'a>>;

/// Exchanges that run on one thread at a time, and their transfers. Between two waits the drive may go to another
/// thread.
pub(crate) struct Drive<'a, T> {
    engine: Arc<Engine>,
    // Declared before `asked`: fields are dropped in order, and the exchanges hold senders of that channel.
    running: FuturesUnordered<Running<'a, T>>,
    transfers: HashMap<usize, Transfer<'a>>,
    started: usize,
    asks: mpsc::UnboundedSender<Asked>,
    asked: mpsc::UnboundedReceiver<Asked>,
    away: Arc<Away>,
    /// When the last wait ended. The time from then to the next wait does not count as idle.
    left: Option<Instant>,
    progress: Progress,
    reported: Option<Instant>,
}

enum Woken<T> {
    Asked(Asked),
    Ended(usize, Option<Result<T>>),
    Look,
    Due,
}

impl<'a, T: 'a> Drive<'a, T> {
    /// Makes a drive without exchanges, for this process.
    pub fn new(engine: &Arc<Engine>) -> Result<Self> {
        let engine = engine.current()?.clone();
        engine.check_can_wait()?;
        let (asks, asked) = mpsc::unbounded_channel();
        Ok(Drive {
            engine,
            running: FuturesUnordered::new(),
            transfers: HashMap::new(),
            started: 0,
            asks,
            asked,
            away: Arc::default(),
            left: None,
            progress: Progress::default(),
            reported: None,
        })
    }

    /// Sets what the progress counts up to.
    pub fn expect(&mut self, total: Option<u64>, packets_total: Option<u64>) {
        self.progress.total = total;
        self.progress.packets_total = packets_total;
    }

    /// Adds an exchange and returns its number. It starts to run at the next wait, and ends at `deadline`.
    pub fn start<F: Future<Output = Result<T>> + Send + 'a>(
        &mut self,
        content: Content<'a>,
        trace: Arc<Trace>,
        deadline: Instant,
        exchange: impl FnOnce(Port) -> F,
    ) -> usize {
        let number = self.started;
        self.started += 1;
        // At once on the heap: each layer around it would hold a copy on the caller's stack, which may be small.
        let exchange = Box::pin(exchange(Port {
            transfer: number,
            asked: self.asks.clone(),
            level: self.engine.settings().logger.as_ref().map(Logger::level),
            deadline,
            gathers: match &content {
                Content::Landing(landing) => landing.in_memory_at_most(),
                _ => 0,
            },
            away: self.away.clone(),
            trace,
        }));
        let timeout = deadline.saturating_duration_since(Instant::now());
        let exchange = async move {
            let ended = tokio::time::timeout_at(deadline.into(), exchange).await;
            ended.unwrap_or_else(|_| Err(ErrorKind::TimeoutPassed(timeout).into()))
        };
        let (exchange, abort) = abortable(exchange);
        let transfer = Transfer {
            content,
            given: 0,
            done: 0,
            abort,
        };
        self.transfers.insert(number, transfer);
        self.running
            .push(Box::pin(async move { (number, exchange.await.ok()) }));
        number
    }

    /// Ends an exchange early. It still comes out of [`turn`](Drive::turn), without an outcome.
    pub fn end(&self, number: usize) {
        if let Some(transfer) = self.transfers.get(&number) {
            transfer.abort.abort();
        }
    }

    /// How many content bytes a transfer has moved in its present try.
    pub fn moved(&self, number: usize) -> u64 {
        self.transfers.get(&number).map_or(0, |of| of.done)
    }

    /// Whether the last wait was some time ago, so that the event loop has something to do.
    pub fn was_left(&self) -> bool {
        self.left.is_none_or(|left| left.elapsed() > ABSENT)
    }

    /// Waits for the next event: an exchange ended, or asked for something, or the waiting callback was due, or `due`
    /// has come. An `Err` is about the call: a cancel, the deadline, or a callback that ended the call. It ends no
    /// exchange.
    pub fn turn(
        &mut self,
        limits: &Limits<'_>,
        due: impl Future<Output = ()>,
    ) -> Result<Event<'a, T>> {
        // Outside the wait: the callback may block, or use this client.
        limits.check()?;
        match self.wait(limits, due)? {
            Woken::Look => Ok(Event::Worked),
            Woken::Due => Ok(Event::Due),
            Woken::Asked(asked) => self.answer(asked, limits).map(|()| Event::Worked),
            Woken::Ended(number, outcome) => self.ended(number, outcome, limits).map(Event::Ended),
        }
    }

    fn wait(&mut self, limits: &Limits<'_>, due: impl Future<Output = ()>) -> Result<Woken<T>> {
        let was_left = self.was_left();
        if let Some(left) = self.left.take() {
            self.away.add(left.elapsed());
        }
        if was_left {
            // The event loop notices first which idle connections the server has closed, so that no request uses one.
            self.engine.wait(turns());
        }
        let (running, asked) = (&mut self.running, &mut self.asked);
        let woken = self.engine.wait(async {
            tokio::select! {
                biased;
                passed = limits.passed() => passed.map(|()| Woken::Look),
                Some((number, outcome)) = running.next() => Ok(Woken::Ended(number, outcome)),
                Some(need) = asked.recv() => Ok(Woken::Asked(need)),
                () = due => Ok(Woken::Due),
            }
        });
        self.left = Some(Instant::now());
        woken
    }

    /// Answers a request of an exchange. A failure here fails that transfer only; a callback that ends the call ends
    /// the call.
    fn answer(&mut self, asked: Asked, limits: &Limits<'_>) -> Result<()> {
        let Some(transfer) = self.transfers.get_mut(&asked.transfer) else {
            return Ok(());
        };
        let moves_content = !matches!(asked.need, Need::Log(..) | Need::Work(_) | Need::Restart);
        let logger = self.engine.settings().logger.as_ref();
        let answer = transfer.give(asked.need, logger, &mut self.progress);
        // The exchange may have been dropped in the meantime; then nobody receives the answer.
        let _ = asked.answer.send(answer);
        match moves_content {
            true => self.report(limits),
            // A download has no progress to report before its answer has come.
            false => Ok(()),
        }
    }

    fn ended(
        &mut self,
        number: usize,
        outcome: Option<Result<T>>,
        limits: &Limits<'_>,
    ) -> Result<Ended<'a, T>> {
        let Some(mut transfer) = self.transfers.remove(&number) else {
            return Err(ErrorKind::Internal("an exchange that ended twice".into()).into());
        };
        match &outcome {
            Some(Ok(_)) => transfer.complete(&mut self.progress),
            _ => transfer.forget(&mut self.progress),
        }
        let answer = match (&outcome, &transfer.content) {
            (Some(Ok(_)), Content::To(_)) => self.report_last(limits),
            // Nothing that a callback says may turn a stored packet into a failure, or lose one that has landed.
            (Some(Ok(_)), Content::From(_)) => self.report_last(limits).or(Ok(())),
            (Some(Ok(_)), Content::Landing(_)) => self.report(limits).or(Ok(())),
            _ => Ok(()),
        };
        answer.map(|()| Ended {
            number,
            outcome,
            content: transfer.content,
        })
    }

    fn report(&mut self, limits: &Limits<'_>) -> Result<()> {
        match self.reported {
            Some(at) if at.elapsed() < REPORT_EVERY => Ok(()),
            // That all is sent is told when it is stored.
            _ if self.progress.total == Some(self.progress.done) => Ok(()),
            _ => self.report_now(limits),
        }
    }

    /// A report that is not delayed by `REPORT_EVERY`, once all of the content has been transferred.
    fn report_last(&mut self, limits: &Limits<'_>) -> Result<()> {
        match self.progress.packets_total {
            Some(all) if self.progress.packets < all => self.report(limits),
            _ => self.report_now(limits),
        }
    }

    fn report_now(&mut self, limits: &Limits<'_>) -> Result<()> {
        limits.report(self.progress)?;
        self.reported = Some(Instant::now());
        Ok(())
    }

    /// Runs a single exchange to its end.
    pub fn only<F: Future<Output = Result<T>> + Send + 'a>(
        mut self,
        content: Content<'a>,
        trace: Arc<Trace>,
        limits: &Limits<'_>,
        exchange: impl FnOnce(Port) -> F,
    ) -> Result<T> {
        let total = match &content {
            Content::From(source) => Some(source.len()),
            _ => None,
        };
        self.expect(total, Some(1));
        self.start(content, trace, limits.deadline(), exchange);
        loop {
            if let Event::Ended(ended) = self.turn(limits, std::future::pending())? {
                let never = || Err(ErrorKind::Internal("an exchange that never ran".into()).into());
                return ended.outcome.unwrap_or_else(never);
            }
        }
    }
}

impl<T> Drop for Drive<'_, T> {
    fn drop(&mut self) {
        let running = &mut self.running;
        if running.is_empty() {
            return;
        }
        match self.engine.is_of_this_process() {
            true => self.engine.settle(|| running.clear()),
            // In a forked child, the connections belong to the parent.
            false => std::mem::forget(std::mem::take(running)),
        }
    }
}

impl Transfer<'_> {
    fn give(
        &mut self,
        need: Need,
        logger: Option<&Logger>,
        progress: &mut Progress,
    ) -> Result<Option<Bytes>> {
        match need {
            Need::Log(level, message) => {
                if let Some(logger) = logger {
                    logger.log(level, format_args!("{message}"));
                }
            }
            Need::Work(work) => work(),
            Need::Rewind => {
                self.content.source()?.rewind()?;
                self.given = 0;
                self.forget(progress);
            }
            Need::NextPiece => {
                self.moved(self.given - self.done, progress);
                let piece = self.content.source()?.next_piece()?;
                self.given += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                return Ok(piece);
            }
            Need::Restart => {
                self.content.sink()?.restart()?;
                self.forget(progress);
                if progress.packets_total == Some(1) {
                    progress.total = None;
                }
            }
            Need::Announced(size) => {
                self.content.sink()?.reserve(size)?;
                if progress.packets_total == Some(1) {
                    progress.total = Some(size);
                }
            }
            Need::Whole(content) => {
                let size = content.len() as u64;
                self.content.sink()?.take(content)?;
                self.moved(size, progress);
            }
            Need::Arrived(piece) => {
                self.content.sink()?.write(&piece)?;
                self.moved(piece.len() as u64, progress);
            }
        }
        Ok(None)
    }

    fn moved(&mut self, bytes: u64, progress: &mut Progress) {
        self.done += bytes;
        progress.done += bytes;
    }

    /// Takes back what an unfinished try counted.
    fn forget(&mut self, progress: &mut Progress) {
        progress.done -= self.done;
        self.done = 0;
    }

    fn complete(&mut self, progress: &mut Progress) {
        if let Content::From(_) = self.content {
            self.moved(self.given - self.done, progress);
        }
        if !matches!(self.content, Content::Nothing) {
            progress.packets += 1;
        }
    }
}

#[cfg(test)]
mod tests;
