//! Marks packets as done.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::address;
use super::answers::{Question, ask, parsed};
use crate::error::{Error, ErrorKind, Result, Status};
use crate::http::{Http, PortalRequest, SizeLimit};
use crate::port::Trace;
use crate::stats::Verb;
use crate::wire::{self, Format, PacketKind, Receipt};

/// Checks that every receipt can be sent in this format. Error messages count receipts from 1.
pub(crate) fn check_receipts(receipts: &[Receipt], format: Format) -> Result<()> {
    for (at, receipt) in receipts.iter().enumerate() {
        for (what, value) in [
            ("id", &receipt.id),
            ("receipt handle", &receipt.receipt_handle),
        ] {
            if value.is_empty() {
                let problem = format!("the {what} of receipt {} is empty", at + 1);
                return Err(ErrorKind::InvalidArgument(problem).into());
            }
        }
    }
    wire::check_writable(receipts, format)
        .map_err(|why| ErrorKind::InvalidArgument(why.to_string()).into())
}

/// The outcome of one receipt so far.
#[derive(Clone)]
enum Mark {
    /// No request with it was begun.
    NotTried,
    /// The request that runs now has it.
    Tried,
    /// A request with it was sent and never answered.
    InDoubt,
    /// The portal has marked or refused it.
    Answered(Result<()>),
}

/// The outcome of each receipt so far.
pub(crate) struct Marks(Mutex<Vec<Mark>>);

impl Marks {
    /// For this many receipts.
    pub fn new(receipts: usize) -> Self {
        Marks(Mutex::new(vec![Mark::NotTried; receipts]))
    }

    fn note(&self, range: &Range<usize>, mark: Mark) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks[range.clone()].fill(mark);
    }

    /// The outcome of each receipt: `None` if it is marked. An error that ended the exchange is the outcome of every
    /// receipt that was not answered.
    pub fn outcomes(&self, ended: Result<()>, trace: &Trace) -> Vec<Option<Error>> {
        let (ended, unknown) = (ended.err(), trace.is_outcome_unknown());
        let marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = marks.len();
        let errors = marks.iter().map(|mark| match mark {
            Mark::Answered(outcome) => outcome.clone().err(),
            Mark::Tried => ended.clone().map(|error| error.outcome_unknown(unknown)),
            Mark::InDoubt => ended.clone().map(|error| error.outcome_unknown(true)),
            Mark::NotTried => ended.clone(),
        });
        errors
            .enumerate()
            .map(|(at, error)| Some(error?.trying(format!("done for receipt {} of {all}", at + 1))))
            .collect()
    }
}

/// Receipts that go in one request.
struct Part {
    range: Range<usize>,
    in_doubt: bool,
}

impl Part {
    /// What is known of its receipts before they are sent.
    fn mark(&self) -> Mark {
        match self.in_doubt {
            true => Mark::InDoubt,
            false => Mark::NotTried,
        }
    }
}

/// Marks every packet whose receipt the portal accepts, and records the outcome of each in `marks`.
///
/// A refused request is split into halves and repeated until the refused receipts are known. Any other failure ends the
/// exchange: the remaining requests would fail in the same way.
pub(crate) async fn done(
    http: &Http<'_>,
    receipts: &[Receipt],
    kind: PacketKind,
    format: Format,
    marks: &Marks,
) -> Result<()> {
    let settings = http.settings;
    let mut query = vec![("format", format.as_str())];
    if kind == PacketKind::File {
        query.push(("packetType", kind.as_str()));
    }
    let url = address::url(settings, &["pull", &settings.app_area, "done"], &query)?;
    // The parts that are still to be sent. The next one is at the end.
    let mut parts: Vec<_> = (0..receipts.len())
        .step_by(settings.done_batch)
        .map(|start| Part {
            range: start..receipts.len().min(start + settings.done_batch),
            in_doubt: false,
        })
        .rev()
        .collect();
    let trace = &http.port.trace;
    while let Some(part) = parts.pop() {
        let Part { range, in_doubt } = part;
        if !in_doubt {
            marks.note(&range, Mark::Tried);
        }
        // A doubt is noted with the receipts that it is about.
        trace.settled();
        let outcome = mark(http, &url, &receipts[range.clone()], format).await;
        let in_doubt = in_doubt || trace.is_outcome_unknown();
        match outcome {
            Err(error) if !concerns_receipts(&error) => {
                if in_doubt {
                    marks.note(&range, Mark::InDoubt);
                }
                return Err(error);
            }
            Err(_) if range.len() > 1 => {
                let middle = range.start + range.len() / 2;
                for half in [middle..range.end, range.start..middle] {
                    let part = Part {
                        range: half,
                        in_doubt,
                    };
                    marks.note(&part.range, part.mark());
                    parts.push(part);
                }
            }
            Err(error) => marks.note(&range, Mark::Answered(Err(error.outcome_unknown(in_doubt)))),
            Ok(()) => {
                http.counters.marked(range.len());
                http.counters.succeeded(Verb::Done);
                marks.note(&range, Mark::Answered(Ok(())));
            }
        }
    }
    Ok(())
}

/// Whether a refusal can be about one of the receipts, so that others may be taken. One of the caller, the method or the form
/// of the request would meet every part alike.
fn concerns_receipts(error: &Error) -> bool {
    error.status() == Status::Rejected
        && !matches!(error.http_status(), Some(403 | 405 | 406 | 415))
}

async fn mark(http: &Http<'_>, url: &Url, receipts: &[Receipt], format: Format) -> Result<()> {
    let body = wire::write_done(receipts, format)
        .map_err(|why| ErrorKind::InvalidArgument(why.to_string()))?;
    let request = PortalRequest {
        url: url.clone(),
        content_type: format.content_type(),
        body: Some(body.into()),
        limit: SizeLimit::SHORT,
    };
    let body = ask(http, &request, Question::Change).await?;
    let outcome = parsed(&http.settings.api_key, &body, wire::parse_done);
    match &outcome {
        Ok(()) => http.port.trace.settled(),
        Err(error) if error.status() == Status::Rejected => http.port.trace.answered(),
        // Nobody knows what an answer means that cannot be read.
        Err(_) => {}
    }
    outcome
}
