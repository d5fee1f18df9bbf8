//! The verbs of the ERP API as blocking calls: push, pull, link, download, done, and a check of the settings.

use std::fmt;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::batch::Batch;
use crate::call::Call;
use crate::config::{Config, Settings};
use crate::content::{FileSink, FileSource, MemorySink, MemorySource, Sink, Source, Spool};
use crate::drive::{Content, Drive, Limits};
use crate::error::{Error, Result};
use crate::exchange::{self, Marks, Push, Pushed, new_packet_id};
use crate::http::{Engine, Http, SizeLimit};
use crate::ledger::Ledger;
use crate::log::Level;
use crate::packet::PacketWriter;
use crate::port::{Port, Trace};
use crate::receive::Receiver;
use crate::stats::Stats;
use crate::wire::{Format, Packet, PacketKind, Packets, Receipt};

/// Identifies a packet's content in the portal's storage. Made from a listed [`Packet`], or from its `url` alone.
#[derive(Clone, Copy, Debug)]
pub struct PacketUrl<'a>(&'a str);

impl<'a> From<&'a Packet> for PacketUrl<'a> {
    fn from(packet: &'a Packet) -> Self {
        PacketUrl(&packet.url)
    }
}

impl<'a> From<&'a str> for PacketUrl<'a> {
    fn from(url: &'a str) -> Self {
        PacketUrl(url)
    }
}

impl<'a> From<&'a String> for PacketUrl<'a> {
    fn from(url: &'a String) -> Self {
        PacketUrl(url)
    }
}

/// A client for one app area. Any number of threads may use one client at the same time.
///
/// Each call blocks the thread that makes it. The last argument of a call is `None`, or a [`Call`] that sets a
/// time-out, reports progress, or can cancel the call.
///
/// Do not make a call inside an async task: the call fails there with
/// [`Status::InvalidArgument`](crate::Status::InvalidArgument). Use the runtime's `spawn_blocking`, as with any
/// blocking client. A forked child can use the client that it inherited.
pub struct Client {
    engine: Arc<Engine>,
    ledger: Arc<Ledger>,
}

