//! The verbs of the ERP API, as blocking calls: push, pull, link, download, done, and a check of the settings.

use std::fmt;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use uuid::{NoContext, Timestamp, Uuid};

use crate::call::Call;
use crate::config::{Config, Settings};
use crate::content::{FileSink, FileSource, MemorySink, MemorySource, Sink, Source, Spool};
use crate::drive::{Content, Drive, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{self, Mark, Marks, Push};
use crate::http::{Engine, Http, Limit};
use crate::log::Level;
use crate::port::{Port, Trace};
use crate::wire::{Format, Packet, PacketKind, Packets, Receipt};

/// What a push left behind, for tracing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pushed {
    /// The packet's unique id: the caller's, or the one made for this push.
    pub packet_id: String,
    /// The portal's name for this synchronization, where it gave one.
    pub sync_log_id: Option<String>,
    /// The packet's size in bytes.
    pub size: u64,
}

/// Where a packet's content is in the portal's storage: a listed [`Packet`], or its `url` alone.
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

/// The way to one app area. Any number of threads may use one client at once.
///
/// The calls block the thread that makes them. Most end with `None`: a [`Call`] is for a time-out, progress, or a cancel.
///
/// Do not make a call in an async task: it is refused there with [`Status::InvalidArgument`](crate::Status::InvalidArgument).
/// As with any blocking client, use the runtime's `spawn_blocking`. A forked child can go on using the client it inherited.
pub struct Client {
    settings: Settings,
    engine: Engine,
}

