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
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::call::{CANCELLED, Call, Progress, STOPPED};
use crate::content::{Sink, Source};
use crate::error::{ErrorKind, Result};
use crate::http::Engine;
use crate::log::Logger;
use crate::port::{Asked, Away, Need, Port, Trace};

/// How often a call runs its waiting callback.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The shortest time between two progress reports of a transfer.
const REPORT_EVERY: Duration = Duration::from_millis(50);

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

    fn report(&self, progress: Progress) -> Result<()> {
        go_on(
            self.call
                .map_or(ControlFlow::Continue(()), |call| call.report(progress)),
        )
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
    From(&'a mut dyn Source),
    To(&'a mut dyn Sink),
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
            _ => Err(ErrorKind::Internal("an exchange receives what nobody takes".into()).into()),
        }
    }
}

struct Ongoing<'a> {
    content: Content<'a>,
    /// Content bytes handed to the exchange. They count as sent when the exchange asks for the next piece.
    given: u64,
    progress: Progress,
    reported: Option<(Progress, Instant)>,
}

/// A running exchange, which ends with its number and its outcome.
type Running<'a, T> = Pin<Box<dyn Future<Output = (usize, Result<T>)> + 'a>>;

/// The exchanges that run on one thread, and their transfers.
pub(crate) struct Drive<'a, T> {
    engine: &'a Engine,
    logger: Option<&'a Logger>,
    limits: &'a Limits<'a>,
    // Declared before `asked`: fields are dropped in order, and the exchanges hold senders of that channel.
    running: FuturesUnordered<Running<'a, T>>,
    transfers: HashMap<usize, Ongoing<'a>>,
    started: usize,
    asks: mpsc::UnboundedSender<Asked>,
    asked: mpsc::UnboundedReceiver<Asked>,
    away: Arc<Away>,
}

enum Event<T> {
    Asked(Asked),
    Ended(usize, Result<T>),
    Look,
}

