//! Faults: rules that make a listener misbehave on purpose.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use hyper::Uri;
use hyper::header::{self, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::bytes_as_json;
use crate::log::Listener;
use crate::storage;

/// A rule: which requests, how many of them, and what happens to them.
///
/// Built from its condition to its action: `Fault::on_portal().path("/pull/").times(2).throttle(Some(1))`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The listener; `None` is either.
    #[serde(default)]
    pub on: Option<Listener>,
    /// The method; `None` is any.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the raw path (without the query); `None` is any.
    #[serde(default)]
    pub path: Option<String>,
    /// The start of the raw path; `None` is any.
    #[serde(default)]
    pub path_prefix: Option<String>,
    /// A part of the raw query; `None` is any.
    #[serde(default)]
    pub query: Option<String>,
    /// So many matching requests go unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// So many matching requests are hit then; 0 is all of them.
    #[serde(default = "once")]
    pub times: u32,
    /// Of these, one in so many is hit, at random.
    #[serde(default = "once")]
    pub one_in: u32,
    /// Another seed hits other ones; the same seed hits the same ones, counted in the order of arrival.
    #[serde(default)]
    pub seed: u64,
    /// What happens to a request that is hit.
    pub action: Action,
}

fn once() -> u32 {
    1
}

/// What happens to a request that a fault hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// This answer in place of the real one.
    Status(Answer),
    /// The request waits, then goes on, the later rules included.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The request is never answered.
    Hang,
    /// The connection closes without an answer; nothing was done.
    DropBeforeHeaders,
    /// The same, but the connection is reset.
    ResetBeforeHeaders,
    /// So many bytes of the request's body are read, then the connection closes without an answer; nothing was done.
    /// Storage only.
    DropWhileReading {
        /// Bytes of the request's body that are read.
        bytes: u64,
    },
    /// Status and headers of the real answer, then the connection closes.
    DropAfterHeaders,
    /// Status and headers of the real answer, then the connection is reset.
    ResetAfterHeaders,
    /// The real answer's head and so many bytes of its body, then the connection closes.
    Truncate {
        /// Bytes of body that are sent.
        bytes: u64,
    },
    /// The real answer's head and so many bytes of its body, then silence.
    Stall {
        /// Bytes of body that are sent.
        bytes: u64,
    },
    /// The real answer in small pieces.
    Trickle {
        /// Bytes a piece.
        bytes_per_chunk: usize,
        /// Milliseconds before each piece.
        ms: u64,
    },
    /// 200 with bytes that are neither JSON nor XML nor text; or with these.
    Garbage {
        /// The bytes.
        #[serde(default, with = "bytes_as_json::optional")]
        body: Option<Vec<u8>>,
    },
    /// 200 with an HTML page, as a captive proxy answers.
    Html,
    /// 429.
    Throttle {
        /// Its `Retry-After`.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// A redirect.
    Redirect {
        /// Its status.
        code: u16,
        /// Where to.
        location: String,
    },
    /// The real answer, but the URL in it has expired already.
    ExpireLinks,
    /// The real pull, but it lists every packet twice, the hidden ones as well.
    DuplicateDelivery,
    /// The real pull, but some of its entries can't be read.
    SpoilEntries(Vec<SpoiltEntry>),
    /// Every receipt handle becomes stale, then the real work is done.
    ExpireHandles,
    /// The real work is done, but the connection closes without an answer.
    LoseAnswer,
    /// The real work is done, but the request is never answered.
    WithholdAnswer,
    /// The real answer without a length: its body ends where the connection does.
    NoLength,
    /// The real answer, but its `Content-Length` is wrong. With one that is too large the connection closes after the
    /// body; with one that is too small it stays open, and the rest of the body stands where the next answer is expected.
    WrongLength {
        /// So many bytes too large; negative: too small.
        by: i64,
    },
}

/// An entry of a pull's list that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoiltEntry {
    /// Its place in the list, from 1. The packet there stays queued and hidden, as any listed one.
    pub place: usize,
    /// What is wrong with it.
    pub how: Spoilt,
}

/// What is wrong with an entry of a pull's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoilt {
    /// It has no `id`.
    NoId,
    /// It has no `receiptHandle`.
    NoReceiptHandle,
    /// It has no `url`.
    NoUrl,
    /// Its `id` is no text but an object, or an element with an element in it.
    NestedId,
    /// It is a bare text.
    Text,
}