/// The app area and the portal; never the key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("app_area", &self.settings.app_area)
            .field("base_url", &self.settings.base_url.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client. No request is made: [`check`](Client::check) tries the settings.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`](crate::Status::InvalidConfig): an option is missing or contradicts another, or the
    /// certificates it names cannot be read.
    pub fn new(config: &Config) -> Result<Self> {
        let settings = Settings::new(config)?;
        Ok(Client {
            engine: Engine::new(&settings)?,
            settings,
        })
    }

    /// Sends a synchronization packet to a mobile user.
    ///
    /// `packet_id` is the packet's unique id at the portal. Give the ERP's own, and use it again when you repeat a push that
    /// failed. Without one, a UUIDv7 is made, and the error of a failed push carries it ([`Error::packet_id`]). That the portal
    /// takes two pushes with one id for one packet is an assumption: its page says only that the id is stored for tracing.
    ///
    /// Success means that the storage has acknowledged every byte.
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

    /// Like [`push`](Client::push), with a file of any size as the packet's content. The file is read in pieces as it
    /// is sent; one that is written to meanwhile is not sent.
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

    /// Like [`push`](Client::push), with what a stream gives as the packet's content.
    ///
    /// The stream is read to its end first, since the size must be announced and a retry sends the content again. Up to 1 MiB is
    /// kept in memory, more in an unnamed temporary file in the folder `temp_dir`.
    pub fn push_stream<'c>(
        &self,
        mobile_user: &str,
        format: Format,
        mut content: impl Read,
        packet_id: Option<&str>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call.into(), |limits| {
            let mut spool = Spool::new(self.settings.temp_dir.as_deref());
            spool.fill(&mut content, || limits.check())?;
            Ok(spool)
        })
    }

    fn push_source<S: Source>(
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
            let mut content = open(&verb.limits)?;
            let size = content.len();
            if size == 0 {
                return Err(ErrorKind::InvalidArgument("the packet is empty".into()).into());
            }
            let push = Push {
                mobile_user,
                packet_id: &packet_id,
                format,
                size,
            };
            let sync_log_id = verb.run(Content::Sent(&mut content), async |http| {
                exchange::push(&http, &push).await
            })?;
            Ok(Pushed {
                packet_id: packet_id.clone(),
                sync_log_id,
                size,
            })
        })
        .map_err(|error| error.of_packet(&packet_id))
    }

    /// Lists the packets that mobile users sent and nobody has marked done.
    ///
    /// A listed packet is hidden from other pulls for a time that the portal sets, and listed again after it, with a
    /// new receipt handle, until it is marked [`done`](Client::done). The same id can so be seen twice.
    ///
    /// An entry that lacks its id, receipt handle or url is in [`Packets::unreadable`], and holds up no other.
    pub fn pull<'c>(
        &self,
        kind: PacketKind,
        format: Option<Format>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Packets> {
        let area = &self.settings.app_area;
        let doing = format!("pull of the {} list of app area {area}", kind.as_str());
        self.verb(call.into(), doing, |verb| {
            verb.run(Content::Nothing, async |http| {
                exchange::pull(&http, kind, format).await
            })
        })
    }

    /// Gets a temporary link to a packet's content.
    ///
    /// Whoever has the link can download the packet; the download must begin within 15 minutes, by the portal's page.
    /// [`download`](Client::download) and [`download_file`](Client::download_file) get their own.
    pub fn link<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<String> {
        let PacketUrl(url) = packet.into();
        self.verb(call.into(), format!("link to {url}"), |verb| {
            verb.run(Content::Nothing, async |http| {
                exchange::link(&http, url).await.map(String::from)
            })
        })
        .map_err(|error| error.of_packet(url))
    }

    /// Downloads a packet's content into memory, up to `max_memory_bytes`.
    pub fn download<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<Vec<u8>> {
        let PacketUrl(url) = packet.into();
        let limit = match self.settings.max_memory_bytes {
            bytes if bytes <= self.settings.max_download_bytes => Limit {
                what: "the packet",
                bytes,
                option: "max_memory_bytes",
            },
            _ => self.download_limit(),
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
    /// The file appears under its name, replacing an older one, only when it is whole and on the disk. Until then the
    /// content is in a temporary file `.dmerp-*.part` beside it, which an error or a cancel removes.
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
            let size = verb.download(url, &mut file, self.download_limit())?;
            file.finish()?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(url))
    }

    /// Downloads a packet's content, hands it to a stream, and returns its size in bytes.
    ///
    /// The stream is given content only once all of it has arrived: until then up to 1 MiB is kept in memory, more in an
    /// unnamed temporary file in the folder `temp_dir`. So what fails to arrive leaves no trace in the stream.
    pub fn download_stream<'p, 'c>(
        &self,
        packet: impl Into<PacketUrl<'p>>,
        mut to: impl Write,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<u64> {
        let PacketUrl(url) = packet.into();
        let doing = format!("download of {url} to a stream");
        self.verb(call.into(), doing, |verb| {
            let mut spool = Spool::new(self.settings.temp_dir.as_deref());
            let size = verb.download(url, &mut spool, self.download_limit())?;
            spool.give(&mut to, || verb.limits.check())?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(url))
    }

    fn download_limit(&self) -> Limit {
        Limit {
            what: "the packet",
            bytes: self.settings.max_download_bytes,
            option: "max_download_bytes",
        }
    }

    /// Marks packets as done: the portal lists them no more. Call it only when their content is safely kept.
    ///
    /// More than `done_batch` receipts go in several requests. One that the portal refuses, as a stale one, does not hold up the
    /// others: a refused request is repeated in halves until the refused receipts are known. Repeating the call is safe. No
    /// receipts, no request.
    ///
    /// # Errors
    /// That of the first receipt that is not marked; [`Error::results`] has what became of each.
    pub fn done<'c>(
        &self,
        receipts: &[Receipt],
        kind: PacketKind,
        format: Option<Format>,
        call: impl Into<Option<&'c Call>>,
    ) -> Result<()> {
        let all = receipts.len();
        let format = format.unwrap_or(self.settings.format);
        let doing = format!("done for {all} receipts of the {} list", kind.as_str());
        self.verb(call.into(), doing, |verb| {
            exchange::check_receipts(receipts, format)?;
            let marks = Marks::new(vec![Mark::NotSent; all]);
            let outcome = verb.run(Content::Nothing, async |http| {
                exchange::done(&http, receipts, kind, format, &marks).await
            });
            let marks = marks.into_inner().unwrap_or_else(PoisonError::into_inner);
            done_outcome(marks, outcome.err(), verb.trace.is_outcome_unknown())
        })
    }

    /// Tries the settings, without touching any packet: asks for a link to a path where nothing is.
    ///
    /// # Errors
    /// Each cause has its own status: the key (`AuthenticationFailed`), the area (`UnknownAppArea`), the network
    /// (`HostNotFound`, `ConnectFailed`, `TimedOut`, `ProxyRefused`), the certificate (`TlsFailed`), or something else at
    /// `base_url` (`BadAnswer`, `NotFound`). A portal that answers a wrong area exactly as it answers a wrong key is reported as
    /// `AuthenticationFailed`; its message names both.
    pub fn check<'c>(&self, call: impl Into<Option<&'c Call>>) -> Result<()> {
        let settings = &self.settings;
        let doing = format!(
            "check of app area {} at {}",
            settings.app_area, settings.base_url
        );
        self.verb(call.into(), doing, |verb| {
            verb.run(Content::Nothing, async |http| exchange::check(&http).await)
        })
    }

    /// Runs one verb: its time begins here, and its error or success is told with what was being done.
    fn verb<T>(
        &self,
        call: Option<&Call>,
        doing: String,
        work: impl FnOnce(&Verb<'_>) -> Result<T>,
    ) -> Result<T> {
        let verb = Verb {
            settings: &self.settings,
            engine: self.engine.current(&self.settings)?,
            limits: Limits::new(call, self.settings.overall_timeout),
            trace: Arc::default(),
        };
        let began = Instant::now();
        let result = work(&verb).map_err(|error| {
            error
                .trying(&doing)
                .after(verb.trace.requests())
                .outcome_unknown(verb.trace.is_outcome_unknown())
        });
        if let Some(logger) = &self.settings.logger {
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
    settings: &'a Settings,
    engine: &'a Engine,
    limits: Limits<'a>,
    trace: Arc<Trace>,
}

impl Verb<'_> {
    /// Runs the verb's exchange.
    fn run<'v, T: 'v>(
        &'v self,
        content: Content<'v>,
        exchange: impl AsyncFnOnce(Http<'v>) -> Result<T> + 'v,
    ) -> Result<T> {
        self.limits.check()?;
        let drive = Drive::new(self.engine, self.settings.logger.as_ref(), &self.limits)?;
        drive.only(content, self.trace.clone(), |port: Port| {
            let http = Http::new(self.settings, self.engine, port);
            async move { exchange(http).await }
        })
    }

    fn download<'v>(&'v self, url: &'v str, sink: &'v mut dyn Sink, limit: Limit) -> Result<u64> {
        self.run(Content::Received(sink), async |http| {
            exchange::download(&http, url, limit).await
        })
    }
}

/// The outcome of a done: that of the first receipt that is not marked. What ended the exchange counts for every receipt that
/// was not answered; for one that was sent, the outcome is `unknown` then.
fn done_outcome(marks: Vec<Mark>, ended: Option<Error>, unknown: bool) -> Result<()> {
    let all = marks.len();
    let results: Vec<Option<Error>> = marks
        .into_iter()
        .enumerate()
        .map(|(at, mark)| {
            match mark {
                Mark::Answered(outcome) => outcome.err(),
                Mark::Sent => ended.clone().map(|error| error.outcome_unknown(unknown)),
                Mark::NotSent => ended.clone(),
            }
            .map(|error| error.trying(format!("done for receipt {} of {all}", at + 1)))
        })
        .collect();
    let marked = results.iter().filter(|result| result.is_none()).count();
    let first = results
        .iter()
        .enumerate()
        .find_map(|(at, result)| Some((at, result.clone()?)));
    match first {
        Some((at, error)) => Err(error
            .tried_as(format!(
                "done for {all} receipts: {marked} are marked, receipt {} is not",
                at + 1
            ))
            .with_results(results)),
        None => Ok(()),
    }
}

/// The id of a packet that was given none. It has random bits of its own each time, so ids made at once, also in
/// forked processes, differ.
fn new_packet_id() -> String {
    Uuid::new_v7(Timestamp::now(NoContext)).to_string()
}
