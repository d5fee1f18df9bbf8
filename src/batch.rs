//! Many packets to many mobile users: several at the same time, and one at a time for each mobile user.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::call::Call;
use crate::content::{FileSource, MemorySource, Source};
use crate::drive::{Content, Drive, Ended, Event, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{self, Push, Pushed, new_packet_id};
use crate::http::{Engine, Http};
use crate::log::Level;
use crate::port::Trace;
use crate::wire::Format;

/// A content of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentId(usize);

impl ContentId {
    /// The content's number, counted from 0 in the order in which contents were given.
    pub fn number(self) -> usize {
        self.0
    }

    /// The content with this number. [`Batch::add`] refuses a number that no content has.
    pub fn from_number(number: usize) -> Self {
        ContentId(number)
    }
}

enum Held {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Held {
    fn open(&self) -> Result<Box<dyn Source + Send + '_>> {
        let source: Box<dyn Source + Send> = match self {
            Held::Bytes(bytes) => Box::new(MemorySource::new(bytes)),
            Held::File(path) => Box::new(FileSource::open(path)?),
        };
        match source.len() {
            0 => Err(ErrorKind::InvalidArgument("the packet is empty".into()).into()),
            _ => Ok(source),
        }
    }

    /// The size in bytes, for the progress; 0 if it cannot be told.
    fn len(&self) -> u64 {
        match self {
            Held::Bytes(bytes) => bytes.len() as u64,
            Held::File(path) => path.metadata().map_or(0, |about| about.len()),
        }
    }
}

struct Entry {
    mobile_user: String,
    format: Format,
    content: usize,
    packet_id: String,
    /// `None` if no run has tried it.
    outcome: Option<Result<Pushed>>,
}

impl Entry {
    fn is_stored(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }

    /// Says what was being done, in the words of a single push.
    fn doing(&self) -> String {
        format!(
            "push of packet {} to mobile user {}",
            self.packet_id, self.mobile_user
        )
    }

    fn failed(&self, error: Error) -> Error {
        error.trying(self.doing()).of_packet(&self.packet_id)
    }
}

/// Packets that are pushed together. Give it contents, then entries that say which mobile user gets which content, then
/// [`run`](Batch::run) it.
///
/// ```no_run
/// # fn main() -> dmerp::Result<()> {
/// # let client = dmerp::Client::new(&dmerp::Config::new())?;
/// let mut batch = client.batch();
/// let prices = batch.content(b"<NavMobileSync/>".to_vec());
/// for mobile_user in ["SOFIA01", "SOFIA02"] {
///     batch.add(mobile_user, dmerp::Format::Xml, prices, None)?;
/// }
/// batch.run(None)?;
/// # Ok(())
/// # }
/// ```
pub struct Batch {
    engine: Arc<Engine>,
    contents: Vec<Held>,
    entries: Vec<Entry>,
    ids: HashSet<String>,
}

impl Batch {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Batch {
            engine,
            contents: Vec::new(),
            entries: Vec::new(),
            ids: HashSet::new(),
        }
    }

    /// Takes a content. Any number of entries may send it.
    pub fn content(&mut self, bytes: impl Into<Vec<u8>>) -> ContentId {
        self.hold(Held::Bytes(bytes.into()))
    }

    /// Takes a file as a content. It is opened and read for each entry, when that is pushed. If it changes while it is
    /// sent, that entry fails, as in [`Client::push_file`](crate::Client::push_file).
    pub fn content_file(&mut self, path: impl Into<PathBuf>) -> ContentId {
        self.hold(Held::File(path.into()))
    }

    fn hold(&mut self, content: Held) -> ContentId {
        self.contents.push(content);
        ContentId(self.contents.len() - 1)
    }

    /// Adds an entry and returns its index: 0 for the first one.
    ///
    /// `packet_id` is as in [`Client::push`](crate::Client::push). With `None`, the entry gets a UUIDv7 now, and keeps
    /// it when the batch is run again.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument): a name that no URL can hold, a content of another
    /// batch, or a packet id that another entry of this batch has.
    pub fn add(
        &mut self,
        mobile_user: &str,
        format: Format,
        content: ContentId,
        packet_id: Option<&str>,
    ) -> Result<usize> {
        exchange::check_segment("mobile user", mobile_user)?;
        if let Some(own) = packet_id {
            exchange::check_name("packet id", own)?;
        }
        if content.0 >= self.contents.len() {
            let problem = format!("the batch has no content {}", content.0);
            return Err(ErrorKind::InvalidArgument(problem).into());
        }
        let packet_id = packet_id.map_or_else(new_packet_id, str::to_string);
        if !self.ids.insert(packet_id.clone()) {
            let problem = format!(
                "packet id {packet_id} is in the batch already; two packets of one id would replace each other"
            );
            return Err(ErrorKind::InvalidArgument(problem).into());
        }
        self.entries.push(Entry {
            mobile_user: mobile_user.to_string(),
            format,
            content: content.0,
            packet_id,
            outcome: None,
        });
        Ok(self.entries.len() - 1)
    }

    /// Pushes every entry that is not stored yet: `push.concurrency` at the same time, and those of one mobile user one
    /// after the other, in the order in which they were added. Run it again to send what failed.
    ///
    /// A failure concerns its entry only. If the key, the app area, the certificate or the proxy is refused, no further
    /// entry is tried, and all of these get that error. The call's time-out and a cancel hold for the whole run; its
    /// progress counts the bytes and packets of this run.
    ///
    /// # Errors
    /// The error of the first entry that is not stored. [`results`](Batch::results) has the outcome of each.
    pub fn run<'c>(&mut self, call: impl Into<Option<&'c Call>>) -> Result<()> {
        let settings = self.engine.settings();
        let limits = Limits::new(call.into(), settings.overall_timeout);
        let open: Vec<usize> = (0..self.entries.len())
            .filter(|index| !self.entries[*index].is_stored())
            .collect();
        let outcomes = Run::new(self, &open)?.all(&limits);
        for (index, outcome) in outcomes {
            let entry = &self.entries[index];
            let outcome = outcome.map_err(|error| entry.failed(error));
            self.entries[index].outcome = Some(outcome);
        }
        self.log(open.len());
        self.first_failure()
    }

    fn log(&self, tried: usize) {
        let Some(logger) = &self.engine.settings().logger else {
            return;
        };
        let errors = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.outcome {
                Some(Err(error)) => Some(error),
                _ => None,
            });
        let mut failed = 0;
        for error in errors {
            failed += 1;
            logger.log(Level::Error, format_args!("{error}"));
        }
        logger.log(
            Level::Info,
            format_args!("pushed {} of {tried} packets of a batch", tried - failed),
        );
    }

    fn first_failure(&self) -> Result<()> {
        for entry in &self.entries {
            if let Some(Err(error)) = &entry.outcome {
                return Err(error.clone());
            }
        }
        Ok(())
    }

    /// The outcome of each entry, by its index: `None` if no run has tried it.
    pub fn results(&self) -> Vec<Option<&Result<Pushed>>> {
        let entries = self.entries.iter();
        entries.map(|entry| entry.outcome.as_ref()).collect()
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// One run of a batch.
struct Run<'b> {
    batch: &'b Batch,
    drive: Drive<'b, Pushed>,
    /// The entries of each mobile user that are still to be pushed, in order.
    lanes: HashMap<&'b str, VecDeque<usize>>,
    /// The mobile users whose next entry may start, in the order of their entries.
    free: VecDeque<&'b str>,
    running: HashMap<usize, (usize, Arc<Trace>)>,
    outcomes: Vec<(usize, Result<Pushed>)>,
    /// A refusal that concerns every entry.
    refused: Option<Error>,
}

