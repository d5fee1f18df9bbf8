//! HTTP as plain blocking calls: deadlines, cancel, retries, limits. The only room that knows reqwest.
//!
//! Everything that may block on something other than the network (callbacks, files) happens between two waits, never
//! inside one: the waits of all threads share one event loop.

mod dns;
mod engine;
mod failure;
mod sink;
mod source;
mod spool;
mod tls;

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Method, Response, StatusCode};
use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};
use tokio::sync::mpsc;
use url::Url;

use self::engine::Engine;
pub(crate) use self::sink::{FileSink, Sink};
pub(crate) use self::source::Source;
pub(crate) use self::spool::Spool;
use crate::call::{CANCELLED, Call, Progress, STOPPED};
use crate::config::Settings;
use crate::error::{ErrorKind, Peer, Result};
use crate::log::Level;
use crate::wire;

/// The largest body read of an answer that should be short: an error page, a link.
const SHORT_ANSWER: u64 = 1024 * 1024;

/// How often a call that waits lets its caller look around.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// One call of a verb: its limits, and what it has used of them.
pub(crate) struct Run<'a> {
    call: &'a Call,
    settings: &'a Settings,
    engine: &'a Engine,
    limit: Duration,
    deadline: Instant,
    /// When the caller is let look around next.
    next_look: Cell<Instant>,
    requests: Cell<u32>,
}

impl Run<'_> {
    /// How many requests were made so far.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        if let Some(logger) = &self.settings.logger {
            logger.log(level, message);
        }
    }

    fn progress(&self, done: u64, total: Option<u64>) -> Result<()> {
        if self.call.report(Progress { done, total }).is_break() {
            return Err(ErrorKind::Cancelled(STOPPED).into());
        }
        Ok(())
    }

    /// Whether the call may still go on, where it has nothing to wait for.
    fn check(&self) -> Result<()> {
        if self.call.is_cancelled() {
            return Err(ErrorKind::Cancelled(CANCELLED).into());
        }
        if Instant::now() >= self.deadline {
            return Err(ErrorKind::DeadlinePassed(self.limit).into());
        }
        self.look()
    }

    /// Lets the caller look around, if it is time.
    fn look(&self) -> Result<()> {
        if !self.call.looks() || Instant::now() < self.next_look.get() {
            return Ok(());
        }
        let answer = self.call.look();
        self.next_look.set(Instant::now() + LOOK_EVERY);
        if answer.is_break() {
            return Err(ErrorKind::Cancelled(STOPPED).into());
        }
        Ok(())
    }

    fn wait<T>(
        &self,
        idle: Option<Duration>,
        waiting_for: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T> {
        self.engine.wait(self, idle, waiting_for, work)
    }

    /// A wait that ends when nothing moves for `timeout.idle_ms`.
    fn step<T>(&self, waiting_for: &'static str, work: impl Future<Output = T>) -> Result<T> {
        self.wait(Some(self.settings.idle_timeout), waiting_for, work)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.engine.settle();
    }
}

/// A request to the portal.
pub(crate) struct PortalRequest {
    pub url: Url,
    /// The body's form; GETs carry it too, as the portal's page asks.
    pub content_type: &'static str,
    /// The body of a POST; a GET where there is none.
    pub body: Option<Bytes>,
    /// The largest answer accepted, in bytes.
    pub limit: Limit,
}

/// A limit on a body from outside, and the option that sets it.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub what: &'static str,
    pub bytes: u64,
    pub option: &'static str,
}

impl Limit {
    /// For answers of a known, small size.
    pub const SHORT: Limit = Limit {
        what: "the answer",
        bytes: SHORT_ANSWER,
        option: "a fixed limit",
    };

    fn exceeded(self) -> ErrorKind {
        ErrorKind::TooLarge {
            what: self.what,
            limit: self.bytes,
            option: self.option,
        }
    }
}

/// An answer whose meaning is for the caller to tell: everything but the failures that are tried again here.
pub(crate) struct Answer {
    pub http_status: u16,
    /// API Gateway's name for its own refusals (`x-amzn-ErrorType`).
    pub error_type: Option<String>,
    /// Where a redirect points, without its query.
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http_status)
    }
}

/// How a transfer with the storage ended.
pub(crate) enum Transfer {
    /// Whole; so many content bytes.
    Done(u64),
    /// Refused by the storage.
    Refused(Answer),
}

/// The way to the portal and the storage.
pub(crate) struct Transport {
    settings: Settings,
    engine: Engine,
}

