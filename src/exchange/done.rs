//! Marks packets as done.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use url::Url;

use super::address;
use super::answers::{Question, ask, parsed};
use crate::error::{ErrorKind, Result, Status};
use crate::http::{Http, Limit, PortalRequest};
use crate::wire::{self, Format, PacketKind, Receipt};

/// Whether every receipt can be sent in this form. Entries count from 1.
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

/// What became of a receipt so far.
#[derive(Clone)]
pub(crate) enum Mark {
    NotSent,
    Sent,
    Answered(Result<()>),
}

/// What became of each receipt so far.
pub(crate) type Marks = Mutex<Vec<Mark>>;

/// Marks every receipt that the portal takes, and notes in `marks` what became of each.
///
/// A refused request is repeated in halves until the refused receipts are known. Another failure ends the exchange, since the
/// rest would meet it as well.
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
    let note = |part: Range<usize>, mark: Mark| {
        let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks[part].fill(mark);
    };
    // Parts of the receipts that are still to be sent, the next one last.
    let mut parts: Vec<_> = (0..receipts.len())
        .step_by(settings.done_batch)
        .map(|start| start..receipts.len().min(start + settings.done_batch))
        .rev()
        .collect();
    while let Some(part) = parts.pop() {
        note(part.clone(), Mark::Sent);
        match mark(http, &url, &receipts[part.clone()], format).await {
            Err(error) if error.status() != Status::Rejected => return Err(error),
            Err(_) if part.len() > 1 => {
                note(part.clone(), Mark::NotSent);
                let middle = part.start + part.len() / 2;
                parts.push(middle..part.end);
                parts.push(part.start..middle);
            }
            outcome => note(part, Mark::Answered(outcome)),
        }
    }
    Ok(())
}

async fn mark(http: &Http<'_>, url: &Url, receipts: &[Receipt], format: Format) -> Result<()> {
    let body = wire::write_done(receipts, format)
        .map_err(|why| ErrorKind::InvalidArgument(why.to_string()))?;
    let request = PortalRequest {
        url: url.clone(),
        content_type: format.content_type(),
        body: Some(body.into()),
        limit: Limit::SHORT,
    };
    let body = ask(http, &request, Question::Change).await?;
    parsed(http.settings, &body, wire::parse_done)?;
    http.port.trace.settled();
    Ok(())
}