impl<'b> Run<'b> {
    fn new(batch: &'b Batch, open: &[usize]) -> Result<Self> {
        let mut drive = Drive::new(&batch.engine)?;
        let bytes = |index: &usize| batch.contents[batch.entries[*index].content].len();
        drive.expect(Some(open.iter().map(bytes).sum()), Some(open.len() as u64));
        let mut run = Run {
            batch,
            drive,
            lanes: HashMap::new(),
            free: VecDeque::new(),
            running: HashMap::new(),
            outcomes: Vec::new(),
            refused: None,
        };
        for index in open {
            let mobile_user = batch.entries[*index].mobile_user.as_str();
            let lane = run.lanes.entry(mobile_user).or_default();
            if lane.is_empty() {
                run.free.push_back(mobile_user);
            }
            lane.push_back(*index);
        }
        Ok(run)
    }

    /// Pushes everything, and returns the outcome of each entry.
    fn all(mut self, limits: &Limits<'_>) -> Vec<(usize, Result<Pushed>)> {
        let mut passed = limits.check().err();
        while passed.is_none() {
            self.start(limits);
            if self.running.is_empty() {
                break;
            }
            match self.drive.turn(limits, std::future::pending()) {
                Ok(Event::Ended(ended)) => self.ended(ended),
                Ok(_) => {}
                Err(error) => passed = Some(error),
            }
        }
        // What was running, and what was not begun.
        if let Some(error) = passed.or(self.refused) {
            for (index, trace) in self.running.into_values() {
                self.outcomes
                    .push((index, Err(traced(error.clone(), &trace))));
            }
            for index in self.lanes.into_values().flatten() {
                self.outcomes.push((index, Err(error.clone().after(0))));
            }
        }
        self.outcomes
    }

    fn start(&mut self, limits: &Limits<'_>) {
        let most = self.batch.engine.settings().push_concurrency;
        while self.running.len() < most && self.refused.is_none() {
            let Some(mobile_user) = self.free.pop_front() else {
                return;
            };
            let Some(index) = self
                .lanes
                .get_mut(mobile_user)
                .and_then(VecDeque::pop_front)
            else {
                continue;
            };
            if let Err(error) = self.push(index, limits) {
                self.outcomes.push((index, Err(error)));
                self.free.push_front(mobile_user);
            }
        }
    }

    fn push(&mut self, index: usize, limits: &Limits<'_>) -> Result<()> {
        let batch = self.batch;
        let entry = &batch.entries[index];
        let content = batch.contents[entry.content].open()?;
        let size = content.len();
        let trace = Arc::<Trace>::default();
        let engine = batch.engine.current()?;
        let number = self.drive.start(
            Content::From(content),
            trace.clone(),
            limits.deadline(),
            |port| async move {
                let http = Http::new(engine, port);
                let push = Push {
                    mobile_user: &entry.mobile_user,
                    packet_id: &entry.packet_id,
                    format: entry.format,
                    size,
                };
                exchange::push(&http, &push).await
            },
        );
        self.running.insert(number, (index, trace));
        Ok(())
    }

    fn ended(&mut self, ended: Ended<'b, Pushed>) {
        let Some((index, trace)) = self.running.remove(&ended.number) else {
            return;
        };
        let Some(outcome) = ended.outcome else {
            return;
        };
        let outcome = outcome.map_err(|error| traced(error, &trace));
        if let Err(error) = &outcome
            && error.concerns_all()
        {
            self.refused.get_or_insert_with(|| error.clone());
        }
        self.outcomes.push((index, outcome));
        self.free.push_back(&self.batch.entries[index].mobile_user);
    }
}

fn traced(error: Error, trace: &Trace) -> Error {
    error
        .after(trace.requests())
        .outcome_unknown(trace.is_outcome_unknown())
}