impl Transport {
    pub fn new(settings: Settings) -> Result<Self> {
        Ok(Transport {
            engine: Engine::new(&settings)?,
            settings,
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Begins a call: its time runs from here.
    pub fn begin<'a>(&'a self, call: &'a Call) -> Result<Run<'a>> {
        let overall = self.settings.overall_timeout;
        let limit = call.limit().map_or(overall, |own| own.min(overall));
        let now = Instant::now();
        Ok(Run {
            call,
            settings: &self.settings,
            engine: self.engine.current(&self.settings)?,
            limit,
            deadline: now + limit,
            next_look: Cell::new(now + LOOK_EVERY),
            requests: Cell::new(0),
        })
    }

    /// Asks the portal, again where that can help.
    pub fn portal(&self, run: &Run<'_>, request: &PortalRequest) -> Result<Answer> {
        self.retrying(run, || {
            let method = match request.body {
                Some(_) => Method::POST,
                None => Method::GET,
            };
            let key = HeaderValue::from_maybe_shared(self.settings.api_key.bytes())
                .map_err(|_| ErrorKind::InvalidConfig("api_key cannot be sent in a header".into()))
                .map(|mut key| {
                    key.set_sensitive(true);
                    key
                })?;
            let mut builder = run
                .engine
                .http()
                .request(method, request.url.clone())
                .header("x-api-key", key)
                .header(CONTENT_TYPE, request.content_type);
            if let Some(body) = &request.body {
                builder = builder.body(body.clone());
            }
            let sent = self.announce(
                run,
                if request.body.is_some() {
                    "POST"
                } else {
                    "GET"
                },
                &request.url,
            )?;
            let response = run.step("waiting for the portal's answer", fresh(builder.send()))?;
            let response = self.received(run, sent, response)?;
            self.answer(run, Peer::Portal, response, request.limit)
        })
    }

    /// Sends content to a temporary link. Only the storage's own success, after the last byte, counts as done.
    pub fn upload(
        &self,
        run: &Run<'_>,
        link: &Url,
        content: &mut Source<'_>,
        content_type: &str,
    ) -> Result<Transfer> {
        self.retrying(run, || {
            content.rewind()?;
            let (pieces, body) = UploadBody::new(content.len());
            let sent = self.announce(run, "PUT", link)?;
            let response = run
                .engine
                .http()
                .put(link.clone())
                .header(CONTENT_TYPE, content_type)
                .header(CONTENT_LENGTH, content.len())
                .body(reqwest::Body::wrap(body))
                .send();
            let mut response = Box::pin(fresh(response));
            let mut done = 0;
            let early = loop {
                let Some(piece) = content.next_piece()? else {
                    break None;
                };
                done += piece.len() as u64;
                let early = run.step("sending to the storage", async {
                    tokio::select! {
                        biased;
                        answer = &mut response => Some(answer),
                        _ = pieces.send(piece) => None,
                    }
                })?;
                if early.is_some() {
                    break early;
                }
                run.progress(done, Some(content.len()))?;
            };
            drop(pieces);
            let whole = early.is_none();
            let response = match early {
                Some(answer) => answer,
                None => run.step("waiting for the storage's answer", response)?,
            };
            let response = self.received(run, sent, response)?;
            let answer = self.answer(run, Peer::Storage, response, Limit::SHORT)?;
            if !answer.is_success() {
                return Ok(Transfer::Refused(answer));
            }
            // A page of something between answers 2xx as well, and stores nothing.
            let stored = matches!(answer.http_status, 200 | 201 | 204);
            if !whole || !stored || wire::is_html(&answer.body) {
                return Err(ErrorKind::BadAnswer {
                    http_status: Some(answer.http_status),
                    found: format!(
                        "HTTP {} to an upload, but not as the storage says that it is stored",
                        answer.http_status
                    ),
                }
                .into());
            }
            Ok(Transfer::Done(content.len()))
        })
    }

    /// Fetches a temporary link's content into `sink`, which holds it whole when this returns `Done`.
    pub fn download(
        &self,
        run: &Run<'_>,
        link: &Url,
        sink: &mut dyn Sink,
        limit: Limit,
    ) -> Result<Transfer> {
        self.retrying(run, || {
            sink.restart()?;
            let sent = self.announce(run, "GET", link)?;
            let response = run.engine.http().get(link.clone()).send();
            let response = run.step("waiting for the storage's answer", fresh(response))?;
            let mut response = self.received(run, sent, response)?;
            if response.status() != StatusCode::OK {
                return self
                    .answer(run, Peer::Storage, response, Limit::SHORT)
                    .map(Transfer::Refused);
            }
            if text(response.headers(), "content-type")
                .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
            {
                return Err(ErrorKind::BadAnswer {
                    http_status: Some(200),
                    found: "an HTML page in the packet's place".into(),
                }
                .into());
            }
            let total = response.content_length();
            if total.is_none() && !response.headers().contains_key(TRANSFER_ENCODING) {
                return Err(ErrorKind::BadAnswer {
                    http_status: Some(200),
                    found: "a download of unannounced length, of which a part could not be told from the whole".into(),
                }
                .into());
            }
            let mut done = 0;
            run.progress(done, total)?;
            while let Some(piece) = self.piece(run, &mut response, done, limit)? {
                sink.write(&piece)?;
                done += piece.len() as u64;
                run.progress(done, total)?;
            }
            Ok(Transfer::Done(done))
        })
    }

    /// Tries again what can succeed when repeated: each request of this crate may be sent twice without harm.
    fn retrying<T>(&self, run: &Run<'_>, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        let settings = &self.settings;
        let policy = ExponentialBackoff::builder()
            .retry_bounds(settings.retry_base, settings.retry_max)
            .jitter(Jitter::Full)
            .build_with_max_retries(settings.max_attempts - 1);
        let mut past_retries = 0;
        loop {
            run.check()?;
            run.requests.set(run.requests.get() + 1);
            let error = match attempt() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let now = SystemTime::now();
            let pause = match policy.should_retry(now, past_retries) {
                RetryDecision::Retry { execute_after } if error.kind().is_transient() => {
                    let own = execute_after.duration_since(now).unwrap_or_default();
                    own.max(error.kind().retry_after().unwrap_or_default())
                }
                _ => return Err(error),
            };
            // What is known now helps more than a deadline that passes while waiting.
            if Instant::now() + pause >= run.deadline {
                return Err(error);
            }
            run.log(
                Level::Warning,
                format_args!("{error}; trying again in {} ms", pause.as_millis()),
            );
            run.wait(None, "waiting to try again", async {
                tokio::time::sleep(pause).await;
            })?;
            past_retries += 1;
        }
    }

    fn announce(&self, run: &Run<'_>, method: &'static str, url: &Url) -> Result<Sent> {
        let sent = Sent {
            what: format!("{method} {}", without_query(url)),
            to: url.origin().ascii_serialization(),
            at: Instant::now(),
        };
        run.log(Level::Debug, format_args!("{}", sent.what));
        Ok(sent)
    }

    fn received(
        &self,
        run: &Run<'_>,
        sent: Sent,
        response: std::result::Result<Response, reqwest::Error>,
    ) -> Result<Response> {
        let response =
            response.map_err(|error| failure::before_answer(error, &self.settings, &sent.to))?;
        run.log(
            Level::Debug,
            format_args!(
                "{} -> {} after {} ms",
                sent.what,
                response.status().as_u16(),
                sent.at.elapsed().as_millis()
            ),
        );
        Ok(response)
    }

    /// Reads a whole answer, and turns the failures that are tried again into errors.
    fn answer(
        &self,
        run: &Run<'_>,
        peer: Peer,
        mut response: Response,
        limit: Limit,
    ) -> Result<Answer> {
        let http_status = response.status().as_u16();
        let mut body = Vec::new();
        // An error page tells enough in its beginning.
        let limit = if response.status().is_success() {
            limit
        } else {
            Limit::SHORT
        };
        while let Some(piece) = self.piece(run, &mut response, body.len() as u64, limit)? {
            body.extend_from_slice(&piece);
        }
        let server_message = || wire::server_message(&self.settings.api_key.redact_bytes(&body));
        match http_status {
            429 => Err(ErrorKind::Throttled {
                http_status,
                server_message: server_message(),
                retry_after: retry_after(response.headers()),
            }
            .into()),
            408 | 500.. => Err(ErrorKind::ServerError {
                peer,
                http_status,
                server_message: server_message(),
                retry_after: retry_after(response.headers()),
            }
            .into()),
            _ => Ok(Answer {
                http_status,
                error_type: text(response.headers(), "x-amzn-errortype"),
                location: text(response.headers(), "location").map(|to| {
                    self.settings
                        .api_key
                        .redact(to.split(['?', '#']).next().unwrap_or_default())
                }),
                body,
            }),
        }
    }

    /// The next piece of a body, within its limit.
    fn piece(
        &self,
        run: &Run<'_>,
        response: &mut Response,
        received: u64,
        limit: Limit,
    ) -> Result<Option<Bytes>> {
        // content_length() counts what is left, so the header is read.
        let announced = text(response.headers(), "content-length").and_then(|n| n.parse().ok());
        if announced.is_some_and(|length: u64| length > limit.bytes) {
            return Err(limit.exceeded().into());
        }
        let piece = run
            .step("receiving", response.chunk())?
            .map_err(|_| ErrorKind::Truncated {
                received,
                expected: announced,
            })?;
        match piece {
            Some(piece) if received + piece.len() as u64 > limit.bytes => {
                Err(limit.exceeded().into())
            }
            piece => Ok(piece),
        }
    }
}

/// A request on its way, for the log.
struct Sent {
    what: String,
    /// Scheme, host and port.
    to: String,
    at: Instant,
}

/// Sends a request when the event loop has seen which idle connections the server has closed, so that it uses none of
/// them.
async fn fresh<T>(request: impl Future<Output = T>) -> T {
    engine::turns().await;
    request.await
}

fn without_query(url: &Url) -> &str {
    url.as_str().split('?').next().unwrap_or_default()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_string)
}

/// `Retry-After` in both its forms: seconds, or an HTTP date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, "retry-after")?;
    let wait = match value.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value.trim())
            .ok()?
            .duration_since(SystemTime::now())
            .ok()?,
    };
    // Longer than any call; more would overflow the clock.
    Some(wait.min(Duration::from_secs(365 * 86_400)))
}

/// A body of known length that is fed from the caller's thread.
struct UploadBody {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

impl UploadBody {
    fn new(len: u64) -> (mpsc::Sender<Bytes>, Self) {
        let (sender, pieces) = mpsc::channel(1);
        (sender, UploadBody { pieces, left: len })
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        self.pieces.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Ok(Frame::data(piece))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