/// A made-up answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    pub code: u16,
    /// Headers beyond `Content-Type` and `Content-Length`.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The `Content-Type`, if any.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The body.
    #[serde(default, with = "bytes_as_json")]
    pub body: Vec<u8>,
    /// So many spaces after the body, to make it big.
    #[serde(default)]
    pub padding: usize,
    /// How the body ends too soon, if it does.
    #[serde(default)]
    pub cut: Option<Cut>,
    /// Whether the answer comes before the request's body was read to its end. Storage only.
    #[serde(default)]
    pub early: Option<Early>,
}

/// How a made-up answer's body ends too soon. Its `Content-Length` is the whole body's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cut {
    /// The connection closes.
    Truncate {
        /// Bytes of body that are sent.
        bytes: u64,
    },
    /// Silence.
    Stall {
        /// Bytes of body that are sent.
        bytes: u64,
    },
}

/// When an early answer comes, and what becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// Bytes of the request's body that are read first.
    #[serde(default)]
    pub after: u64,
    /// What happens after the answer.
    pub then: Then,
}

/// What happens after an early answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The connection closes, so that the client sees the answer whole and then the end: what it still sends is thrown
    /// away for ten seconds.
    Close,
    /// The connection stays, and nobody reads from it any more.
    KeepOpen,
}

impl Answer {
    /// This status, without a body.
    pub fn status(code: u16) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }

    /// S3's error document with this `Code`, as `RequestTimeout` or `SlowDown`.
    pub fn s3_error(status: u16, code: &str) -> Self {
        Self {
            code: status,
            content_type: Some("application/xml".to_owned()),
            body: storage::error_document(code, "Made up by a fault.", &[]).into_bytes(),
            ..Self::default()
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds so many spaces after the body.
    pub fn padded(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    /// Closes the connection after so many bytes of the body.
    pub fn truncated(mut self, bytes: u64) -> Self {
        self.cut = Some(Cut::Truncate { bytes });
        self
    }

    /// Falls silent after so many bytes of the body.
    pub fn stalled(mut self, bytes: u64) -> Self {
        self.cut = Some(Cut::Stall { bytes });
        self
    }

    /// Comes as soon as so many bytes of the request's body were read; the rest is not read.
    pub fn early(mut self, after: u64, then: Then) -> Self {
        self.early = Some(Early { after, then });
        self
    }
}

/// The two forms of `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date, so many seconds after the answer.
    DateIn(u64),
}

impl Fault {
    /// Requests to the portal.
    pub fn on_portal() -> When {
        When::on(Some(Listener::Portal))
    }

    /// Requests to the storage.
    pub fn on_storage() -> When {
        When::on(Some(Listener::Storage))
    }

    /// Requests to either listener.
    pub fn anywhere() -> When {
        When::on(None)
    }

    fn matches(&self, listener: Listener, method: &str, uri: &Uri) -> bool {
        let path = uri.path();
        self.on.is_none_or(|on| on == listener)
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| path.contains(part))
            && self
                .path_prefix
                .as_deref()
                .is_none_or(|prefix| path.starts_with(prefix))
            && self
                .query
                .as_deref()
                .is_none_or(|part| uri.query().is_some_and(|query| query.contains(part)))
    }

    /// Whether chance lets the rule hit the request that it matches at this place, from 1.
    fn is_drawn(&self, matched: u32) -> bool {
        // A step of SplitMix64: the seed and the place are enough, so the outcome does not depend on other rules.
        let step = 0x9e37_79b9_7f4a_7c15_u64;
        let mut bits = self
            .seed
            .wrapping_add(step.wrapping_mul(u64::from(matched)));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)).is_multiple_of(u64::from(self.one_in))
    }

    /// Why the rule can't be carried out, if it can't.
    pub(crate) fn check(&self) -> Result<(), String> {
        let reads_a_part = matches!(
            self.action,
            Action::DropWhileReading { .. } | Action::Status(Answer { early: Some(_), .. })
        );
        if reads_a_part && self.on != Some(Listener::Storage) {
            return Err(
                "the portal reads every body to its end: early and drop_while_reading need \"on\": \"storage\""
                    .to_owned(),
            );
        }
        if self.one_in == 0 {
            return Err("one_in must be at least 1".to_owned());
        }
        let code = match &self.action {
            Action::Status(answer) => answer.code,
            Action::Redirect { code, .. } => *code,
            Action::Trickle {
                bytes_per_chunk: 0, ..
            } => return Err("bytes_per_chunk must be at least 1".to_owned()),
            _ => 200,
        };
        if !(200..=599).contains(&code) {
            return Err(format!(
                "{code} is not the status of a final answer (200 to 599)"
            ));
        }
        let (headers, location) = match &self.action {
            Action::Status(answer) => (answer.headers.as_slice(), answer.content_type.as_deref()),
            Action::Redirect { location, .. } => (&[][..], Some(location.as_str())),
            _ => (&[][..], None),
        };
        for value in headers
            .iter()
            .map(|(_, value)| value.as_str())
            .chain(location)
        {
            HeaderValue::from_str(value)
                .map_err(|_| format!("{value:?} can't be a header's value"))?;
        }
        for (name, _) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("{name:?} can't be a header's name"))?;
            if matches!(name, header::CONTENT_LENGTH | header::TRANSFER_ENCODING) {
                return Err(format!(
                    "{name} follows from the body; truncate, stall and no_length spoil it"
                ));
            }
        }
        Ok(())
    }
}