/// Shows the app area and the portal's URL, never the key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app_area", &self.settings().app_area)
            .field("base_url", &self.settings().base_url.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client. This sends no request; use [`check`](Client::check) to test the settings.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`](crate::Status::InvalidConfig): an option is missing or contradicts another option, or
    /// the certificates that an option names cannot be read.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Client {
            engine: Engine::new(Settings::new(config)?)?,
            ledger: Arc::default(),
        })
    }

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    /// Sends a synchronization packet to a mobile user.
    ///
    /// `packet_id` is the packet's unique id at the portal. Pass the ERP's own id, such as a document number, and pass
    /// the same id when you repeat a push that failed. With `None`, the library makes a UUIDv7; the error of a failed
    /// push carries it ([`Error::packet_id`]). That the portal treats two pushes with the same id as one packet is an
    /// assumption: the portal's documentation says only that the id is stored for tracing.
    ///
    /// When this returns `Ok`, the storage has acknowledged every byte.
    pub fn push<'c>(
        &self,
        mobile_user: &str,
        format: Format,
        content: &[u8],
        packet_id: Option<&str>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call.into(), |_| {
            Ok(MemorySource::new(content))
        })
    }

    /// Like [`push`](Client::push), but the content is a file of any size. The file is read in pieces while it is sent.
    /// If the file changes (size or time of modification) during the push, the push fails with
    /// [`Status::FileError`](crate::Status::FileError) and the storage never gets the last piece.
    pub fn push_file<'c>(
        &self,
        mobile_user: &str,
        format: Format,
        path: impl AsRef<Path>,
        packet_id: Option<&str>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call.into(), |_| {
            FileSource::open(path.as_ref())
        })
    }

    /// Like [`push`](Client::push), but the content is read from a stream.
    ///
    /// The stream is first read to its end, because the portal must be told the size and a retry sends the content
    /// again. Up to 1 MiB is kept in memory; a larger content is kept in an unnamed temporary file in the folder
    /// `temp_dir`.
    pub fn push_stream<'c>(
        &self,
        mobile_user: &str,
        format: Format,
        mut content: impl Read,
        packet_id: Option<&str>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call.into(), |limits| {
            let mut spool = Spool::new(self.settings().temp_dir.as_deref());
            spool.fill(&mut content, || limits.check())?;
            Ok(spool)
        })
    }

    /// Like [`push`](Client::push), but the content is a packet that a [`PacketWriter`] has written. It is
    /// [finished](PacketWriter::finish) first. A push that failed can be repeated with the same writer: without a packet
    /// id, the writer makes one for each mobile user and keeps it, so a push that is repeated makes no second packet.
    ///
    /// Without a mobile user, or with an empty one, the packet goes to the one that the writer was made for.
    pub fn push_packet<'c>(
        &self,
        mobile_user: Option<&str>,
        packet: &mut PacketWriter,
        packet_id: Option<&str>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Pushed> {
        let own = packet.mobile_user().map(str::to_string);
        let named = mobile_user.filter(|user| !user.is_empty());
        let Some(mobile_user) = named.or(own.as_deref()) else {
            let problem = "the packet was made for no mobile user, and the push names none";
            return Err(Error::invalid(problem));
        };
        let packet_id = match packet_id {
            Some(own) => own.to_string(),
            None => packet.id_for(mobile_user, new_packet_id),
        };
        let (id, call) = (Some(packet_id.as_str()), call.into());
        self.push_source(mobile_user, Format::Xml, id, call, |_| packet.source())
    }

    fn push_source<S: Source + Send>(
        &self,
        mobile_user: &str,
        format: Format,
        packet_id: Option<&str>,
        call: Option<&Call>,
        open: impl FnOnce(&Limits<'_>) -> Result<S>,
    ) -> Result<Pushed> {
        if let Some(own) = packet_id {
            exchange::check_name("packet id", own)?;
        }
        let packet_id = packet_id.map_or_else(new_packet_id, str::to_string);
        let doing = format!("push of packet {packet_id} to mobile user {mobile_user}");
        self.verb(call, doing, |verb| {
            exchange::check_segment("mobile user", mobile_user)?;
            let content = open(&verb.limits)?;
            let size = content.len();
            if size == 0 {
                return Err(Error::invalid("the packet is empty"));
            }
            let push = Push {
                mobile_user,
                packet_id: &packet_id,
                format,
                size,
            };
            verb.run(Content::From(Box::new(content)), |http| async move {
                exchange::push(&http, &push).await
            })
        })
        .map_err(|error| error.of_packet(&packet_id))
    }

    /// Lists the packets that mobile users sent and that are not marked done.
    ///
    /// A listed packet is hidden from other pulls for a time that the portal sets. Then it is listed again, with a new
    /// receipt handle, until it is marked [`done`](Client::done). So the same id can be listed more than once.
    ///
    /// An entry that cannot be read, for example without an id, a receipt handle or a url, is in
    /// [`Packets::unreadable`]; the other packets are listed all the same.
    pub fn pull<'c>(
        &self,
        kind: PacketKind,
        format: Option<Format>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Packets> {
        let area = &self.settings().app_area;
        let doing = format!("pull of the {} list of app area {area}", kind.as_str());
        self.verb(call.into(), doing, |verb| {
            verb.run(Content::Nothing, |http| async move {
                exchange::pull(&http, kind, format).await
            })
        })
    }

    /// Gets a temporary link to a packet's content.
    ///
    /// Anybody who has the link can download the packet. According to the portal's documentation the download must
    /// begin within 15 minutes. [`download`](Client::download), [`download_file`](Client::download_file) and
    /// [`download_stream`](Client::download_stream) get their own link.
    pub fn link<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<String> {
        let PacketUrl(url) = packet.into();
        self.verb(call.into(), format!("link to {url}"), |verb| {
            verb.run(Content::Nothing, |http| async move {
                exchange::link(&http, url).await.map(String::from)
            })
        })
        .map_err(|error| error.of_packet(url))
    }

    /// Downloads a packet's content into memory. `max_memory_bytes` limits its size.
    pub fn download<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Vec<u8>> {
        let PacketUrl(url) = packet.into();
        let limit = match self.settings().max_memory_bytes {
            bytes if bytes <= self.settings().max_download_bytes => SizeLimit {
                what: "the packet",
                bytes,
                option: "max_memory_bytes",
            },
            _ => SizeLimit::of_downloads(self.settings()),
        };
        let mut memory = MemorySink::default();
        self.verb(call.into(), format!("download of {url}"), |verb| {
            verb.download(url, &mut memory, limit)
        })
        .map_err(|error| error.of_packet(url))?;
        Ok(memory.into_bytes())
    }

    /// Downloads a packet's content to a file and returns its size in bytes.
    ///
    /// The content is first written to a temporary file `.dmerp-*.part` in the same folder. When it is complete and
    /// flushed to the disk, the temporary file is renamed to its final name and replaces an older file. An error or a
    /// cancel removes the temporary file.
    pub fn download_file<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        to: impl AsRef<Path>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<u64> {
        let PacketUrl(url) = packet.into();
        let to = to.as_ref();
        let doing = format!("download of {url} to {}", to.display());
        self.verb(call.into(), doing, |verb| {
            let mut file = FileSink::create(to)?;
            let size = verb.download(url, &mut file, SizeLimit::of_downloads(self.settings()))?;
            file.finish(|| verb.limits.check())?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(url))
    }

    /// Downloads a packet's content, writes it to a stream, and returns its size in bytes.
    ///
    /// Nothing is written to the stream before all of the content has arrived, so a failed download leaves no partial
    /// content in the stream. Until then up to 1 MiB is kept in memory, and a larger content in an unnamed temporary
    /// file in the folder `temp_dir`.
    pub fn download_stream<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        mut to: impl Write,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<u64> {
        let PacketUrl(url) = packet.into();
        let doing = format!("download of {url} to a stream");
        self.verb(call.into(), doing, |verb| {
            let mut spool = Spool::new(self.settings().temp_dir.as_deref());
            let size = verb.download(url, &mut spool, SizeLimit::of_downloads(self.settings()))?;
            spool.give(&mut to, || verb.limits.check())?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(url))
    }

    /// Marks packets as done: the portal no longer lists them. Call it only when you have stored their content safely.
    ///
    /// More than `done_batch` receipts are sent in several requests. If the portal refuses a request, for example
    /// because one receipt handle is stale, the request is split into halves and repeated until the refused receipts
    /// are known; all other packets are marked. Repeating the call is safe. With no receipts, no request is sent.
    ///
    /// # Errors
    /// The error of the first receipt that is not marked. [`Error::results`] has the outcome of each receipt.
    pub fn done<'c>(
        &self,
        receipts: &[Receipt],
        kind: PacketKind,
        format: Option<Format>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<()> {
        let all = receipts.len();
        let format = format.unwrap_or(self.settings().format);
        let doing = format!("done for {all} receipts of the {} list", kind.as_str());
        self.verb(call.into(), doing, |verb| {
            exchange::check_receipts(receipts, format)?;
            let marks = &Marks::new(all);
            let outcome = verb.run(Content::Nothing, |http| async move {
                exchange::done(&http, receipts, kind, format, marks).await
            });
            done_outcome(marks.outcomes(outcome, &verb.trace))
        })
    }

    /// Opens a [`Receiver`], which empties a list: it downloads several packets at the same time and hands them over one
    /// at a time. This sends no request.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) while this client has another receiver of the same
    /// list that has not come to its end and is not closed.
    pub fn receive(&self, kind: PacketKind, format: Option<Format>) -> Result<Receiver> {
        let format = format.unwrap_or(self.settings().format);
        Receiver::open(self.engine.clone(), self.ledger.clone(), kind, format)
    }

    /// Makes an empty [`Batch`], which pushes many packets together.
    pub fn batch(&self) -> Batch {
        Batch::new(self.engine.clone())
    }

    /// Says what this client has done so far.
    pub fn stats(&self) -> Stats {
        let (unmarked, oldest_unmarked) = self.ledger.unmarked();
        Stats {
            unmarked,
            oldest_unmarked,
            ..self.engine.counters().snapshot()
        }
    }

    /// Tests the settings without touching any packet: it asks for a link to a path where nothing is stored.
    ///
    /// # Errors
    /// Each cause has its own status: the key (`AuthenticationFailed`), the app area (`UnknownAppArea`), the network
    /// (`HostNotFound`, `ConnectFailed`, `TimedOut`, `ProxyRefused`), the certificate (`TlsFailed`), or another server
    /// at `base_url` (`BadAnswer`, `NotFound`). If the portal gives the same answer to a wrong app area as to a wrong
    /// key, the status is `AuthenticationFailed`; its message names both.
    pub fn check<'c>(&self, call: impl Into<Option<&'c Call>>) -> Result<()> {
        let settings = self.settings();
        let doing = format!(
            "check of app area {} at {}",
            settings.app_area, settings.base_url
        );
        self.verb(call.into(), doing, |verb| {
            verb.run(Content::Nothing, async move |http| {
                exchange::check(&http).await
            })
        })
    }

    /// Runs one verb. The call's time starts here. The log record and the error say what was being done.
    fn verb<T>(
        &self,
        call: Option<&Call>,
        doing: String,
        work: impl FnOnce(&Verb<'_>) -> Result<T>,
    ) -> Result<T> {
        let verb = Verb {
            engine: &self.engine,
            limits: Limits::new(call, self.settings().overall_timeout),
            trace: Arc::default(),
        };
        let began = Instant::now();
        let result = work(&verb).map_err(|error| {
            error
                .trying(&doing)
                .after(verb.trace.requests())
                .outcome_unknown(verb.trace.is_outcome_unknown())
        });
        if let Some(logger) = &self.settings().logger {
            let ms = began.elapsed().as_millis();
            match &result {
                Ok(_) => logger.log(Level::Info, format_args!("{doing}: done in {ms} ms")),
                Err(error) => logger.log(Level::Error, format_args!("{error} (after {ms} ms)")),
            }
        }
        result
    }
}

/// One call of a verb.
struct Verb<'a> {
    engine: &'a Arc<Engine>,
    limits: Limits<'a>,
    trace: Arc<Trace>,
}

impl Verb<'_> {
    /// Runs the verb's exchange.
    fn run<'v, T: 'v, F: Future<Output = Result<T>> + Send + 'v>(
        &'v self,
        content: Content<'v>,
        exchange: impl FnOnce(Http<'v>) -> F,
    ) -> Result<T> {
        self.limits.check()?;
        let engine = self.engine.current()?;
        let drive = Drive::new(self.engine)?;
        drive.only(content, self.trace.clone(), &self.limits, |port: Port| {
            exchange(Http::new(engine, port))
        })
    }

    fn download<'v>(
        &'v self,
        url: &'v str,
        sink: &'v mut (dyn Sink + Send),
        limit: SizeLimit,
    ) -> Result<u64> {
        self.run(Content::To(sink), |http| async move {
            exchange::download(&http, url, limit).await
        })
    }
}

/// The outcome of a done: the error of the first receipt that is not marked.
fn done_outcome(results: Vec<Option<Error>>) -> Result<()> {
    let all = results.len();
    let marked = results.iter().filter(|result| result.is_none()).count();
    let first = results
        .iter()
        .enumerate()
        .find_map(|(at, result)| Some((at, result.clone()?)));
    match first {
        Some((at, error)) => Err(error
            .outcome_unknown(results.iter().flatten().any(Error::is_outcome_unknown))
            .tried_as(format!(
                "done for {all} receipts: {marked} are marked, receipt {} is not",
                at + 1
            ))
            .with_results(results)),
        None => Ok(()),
    }
}
