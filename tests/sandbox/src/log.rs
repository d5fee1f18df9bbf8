//! The log of the requests that both listeners received.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::bytes_as_json;

/// A portal request's body is kept up to this size.
const KEPT_BODY: usize = 64 * 1024;

/// So many requests are kept; older ones make room, so that a sandbox can run for weeks.
const KEPT_REQUESTS: usize = 100_000;

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// The ERP API.
    Portal,
    /// The S3 storage.
    Storage,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Its place in the order of arrival, from 1; never used twice, not even after the log was cleared.
    pub seq: u64,
    /// The connection it came on; different for any two connections.
    pub connection: u64,
    /// Who received it.
    pub listener: Listener,
    /// The method.
    pub method: String,
    /// Path and query exactly as sent.
    pub target: String,
    /// Every header as received; names in lower case.
    pub headers: Vec<(String, String)>,
    /// How many bytes of body were received.
    pub body_length: u64,
    /// The body of a portal request, unless it is bigger than 64 KiB.
    #[serde(with = "bytes_as_json::optional")]
    pub body: Option<Vec<u8>>,
    /// What became of it.
    pub outcome: Outcome,
    /// The fault rule that answered or changed the answer, by its number.
    pub fault: Option<u64>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has no answer yet.
    Pending,
    /// It was answered with this status.
    Status(u16),
    /// Its connection ended without an answer, from either side.
    Dropped,
}

impl Request {
    /// The value of the header of that name (in any case), the first one if it was sent more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The decoded value of a query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let (_, value) = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(have, _)| *have == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// The answer's status, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Status(code) => Some(code),
            Outcome::Pending | Outcome::Dropped => None,
        }
    }
}

#[derive(Default)]
struct Kept {
    requests: VecDeque<Request>,
    last_seq: u64,
}

impl Kept {
    fn get_mut(&mut self, seq: u64) -> Option<&mut Request> {
        let first = self.requests.front()?.seq;
        self.requests
            .get_mut(usize::try_from(seq.checked_sub(first)?).ok()?)
    }
}

#[derive(Default)]
pub(crate) struct RequestLog {
    kept: Mutex<Kept>,
    changed: Condvar,
}

impl RequestLog {
    /// Notes a request as its head arrives, so that a test can await one that is never answered.
    pub(crate) fn open(
        self: &Arc<Self>,
        listener: Listener,
        connection: u64,
        head: &Parts,
    ) -> Entry {
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        let mut kept = self.lock();
        kept.last_seq += 1;
        let seq = kept.last_seq;
        if kept.requests.len() == KEPT_REQUESTS {
            kept.requests.pop_front();
        }
        kept.requests.push_back(Request {
            seq,
            connection,
            listener,
            method: head.method.to_string(),
            target: head.uri.to_string(),
            headers: head.headers.iter().map(header).collect(),
            body_length: 0,
            body: None,
            outcome: Outcome::Pending,
            fault: None,
        });
        drop(kept);
        self.changed.notify_all();
        Entry {
            log: Arc::clone(self),
            seq,
            received: Arc::default(),
            settled: false,
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().requests.clear();
    }

    pub(crate) fn wait_for(
        &self,
        matches: impl Fn(&Request) -> bool,
        timeout: Duration,
    ) -> Option<Request> {
        let deadline = Instant::now() + timeout;
        let mut kept = self.lock();
        loop {
            if let Some(found) = kept.requests.iter().find(|request| matches(request)) {
                return Some(found.clone());
            }
            let left = deadline
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())?;
            kept = self
                .changed
                .wait_timeout(kept, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
    }

    fn update(&self, seq: u64, update: impl FnOnce(&mut Request)) {
        if let Some(request) = self.lock().get_mut(seq) {
            update(request);
        }
        self.changed.notify_all();
    }

    /// A caller's predicate may panic under this lock (a failed assertion), which harms nothing in it.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A request on its way through; dropped unanswered, it is logged as such.
pub(crate) struct Entry {
    log: Arc<RequestLog>,
    seq: u64,
    received: Arc<AtomicU64>,
    settled: bool,
}

impl Entry {
    /// Counts the body's bytes as they arrive.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    pub(crate) fn body(&self, body: &[u8]) {
        self.received.store(body.len() as u64, Ordering::Relaxed);
        self.log.update(self.seq, |request| {
            request.body_length = body.len() as u64;
            request.body = (body.len() <= KEPT_BODY).then(|| body.to_vec());
        });
    }

    pub(crate) fn fault(&self, id: u64) {
        self.log
            .update(self.seq, |request| request.fault = Some(id));
    }

    pub(crate) fn answered(mut self, status: u16) {
        self.settle(Outcome::Status(status));
    }

    fn settle(&mut self, outcome: Outcome) {
        self.settled = true;
        let received = self.received.load(Ordering::Relaxed);
        self.log.update(self.seq, |request| {
            request.body_length = received;
            request.outcome = outcome;
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(Outcome::Dropped);
        }
    }
}
