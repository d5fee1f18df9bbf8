//! The faults of the sandbox, where each can happen, and what the caller must see.

use std::time::Duration;

use dmerp::Status::{self, *};
use dmerp_sandbox::{Answer, Fault, Spoilt, Then, When};

use crate::step::{EVERY, Step, Verb};

/// What happens to a request, and what comes of it.
pub struct Trouble {
    pub name: &'static str,
    pub at: Vec<Step>,
    pub act: fn(When) -> Fault,
    once: Status,
    lasting: Status,
    silent: bool,
    /// Whether it takes `timeout.idle_ms` to notice it.
    pub is_idle: bool,
    exceptions: Vec<(Step, &'static str, &'static str)>,
}

fn trouble(name: &'static str, at: &[Step], act: fn(When) -> Fault) -> Trouble {
    Trouble {
        name,
        at: at.to_vec(),
        act,
        once: Ok,
        lasting: Ok,
        silent: false,
        is_idle: false,
        exceptions: Vec::new(),
    }
}

impl Trouble {
    /// One time is healed by a retry; if it lasts, the caller sees this.
    fn lasting(mut self, status: Status) -> Self {
        self.lasting = status;
        self
    }

    /// Nothing comes any more.
    fn idle(mut self, status: Status) -> Self {
        self.is_idle = true;
        self.lasting(status)
    }

    /// Nothing is tried again: the caller sees this the first time.
    fn at_once(mut self, status: Status) -> Self {
        (self.once, self.lasting) = (status, status);
        self
    }

    /// A key that is refused ends the run of a receiver.
    fn refuses_the_key(self) -> Self {
        self.at_once(AuthenticationFailed)
            .always(
                Step::Link,
                "next: AUTHENTICATION_FAILED; 1 left: NOT_DOWNLOADED, AUTHENTICATION_FAILED; 1 left: NOT_HANDED_OVER",
            )
            .always(
                Step::Done,
                "next: AUTHENTICATION_FAILED; 3 left: NOT_MARKED, AUTHENTICATION_FAILED",
            )
    }

    /// Whether it ends a run amid its packets, so that what was begun at the same time is chance.
    pub fn ends_the_run(&self) -> bool {
        self.once == AuthenticationFailed
    }

    /// There is no answer that says whether an upload or a done was carried out.
    fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// A list has hidden its packets, so the next one does not have them.
    fn after_the_work(self) -> Self {
        let lasting = Step::List.told(Verb::Receive, self.lasting, false);
        self.but(Step::List, "OK, nothing listed", lasting.leak())
    }

    /// At this step the caller sees this once, and this if it lasts.
    fn but(mut self, step: Step, once: &'static str, lasting: &'static str) -> Self {
        self.exceptions.push((step, once, lasting));
        self
    }

    /// At this step the caller sees this, once or lasting.
    fn always(self, step: Step, told: &'static str) -> Self {
        self.but(step, told, told)
    }

    /// What the caller must see.
    pub fn told(&self, verb: Verb, step: Step, lasts: bool) -> String {
        let exception = self.exceptions.iter().find(|(at, ..)| *at == step);
        if let Some((_, once, lasting)) = exception {
            return if lasts { lasting } else { once }.to_string();
        }
        let status = if lasts { self.lasting } else { self.once };
        step.told(verb, status, self.silent && step.is_change())
    }
}

