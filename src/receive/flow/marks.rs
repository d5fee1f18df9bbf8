//! Marks the packets that the host has handled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Flow, Marking, Told, backoff, fail};
use crate::drive::Content;
use crate::error::{Error, ErrorKind, Result, Status};
use crate::exchange::{self, Marks};
use crate::http::Http;
use crate::log::Level;
use crate::port::Trace;
use crate::receive::shared::Shared;
use crate::receive::state::{Pending, Phase, State};
use crate::receive::summary::{Left, LeftWhy};

/// The longest wait between two tries to mark.
const MARK_WAIT: Duration = Duration::from_secs(30);

impl Flow {
    /// Marks what the host has handled, when it is due. `idle`: the run is about to wait, or to end.
    pub(super) fn mark(&mut self, shared: &Shared, state: &mut State, now: Instant, idle: bool) {
        let receive = &shared.settings().receive;
        let Some(first) = state.pending.front() else {
            return;
        };
        let is_due = idle
            || state.pending.len() >= receive.done_count
            || first.since + receive.done_after <= now;
        let is_final = matches!(&state.failed, Some(failed) if failed.is_final);
        let may = self.mark_at <= now || state.phase != Phase::Running;
        if self.marking.is_none() && is_due && may && !is_final {
            let deadline = match self.marks_until {
                Some(until) => until,
                None => now + shared.settings().overall_timeout,
            };
            let most = shared.settings().done_batch;
            self.start_marking(shared, state, most, deadline);
        }
    }

    pub(super) fn start_marking(
        &mut self,
        shared: &Shared,
        state: &mut State,
        most: usize,
        deadline: Instant,
    ) {
        let format = shared.format;
        let count = state.pending.len().min(most);
        let (writable, unwritable): (Vec<_>, Vec<_>) =
            state.pending.drain(..count).partition(|pending| {
                exchange::check_receipts(std::slice::from_ref(&pending.receipt), format).is_ok()
            });
        for pending in unwritable {
            let reason = format!("its receipt cannot be sent as {}", format.as_str());
            let error = ErrorKind::InvalidArgument(reason).into();
            not_marked(state, &pending, &error);
        }
        let marks = Arc::new(Marks::new(writable.len()));
        let trace = Arc::<Trace>::default();
        let (engine, kind) = (shared.engine.clone(), shared.kind);
        let receipts = writable.iter().map(|pending| pending.receipt.clone());
        let (receipts, outcome) = (receipts.collect::<Vec<_>>(), marks.clone());
        let number = self.drive.start(
            Content::Nothing,
            trace.clone(),
            deadline,
            |port| async move {
                let http = Http::new(&engine, port);
                exchange::done(&http, &receipts, kind, format, &outcome).await?;
                Ok(Told::Marked)
            },
        );
        self.marking = Some(Marking {
            number,
            sent: writable,
            marks,
            trace,
        });
        self.is_urgent = true;
    }

    pub(super) fn marked(&mut self, shared: &Shared, marking: Marking, outcome: Result<()>) {
        let results = marking.marks.outcomes(outcome, &marking.trace);
        let all = marking.sent.len();
        let mut state = shared.state();
        let mut marked = 0;
        let mut again = Vec::new();
        let mut first_error = None;
        let in_doubt = marking.trace.is_outcome_unknown();
        for (mut pending, error) in marking.sent.into_iter().zip(results) {
            pending.in_doubt |= in_doubt;
            let Some(error) = error else {
                marked += 1;
                if shared.ledger.marked(shared.kind, &pending.receipt.id) {
                    state.summary.marked += 1;
                }
                continue;
            };
            let error = error.after(marking.trace.requests());
            if error.concerns_all() && state.failed.is_none() {
                fail(&mut state, error.clone());
            }
            match error.status() {
                // Its handle is stale. The packet is marked when it is listed again.
                Status::Rejected => not_marked(&mut state, &pending, &error),
                _ => again.push((pending, error.clone())),
            }
            first_error.get_or_insert(error);
        }
        let now = Instant::now();
        if again.is_empty() {
            self.failed_marks = 0;
        } else if state.phase == Phase::Running {
            let wait = backoff(
                shared.settings().receive.done_after,
                MARK_WAIT.max(shared.settings().receive.done_after),
                self.failed_marks,
            );
            self.failed_marks += 1;
            self.mark_at = now + wait;
            for (pending, _) in again.into_iter().rev() {
                state.pending.push_front(pending);
            }
        } else {
            // The run ends: there is no later try. The client remembers the packets.
            for (pending, error) in again {
                not_marked(&mut state, &pending, &error);
            }
        }
        // The callback of the log may use the receiver.
        drop(state);
        let doing = format!(
            "done for {all} receipts of the {} list",
            shared.kind.as_str()
        );
        match &first_error {
            None => shared.log(Level::Info, format_args!("{doing}: all marked")),
            Some(error) => shared.log(
                Level::Warning,
                format_args!("{doing}: {marked} marked; {error}"),
            ),
        }
    }

    /// Ends the marking at the end of a run when its time is up. The client remembers what is not marked.
    pub(super) fn give_up_marks(&mut self, shared: &Shared, now: Instant) {
        let timeout = shared.settings().receive.close_timeout;
        let mut state = shared.state();
        if state.phase != Phase::Stopping || now < *self.marks_until.get_or_insert(now + timeout) {
            return;
        }
        let error = Error::from(ErrorKind::TimeoutPassed(timeout));
        for pending in std::mem::take(&mut state.pending) {
            not_marked(&mut state, &pending, &error);
        }
        drop(state);
        if let Some(marking) = self.marking.take() {
            self.drive.end(marking.number);
            self.marked(shared, marking, Err(error));
        }
    }
}

/// A handled packet is not marked. The client remembers it.
fn not_marked(state: &mut State, pending: &Pending, error: &Error) {
    let id = &pending.receipt.id;
    state.no_longer_left(id);
    state.add_left(Left {
        id: Some(id.clone()),
        mobile_user: None,
        why: match pending.in_doubt || error.is_outcome_unknown() {
            true => LeftWhy::MarkUnknown,
            false => LeftWhy::NotMarked,
        },
        status: error.status(),
        reason: error.to_string(),
    });
}