/// A fault whose action is still to be named.
#[derive(Clone, Debug)]
#[must_use = "a condition does nothing until an action makes it a Fault"]
pub struct When(Fault);

impl When {
    fn on(listener: Option<Listener>) -> Self {
        Self(Fault {
            on: listener,
            method: None,
            path: None,
            path_prefix: None,
            query: None,
            skip: 0,
            times: 1,
            one_in: 1,
            seed: 0,
            action: Action::Hang,
        })
    }

    /// Only requests with this method.
    pub fn method(mut self, method: &str) -> Self {
        self.0.method = Some(method.to_owned());
        self
    }

    /// Only requests whose raw path (without the query) holds this.
    pub fn path(mut self, part: &str) -> Self {
        self.0.path = Some(part.to_owned());
        self
    }

    /// Only requests whose raw path starts with this.
    pub fn path_prefix(mut self, prefix: &str) -> Self {
        self.0.path_prefix = Some(prefix.to_owned());
        self
    }

    /// Only requests whose raw query holds this.
    pub fn query(mut self, part: &str) -> Self {
        self.0.query = Some(part.to_owned());
        self
    }

    /// Leaves the first `count` matching requests alone.
    pub fn skip(mut self, count: u32) -> Self {
        self.0.skip = count;
        self
    }

    /// Hits `count` requests (1 unless told); 0 is all of them.
    pub fn times(mut self, count: u32) -> Self {
        self.0.times = count;
        self
    }

    /// Hits every matching request.
    pub fn forever(self) -> Self {
        self.times(0)
    }

    /// Hits one in `count` of the requests that it would hit, at random but for the same seed the same ones.
    pub fn one_in(mut self, count: u32, seed: u64) -> Self {
        self.0.one_in = count;
        self.0.seed = seed;
        self
    }

    /// Does what the action says.
    pub fn act(mut self, action: Action) -> Fault {
        self.0.action = action;
        self.0
    }

    /// Answers with this status and no body.
    pub fn status(self, code: u16) -> Fault {
        self.answer_with(Answer::status(code))
    }