/// All of them.
pub fn troubles() -> Vec<Trouble> {
    use Step::{Done, Download, Link, List, Push, Upload};
    const PORTAL: &[Step] = &[Push, List, Link, Done];
    const WITH_BODY: &[Step] = &[Push, List, Link, Download, Done];
    const STORAGE: &[Step] = &[Upload, Download];
    vec![
        trouble("the answer comes 200 ms late", EVERY, |when| {
            when.delay(Duration::from_millis(200))
        }),
        trouble("the answer comes in pieces", EVERY, |when| {
            when.trickle(20, Duration::from_millis(5))
        }),
        trouble(
            "the connection is closed before the answer",
            EVERY,
            |when| when.drop_before_headers(),
        )
        .lasting(ConnectionLost)
        .silent(),
        trouble("the connection is reset before the answer", EVERY, |when| {
            when.reset_before_headers()
        })
        .lasting(ConnectionLost)
        .silent(),
        trouble(
            "the connection is closed amid the upload",
            &[Upload],
            |when| when.drop_while_reading(1),
        )
        .lasting(ConnectionLost)
        .silent(),
        trouble("no answer", EVERY, |when| when.hang())
            .idle(TimedOut)
            .silent(),
        trouble(
            "carried out, but the connection is closed before the answer",
            EVERY,
            |when| when.lose_answer(),
        )
        .lasting(ConnectionLost)
        .silent()
        .after_the_work(),
        trouble("carried out, but no answer", EVERY, |when| {
            when.withhold_answer()
        })
        .idle(TimedOut)
        .silent()
        .after_the_work(),
        trouble(
            "the connection is closed after the answer's headers",
            WITH_BODY,
            |when| when.drop_after_headers(),
        )
        .lasting(Truncated)
        .silent()
        .after_the_work(),
        trouble(
            "the connection is reset after the answer's headers",
            WITH_BODY,
            |when| when.reset_after_headers(),
        )
        .lasting(Truncated)
        .silent()
        .after_the_work(),
        trouble("the answer is cut", WITH_BODY, |when| when.truncate(1))
            .lasting(Truncated)
            .silent()
            .after_the_work(),
        trouble("the answer stops", WITH_BODY, |when| when.stall(1))
            .idle(TimedOut)
            .silent()
            .after_the_work(),
        trouble("the answer has no length", EVERY, |when| when.no_length())
            .always(Download, "1 left: NOT_DOWNLOADED, BAD_ANSWER"),
        trouble("Content-Length is too large", EVERY, |when| {
            when.wrong_length(5)
        })
        .lasting(Truncated)
        .silent()
        .after_the_work(),
        trouble("Content-Length is too small", PORTAL, |when| {
            when.wrong_length(-5)
        })
        .at_once(BadAnswer)
        .silent()
        .always(Link, "1 left: NOT_DOWNLOADED, STORAGE_REFUSED"),
        // Only the size in the list shows it.
        trouble("Content-Length is too small", &[Download], |when| {
            when.wrong_length(-5)
        })
        .always(Download, "1 left: KEPT"),
        trouble("HTTP 400", PORTAL, |when| when.status(400))
            .at_once(Rejected)
            .but(Done, "OK", "3 left: NOT_MARKED, REJECTED"),
        trouble("HTTP 400", STORAGE, |when| when.status(400)).at_once(StorageRefused),
        trouble("HTTP 401", PORTAL, |when| when.status(401)).refuses_the_key(),
        trouble("HTTP 403, Forbidden", PORTAL, |when| {
            when.answer(403, "application/json", r#"{"message":"Forbidden"}"#)
        })
        .refuses_the_key(),
        trouble("HTTP 403, with another message", PORTAL, |when| {
            when.answer(
                403,
                "application/json",
                r#"{"message":"The licence ended"}"#,
            )
        })
        .at_once(Rejected)
        .always(List, "next: UNKNOWN_APP_AREA"),
        trouble("HTTP 404", EVERY, |when| when.status(404)).at_once(NotFound),
        trouble("HTTP 408", EVERY, |when| when.status(408))
            .lasting(ServerError)
            .silent(),
        trouble("HTTP 429", EVERY, |when| when.throttle(None)).lasting(Throttled),
        trouble("HTTP 429, Retry-After: 1", EVERY, |when| {
            when.throttle(Some(1))
        })
        .lasting(Throttled),
        trouble("HTTP 500", EVERY, |when| when.status(500)).lasting(ServerError),
        trouble("HTTP 502", EVERY, |when| when.status(502))
            .lasting(ServerError)
            .silent(),
        trouble("HTTP 503", EVERY, |when| when.status(503)).lasting(ServerError),
        trouble("HTTP 504", EVERY, |when| when.status(504))
            .lasting(ServerError)
            .silent(),
        trouble("HTTP 503 with 2 MiB of text", EVERY, |when| {
            when.answer_with(Answer::status(503).padded(2 << 20))
        })
        .lasting(ServerError),
        trouble("HTTP 503, cut", EVERY, |when| {
            when.answer_with(Answer::status(503).padded(1000).truncated(10))
        })
        .lasting(ServerError),
        trouble("HTTP 503, then silent", EVERY, |when| {
            when.answer_with(Answer::status(503).padded(1000).stalled(10))
        })
        .idle(ServerError),
        trouble("HTTP 503 amid the upload", &[Upload], |when| {
            when.answer_with(Answer::status(503).early(1, Then::Close))
        })
        .lasting(ServerError),
        trouble("HTTP 503, SlowDown", STORAGE, |when| {
            when.answer_with(Answer::s3_error(503, "SlowDown"))
        })
        .lasting(Throttled),
        trouble("HTTP 400, RequestTimeout", STORAGE, |when| {
            when.answer_with(Answer::s3_error(400, "RequestTimeout"))
        })
        .lasting(ServerError),
        trouble("HTTP 200, InternalError", &[Upload], |when| {
            when.answer_with(Answer::s3_error(200, "InternalError"))
        })
        .lasting(ServerError)
        .silent(),
        trouble(
            "the link is refused: HTTP 403, AccessDenied",
            STORAGE,
            |when| when.answer_with(Answer::s3_error(403, "AccessDenied")),
        )
        .lasting(StorageRefused),
        trouble("the link is refused amid the upload", &[Upload], |when| {
            when.answer_with(Answer::s3_error(403, "AccessDenied").early(1, Then::Close))
        })
        .lasting(StorageRefused),
        trouble(
            "the link's credentials have expired: HTTP 400, ExpiredToken",
            STORAGE,
            |when| when.answer_with(Answer::s3_error(400, "ExpiredToken")),
        )
        .lasting(StorageRefused),
        trouble("the link has expired", &[Push, Link], |when| {
            when.expire_links()
        })
        .lasting(StorageRefused),
        trouble("garbage", &[Push, Upload, List, Link, Done], |when| {
            when.garbage()
        })
        .at_once(BadAnswer)
        .silent(),
        trouble("garbage", &[Download], |when| when.garbage()).always(Download, "1 left: KEPT"),
        trouble("an empty answer", &[Push, Link, Done], |when| {
            when.status(200)
        })
        .at_once(BadAnswer)
        .silent(),
        trouble("an empty answer", &[List, Download], |when| {
            when.status(200)
        })
        .always(List, "OK, nothing listed")
        .always(Download, "1 left: KEPT"),
        trouble("a web page", EVERY, |when| when.html())
            .at_once(BadAnswer)
            .silent(),
        trouble("a redirect", EVERY, |when| {
            when.redirect(307, "http://127.0.0.1:1/")
        })
        .at_once(BadAnswer),
        trouble("an entry without id", &[List], |when| {
            when.spoil_entries(&[(2, Spoilt::NoId)])
        })
        .always(List, "1 left: UNREADABLE, BAD_ANSWER"),
        trouble("an entry without receipt handle", &[List], |when| {
            when.spoil_entries(&[(2, Spoilt::NoReceiptHandle)])
        })
        .always(List, "1 left: UNREADABLE, BAD_ANSWER"),
        trouble("an entry without url", &[List], |when| {
            when.spoil_entries(&[(2, Spoilt::NoUrl)])
        })
        .always(List, "1 left: UNREADABLE, BAD_ANSWER"),
        trouble("an entry whose id is no text", &[List], |when| {
            when.spoil_entries(&[(2, Spoilt::NestedId)])
        })
        .always(List, "1 left: UNREADABLE, BAD_ANSWER"),
        trouble("every packet is listed twice", &[List], |when| {
            when.duplicate_delivery()
        }),
        trouble("the receipt handles are stale", &[Done], |when| {
            when.expire_handles()
        })
        .at_once(Rejected),
    ]
}