impl<'a, T: 'a> Drive<'a, T> {
    pub fn new(
        engine: &'a Engine,
        logger: Option<&'a Logger>,
        limits: &'a Limits<'a>,
    ) -> Result<Self> {
        engine.check_can_wait()?;
        let (asks, asked) = mpsc::unbounded_channel();
        Ok(Drive {
            engine,
            logger,
            limits,
            running: FuturesUnordered::new(),
            transfers: HashMap::new(),
            started: 0,
            asks,
            asked,
            away: Arc::default(),
        })
    }

    /// Adds an exchange and returns its number. It starts to run at the next wait.
    pub fn start<F: Future<Output = Result<T>> + 'a>(
        &mut self,
        content: Content<'a>,
        trace: Arc<Trace>,
        exchange: impl FnOnce(Port) -> F,
    ) -> usize {
        let number = self.started;
        self.started += 1;
        let total = match &content {
            Content::From(source) => Some(source.len()),
            _ => None,
        };
        self.transfers.insert(
            number,
            Ongoing {
                content,
                given: 0,
                progress: Progress { done: 0, total },
                reported: None,
            },
        );
        let exchange = exchange(Port {
            transfer: number,
            asked: self.asks.clone(),
            level: self.logger.map(Logger::level),
            deadline: self.limits.deadline,
            away: self.away.clone(),
            trace,
        });
        self.running
            .push(Box::pin(async move { (number, exchange.await) }));
        number
    }

    /// Waits until an exchange has ended, and returns its number and outcome; `None` if no exchange is left. An `Err`
    /// ends all exchanges: a cancel, the deadline, or a callback that ended the call.
    pub fn next(&mut self) -> Result<Option<(usize, Result<T>)>> {
        loop {
            if self.running.is_empty() {
                return Ok(None);
            }
            // Outside the wait: the callback may block, or use this client.
            self.outside(|drive| drive.limits.check())?;
            match self.wait()? {
                Event::Look => {}
                Event::Asked(asked) => self.outside(|drive| drive.answer(asked))?,
                Event::Ended(number, outcome) => {
                    if let Some(mut transfer) = self.transfers.remove(&number)
                        && outcome.is_ok()
                        && let Content::To(_) = transfer.content
                    {
                        transfer.report_last(self.limits)?;
                    }
                    return Ok(Some((number, outcome)));
                }
            }
        }
    }

    /// Runs work that may block, and does not count its time as idle.
    fn outside(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let began = Instant::now();
        let outcome = work(self);
        self.away.add(began.elapsed());
        outcome
    }

    fn wait(&mut self) -> Result<Event<T>> {
        let limits = self.limits;
        let (running, asked) = (&mut self.running, &mut self.asked);
        self.engine.wait(async {
            tokio::select! {
                biased;
                () = limits.cancelled() => Err(ErrorKind::Cancelled(CANCELLED).into()),
                Some((number, outcome)) = running.next() => Ok(Event::Ended(number, outcome)),
                Some(need) = asked.recv() => Ok(Event::Asked(need)),
                () = tokio::time::sleep_until(limits.deadline.into()) => {
                    Err(ErrorKind::TimeoutPassed(limits.timeout).into())
                }
                () = tokio::time::sleep_until(limits.next_look.get().into()),
                    if limits.call.is_some_and(Call::looks) => Ok(Event::Look),
            }
        })
    }

    /// Answers a request of an exchange. A failure here fails that transfer only; a callback that ends the call ends
    /// all.
    fn answer(&mut self, asked: Asked) -> Result<()> {
        let Some(transfer) = self.transfers.get_mut(&asked.transfer) else {
            return Ok(());
        };
        let moves_content = !matches!(asked.need, Need::Log(..) | Need::Work(_) | Need::Restart);
        let answer = transfer.give(asked.need, self.logger);
        // A download has no progress to report before its answer has come.
        if moves_content {
            transfer.report(self.limits)?;
        }
        // The exchange may have been dropped in the meantime; then nobody receives the answer.
        let _ = asked.answer.send(answer);
        Ok(())
    }

    /// Runs a single exchange to its end.
    pub fn only<F: Future<Output = Result<T>> + 'a>(
        mut self,
        content: Content<'a>,
        trace: Arc<Trace>,
        exchange: impl FnOnce(Port) -> F,
    ) -> Result<T> {
        self.start(content, trace, exchange);
        match self.next()? {
            Some((_, outcome)) => outcome,
            None => Err(ErrorKind::Internal("an exchange that never ran".into()).into()),
        }
    }
}

impl<T> Drop for Drive<'_, T> {
    fn drop(&mut self) {
        let running = &mut self.running;
        self.engine.settle(|| running.clear());
    }
}

impl Ongoing<'_> {
    fn give(&mut self, need: Need, logger: Option<&Logger>) -> Result<Option<Bytes>> {
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
                self.progress.done = 0;
            }
            Need::NextPiece => {
                self.progress.done = self.given;
                let piece = self.content.source()?.next_piece()?;
                self.given += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                return Ok(piece);
            }
            Need::Restart => {
                self.content.sink()?.restart()?;
                self.progress = Progress {
                    done: 0,
                    total: None,
                };
            }
            Need::Announced(size) => {
                self.content.sink()?.reserve(size)?;
                self.progress.total = Some(size);
            }
            Need::Arrived(piece) => {
                self.content.sink()?.write(&piece)?;
                self.progress.done += piece.len() as u64;
            }
        }
        Ok(None)
    }

    fn report(&mut self, limits: &Limits<'_>) -> Result<()> {
        let whole_is_sent = matches!(self.content, Content::From(_))
            && self.progress.total == Some(self.progress.done);
        if whole_is_sent {
            return self.report_last(limits);
        }
        match self.reported {
            Some((_, at)) if at.elapsed() < REPORT_EVERY => Ok(()),
            _ => self.report_now(limits),
        }
    }

    /// The last report of a transfer: not delayed by `REPORT_EVERY`.
    fn report_last(&mut self, limits: &Limits<'_>) -> Result<()> {
        match self.reported {
            Some((last, _)) if last == self.progress => Ok(()),
            _ => self.report_now(limits),
        }
    }

    fn report_now(&mut self, limits: &Limits<'_>) -> Result<()> {
        limits.report(self.progress)?;
        self.reported = Some((self.progress, Instant::now()));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