    /// Answers with this status and body.
    pub fn answer(self, code: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Fault {
        let content_type = Some(content_type.to_owned());
        self.answer_with(Answer {
            code,
            content_type,
            body: body.into(),
            ..Answer::default()
        })
    }

    /// Answers with this.
    pub fn answer_with(self, answer: Answer) -> Fault {
        self.act(Action::Status(answer))
    }

    /// Lets the request wait, then go on, the later rules included.
    pub fn delay(self, pause: Duration) -> Fault {
        self.act(Action::Delay { ms: millis(pause) })
    }

    /// Never answers.
    pub fn hang(self) -> Fault {
        self.act(Action::Hang)
    }

    /// Closes the connection without an answer and without doing the work.
    pub fn drop_before_headers(self) -> Fault {
        self.act(Action::DropBeforeHeaders)
    }

    /// Resets the connection without an answer and without doing the work.
    pub fn reset_before_headers(self) -> Fault {
        self.act(Action::ResetBeforeHeaders)
    }

    /// Closes the connection once so many bytes of the request's body were read, without doing the work.
    pub fn drop_while_reading(self, bytes: u64) -> Fault {
        self.act(Action::DropWhileReading { bytes })
    }

    /// Closes the connection after the real answer's head.
    pub fn drop_after_headers(self) -> Fault {
        self.act(Action::DropAfterHeaders)
    }

    /// Resets the connection after the real answer's head.
    pub fn reset_after_headers(self) -> Fault {
        self.act(Action::ResetAfterHeaders)
    }

    /// Closes the connection after so many bytes of the real answer's body.
    pub fn truncate(self, bytes: u64) -> Fault {
        self.act(Action::Truncate { bytes })
    }

    /// Falls silent after so many bytes of the real answer's body.
    pub fn stall(self, bytes: u64) -> Fault {
        self.act(Action::Stall { bytes })
    }

    /// Sends the real answer's body in pieces, with a pause before each.
    pub fn trickle(self, bytes_per_chunk: usize, pause: Duration) -> Fault {
        self.act(Action::Trickle {
            bytes_per_chunk,
            ms: millis(pause),
        })
    }

    /// Answers 200 with bytes that are neither JSON nor XML nor text.
    pub fn garbage(self) -> Fault {
        self.act(Action::Garbage { body: None })
    }

    /// Answers 200 with these bytes, said to be binary.
    pub fn garbage_bytes(self, body: impl Into<Vec<u8>>) -> Fault {
        self.act(Action::Garbage {
            body: Some(body.into()),
        })
    }

    /// Answers 200 with an HTML page, as a captive proxy does.
    pub fn html(self) -> Fault {
        self.act(Action::Html)
    }

    /// Answers 429, with a `Retry-After` in seconds if given.
    pub fn throttle(self, retry_after: Option<u64>) -> Fault {
        self.act(Action::Throttle {
            retry_after: retry_after.map(RetryAfter::Seconds),
        })
    }

    /// Answers 429 with a `Retry-After` that is an HTTP date (in whole seconds) so far ahead.
    pub fn throttle_until(self, from_now: Duration) -> Fault {
        self.act(Action::Throttle {
            retry_after: Some(RetryAfter::DateIn(from_now.as_secs())),
        })
    }

    /// Answers with a redirect.
    pub fn redirect(self, code: u16, location: &str) -> Fault {
        self.act(Action::Redirect {
            code,
            location: location.to_owned(),
        })
    }

    /// Answers a push or a link with a URL that has expired already.
    pub fn expire_links(self) -> Fault {
        self.act(Action::ExpireLinks)
    }

    /// Answers a pull with every packet twice, the hidden ones as well.
    pub fn duplicate_delivery(self) -> Fault {
        self.act(Action::DuplicateDelivery)
    }

    /// Answers a pull with entries that can't be read, at these places (from 1).
    pub fn spoil_entries(self, entries: &[(usize, Spoilt)]) -> Fault {
        let entry = |&(place, how)| SpoiltEntry { place, how };
        self.act(Action::SpoilEntries(entries.iter().map(entry).collect()))
    }

    /// Does the work, then closes the connection without an answer.
    pub fn lose_answer(self) -> Fault {
        self.act(Action::LoseAnswer)
    }

    /// Makes every receipt handle stale, then does the work.
    pub fn expire_handles(self) -> Fault {
        self.act(Action::ExpireHandles)
    }

    /// Does the work, but never answers.
    pub fn withhold_answer(self) -> Fault {
        self.act(Action::WithholdAnswer)
    }

    /// Sends the real answer with a `Content-Length` that is so many bytes too large; negative: too small.
    pub fn wrong_length(self, by: i64) -> Fault {
        self.act(Action::WrongLength { by })
    }

    /// Sends the real answer without a length.
    pub fn no_length(self) -> Fault {
        self.act(Action::NoLength)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A fault in force, and how often it struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultState {
    /// Its number, from 1.
    pub id: u64,
    /// The rule.
    pub fault: Fault,
    /// Requests it matched.
    pub matched: u32,
    /// Requests it hit.
    pub applied: u32,
}

/// What the rules have in store for one request.
#[derive(Default)]
pub(crate) struct Verdict {
    pub delay: Duration,
    pub action: Option<Action>,
    /// The last rule that hit.
    pub by: Option<u64>,
}

#[derive(Default)]
struct Rules {
    in_force: Vec<FaultState>,
    last_id: u64,
}

/// The rules in force, in the order they were added.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Rules>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) -> u64 {
        let mut rules = self.lock();
        rules.last_id += 1;
        let id = rules.last_id;
        rules.in_force.push(FaultState {
            id,
            fault,
            matched: 0,
            applied: 0,
        });
        id
    }

    pub(crate) fn list(&self) -> Vec<FaultState> {
        self.lock().in_force.clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().in_force.clear();
    }

    /// Judges a request; the first rule that hits and isn't a mere delay ends the search.
    pub(crate) fn judge(&self, listener: Listener, method: &str, uri: &Uri) -> Verdict {
        let mut verdict = Verdict::default();
        for rule in &mut self.lock().in_force {
            if !rule.fault.matches(listener, method, uri) {
                continue;
            }
            rule.matched += 1;
            if rule.matched <= rule.fault.skip
                || (rule.fault.times != 0 && rule.applied >= rule.fault.times)
                || !rule.fault.is_drawn(rule.matched)
            {
                continue;
            }
            rule.applied += 1;
            verdict.by = Some(rule.id);
            if let Action::Delay { ms } = rule.fault.action {
                verdict.delay += Duration::from_millis(ms);
            } else {
                verdict.action = Some(rule.fault.action.clone());
                break;
            }
        }
        verdict
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().expect("no panic under the faults' lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_skip_count_and_give_way_in_order() {
        let faults = Faults::default();
        faults.add(Fault::on_portal().delay(Duration::from_millis(5)));
        faults.add(
            Fault::on_portal()
                .path("/pull/")
                .skip(1)
                .times(2)
                .status(500),
        );
        faults.add(Fault::anywhere().forever().hang());
        let judge = |path| faults.judge(Listener::Portal, "GET", &Uri::from_static(path));
        let first = judge("/pull/A");
        assert_eq!(
            (first.delay, first.action, first.by),
            (Duration::from_millis(5), Some(Action::Hang), Some(3))
        );
        assert!(matches!(judge("/pull/A").action, Some(Action::Status(_))));
        assert!(matches!(judge("/push/A").action, Some(Action::Hang)));
        assert!(matches!(judge("/pull/A").action, Some(Action::Status(_))));
        assert!(matches!(judge("/pull/A").action, Some(Action::Hang)));
    }

    #[test]
    fn a_rule_looks_at_the_query_only_if_it_says_so() {
        let faults = Faults::default();
        faults.add(Fault::anywhere().query("path=a%2F").hang());
        let hits = |uri| {
            let uri = Uri::from_static(uri);
            faults.judge(Listener::Portal, "GET", &uri).action.is_some()
        };
        assert!(!hits("/path=a%2F"));
        assert!(!hits("/link?path=b%2Fc"));
        assert!(hits("/link?path=a%2Fc"));
    }

    #[test]
    fn chance_hits_its_share_and_for_a_seed_the_same_ones() {
        let hits = |seed| -> Vec<bool> {
            let faults = Faults::default();
            faults.add(Fault::anywhere().forever().one_in(20, seed).hang());
            (0..10_000)
                .map(|_| {
                    let verdict = faults.judge(Listener::Portal, "GET", &Uri::from_static("/"));
                    verdict.action.is_some()
                })
                .collect()
        };
        let first = hits(1);
        let share = first.iter().filter(|hit| **hit).count();
        assert!((400..600).contains(&share), "{share}");
        assert_eq!(first, hits(1));
        assert_ne!(first, hits(2));
    }

    #[test]
    fn a_rule_reads_as_it_is_documented() {
        let json = r#"{"on":"portal","path":"/pull/","times":2,"action":{"throttle":{"retry_after":{"seconds":1}}}}"#;
        let fault: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(
            fault,
            Fault::on_portal().path("/pull/").times(2).throttle(Some(1))
        );
        assert!(serde_json::from_str::<Fault>(r#"{"pth":"/pull/","action":"hang"}"#).is_err());
        let binary: Fault =
            serde_json::from_str(r#"{"action":{"garbage":{"body":{"base64":"/w=="}}}}"#).unwrap();
        assert_eq!(binary, Fault::anywhere().garbage_bytes([0xff]));
    }

    #[test]
    fn a_rule_that_reads_a_part_of_a_body_needs_the_storage() {
        let answer = Answer::status(403).early(1, Then::Close);
        assert!(
            Fault::anywhere()
                .answer_with(answer.clone())
                .check()
                .is_err()
        );
        assert!(
            Fault::on_storage()
                .answer_with(answer.clone())
                .check()
                .is_ok()
        );
        assert!(Fault::on_portal().drop_while_reading(1).check().is_err());
        let json = r#"{"on":"storage","action":{"status":{"code":403,"early":{"after":1,"then":"close"}}}}"#;
        let fault: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(fault, Fault::on_storage().answer_with(answer));
        let json = r#"{"action":{"spoil_entries":[{"place":2,"how":"no_url"}]}}"#;
        let fault: Fault = serde_json::from_str(json).unwrap();
        assert_eq!(
            fault,
            Fault::anywhere().spoil_entries(&[(2, Spoilt::NoUrl)])
        );
    }
}
