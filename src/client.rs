//! The verbs of the ERP API: push, pull, link, download, done, and a check of the settings.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;
use uuid::{NoContext, Timestamp, Uuid};

use crate::call::Call;
use crate::config::{Config, Settings};
use crate::error::{Error, ErrorKind, Peer, Result, Status};
use crate::log::Level;
use crate::transport::{
    Answer, FileSink, Limit, PortalRequest, Run, Sink, Source, Spool, Transfer, Transport,
};
use crate::wire::{self, Format, PacketKind, Packets, Receipt, WireError};

/// Everything but RFC 3986's unreserved characters: a name reaches the server as it is, whatever it holds.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const MAX_NAME: usize = 1024;

/// A link asked for by [`Client::check`]; nothing is ever stored there.
const CHECK_PATH: &str = "dmerp-connection-check";

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

/// The way to one app area. Any number of threads may use one client at once.
///
/// The calls block; none of them starts a thread. Do not make them from an async task: as with any blocking client,
/// use the runtime's `spawn_blocking`. A forked child can go on using the client it inherited.
pub struct Client {
    transport: Transport,
}

impl Client {
    /// Makes a client. No request is made: [`check`](Client::check) tries the settings.
    ///
    /// # Errors
    /// [`Status::InvalidConfig`](crate::Status::InvalidConfig): an option is missing or contradicts another, or the
    /// certificates it names cannot be read.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Client {
            transport: Transport::new(Settings::new(config)?)?,
        })
    }

    /// Sends a synchronization packet to a mobile user.
    ///
    /// `packet_id` is the packet's unique id at the portal. Give the ERP's own and use it again when repeating a push
    /// that failed, so that the portal knows both for the same packet; without one, a UUIDv7 is made, and the error of
    /// a failed push carries it ([`Error::packet_id`]).
    ///
    /// Success means that the storage has acknowledged every byte.
    pub fn push(
        &self,
        mobile_user: &str,
        format: Format,
        content: &[u8],
        packet_id: Option<&str>,
        call: &Call,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call, |_| {
            Ok(Source::memory(content))
        })
    }

    /// Like [`push`](Client::push), with a file of any size as the packet's content. The file is read in pieces as it
    /// is sent; one that changes its size meanwhile is not sent.
    pub fn push_file(
        &self,
        mobile_user: &str,
        format: Format,
        path: impl AsRef<Path>,
        packet_id: Option<&str>,
        call: &Call,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call, |_| {
            Source::open(path.as_ref())
        })
    }

    /// Like [`push`](Client::push), with what a stream gives as the packet's content. The stream is read to its end first,
    /// since the size must be announced and a retry sends the content again: up to 1 MiB is kept in memory, more in an
    /// unnamed temporary file.
    pub fn push_stream(
        &self,
        mobile_user: &str,
        format: Format,
        mut content: impl Read,
        packet_id: Option<&str>,
        call: &Call,
    ) -> Result<Pushed> {
        self.push_source(mobile_user, format, packet_id, call, |run| {
            Spool::fill(run, &mut content).map(Source::Spooled)
        })
    }

    fn push_source<'s>(
        &self,
        mobile_user: &str,
        format: Format,
        packet_id: Option<&str>,
        call: &Call,
        open: impl FnOnce(&Run<'_>) -> Result<Source<'s>>,
    ) -> Result<Pushed> {
        if let Some(own) = packet_id {
            check_name("packet id", own)?;
        }
        let packet_id = packet_id.map_or_else(new_packet_id, str::to_string);
        let doing = format!("push of packet {packet_id} to mobile user {mobile_user}");
        self.verb(call, doing, |run| {
            check_segment("mobile user", mobile_user)?;
            let mut content = open(run)?;
            if content.len() == 0 {
                return Err(ErrorKind::InvalidArgument("the packet is empty".into()).into());
            }
            let size = content.len();
            let request = self.get(
                &["push", &self.settings().app_area, mobile_user],
                &[
                    ("packetUniqueId", &packet_id),
                    ("size", &size.to_string()),
                    ("packetType", format.as_str()),
                ],
                Limit::SHORT,
            )?;
            let content_type = match &self.settings().upload_content_type {
                Some(own) => own,
                None => format.content_type(),
            };
            let sync_log_id = self.with_link(
                || {
                    let body = self.ask(run, &request, Missing::Unclear)?;
                    let answer = self.parsed(&body, wire::parse_push)?;
                    Ok((self.storage_link(&answer.upload_path)?, answer.sync_log_id))
                },
                |link| self.transport.upload(run, link, &mut content, content_type),
            )?;
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
    pub fn pull(&self, kind: PacketKind, format: Option<Format>, call: &Call) -> Result<Packets> {
        let area = &self.settings().app_area;
        let doing = format!("pull of the {} list of app area {area}", kind.as_str());
        self.verb(call, doing, |run| {
            let format = format.unwrap_or(self.settings().format);
            let request = self.get(
                &["pull", area],
                &[("packetType", kind.as_str()), ("format", format.as_str())],
                Limit {
                    what: "the list of packets",
                    bytes: self.settings().max_list_bytes,
                    option: "max_list_bytes",
                },
            )?;
            let body = self.ask(run, &request, Missing::AppArea)?;
            let packets = self.parsed(&body, wire::parse_pull)?;
            Ok(Packets {
                packets,
                ..Packets::default()
            })
        })
    }

    /// Gets a temporary link to a packet's content. `path` is the `url` field of a listed packet.
    ///
    /// Whoever has the link can download the packet; the download must begin within 15 minutes, by the portal's page.
    /// [`download`](Client::download) and [`download_file`](Client::download_file) get their own.
    pub fn link(&self, path: &str, call: &Call) -> Result<String> {
        self.verb(call, format!("link to {path}"), |run| {
            Ok(self.fetch_link(run, path)?.into())
        })
        .map_err(|error| error.of_packet(path))
    }

    /// Downloads a packet's content into memory, up to `max_memory_bytes`. `path` is the `url` field of a listed packet.
    pub fn download(&self, path: &str, call: &Call) -> Result<Vec<u8>> {
        let settings = self.settings();
        let (bytes, option) = if settings.max_download_bytes < settings.max_memory_bytes {
            (settings.max_download_bytes, "max_download_bytes")
        } else {
            (settings.max_memory_bytes, "max_memory_bytes")
        };
        let limit = Limit {
            what: "the packet",
            bytes,
            option,
        };
        let mut content = Vec::new();
        self.verb(call, format!("download of {path}"), |run| {
            self.download_to(run, path, &mut content, limit)
        })
        .map_err(|error| error.of_packet(path))?;
        Ok(content)
    }

    /// Downloads a packet's content to a file and returns its size in bytes. `path` is the `url` field of a listed
    /// packet.
    ///
    /// The file appears under its name, replacing an older one, only when it is whole and on the disk. Until then the
    /// content is in a temporary file `.dmerp-*.part` beside it, which an error or a cancel removes.
    pub fn download_file(&self, path: &str, to: impl AsRef<Path>, call: &Call) -> Result<u64> {
        let to = to.as_ref();
        let doing = format!("download of {path} to {}", to.display());
        self.verb(call, doing, |run| {
            let mut file = FileSink::create(to)?;
            let size = self.download_to(run, path, &mut file, self.download_limit())?;
            file.finish()?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(path))
    }

    /// Downloads a packet's content, hands it to a stream, and returns its size in bytes. `path` is the `url` field of a
    /// listed packet.
    ///
    /// The stream is given content only once all of it has arrived: until then up to 1 MiB is kept in memory, more in an
    /// unnamed temporary file. So what fails to arrive leaves no trace in the stream.
    pub fn download_stream(&self, path: &str, mut to: impl Write, call: &Call) -> Result<u64> {
        self.verb(call, format!("download of {path} to a stream"), |run| {
            let mut spool = Spool::new();
            let size = self.download_to(run, path, &mut spool, self.download_limit())?;
            spool.give(run, &mut to)?;
            Ok(size)
        })
        .map_err(|error| error.of_packet(path))
    }

    fn download_limit(&self) -> Limit {
        Limit {
            what: "the packet",
            bytes: self.settings().max_download_bytes,
            option: "max_download_bytes",
        }
    }

    fn download_to(
        &self,
        run: &Run<'_>,
        path: &str,
        sink: &mut dyn Sink,
        limit: Limit,
    ) -> Result<u64> {
        let mut size = 0;
        self.with_link(
            || Ok((self.fetch_link(run, path)?, ())),
            |link| {
                let transfer = self.transport.download(run, link, sink, limit)?;
                if let Transfer::Done(received) = transfer {
                    size = received;
                }
                Ok(transfer)
            },
        )?;
        Ok(size)
    }

    /// Marks packets as done: the portal lists them no more. Call it only when their content is safely kept.
    ///
    /// More than `done_batch` packets go in several requests. One that the portal refuses, as for a stale receipt handle,
    /// does not hold up the others; its error says how many of those were marked. Repeating the call is safe. No packets,
    /// no request.
    pub fn done(
        &self,
        receipts: &[Receipt],
        kind: PacketKind,
        format: Option<Format>,
        call: &Call,
    ) -> Result<()> {
        let all = receipts.len();
        let doing = format!("done for {all} of the {} list's entries", kind.as_str());
        self.verb(call, doing, |run| {
            check_receipts(receipts)?;
            let format = format.unwrap_or(self.settings().format);
            let mut query = vec![("format", format.as_str())];
            if kind == PacketKind::File {
                query.push(("packetType", kind.as_str()));
            }
            let url = self.url(&["pull", &self.settings().app_area, "done"], &query)?;
            let mut marked = 0;
            let mut refused = None;
            let mut results = vec![None; all];
            for (at, batch) in receipts.chunks(self.settings().done_batch).enumerate() {
                let request = PortalRequest {
                    url: url.clone(),
                    content_type: format.content_type(),
                    body: Some(
                        wire::write_done(batch, format)
                            .map_err(|why| ErrorKind::InvalidArgument(why.to_string()))?
                            .into(),
                    ),
                    limit: Limit::SHORT,
                };
                let outcome = self
                    .ask(run, &request, Missing::AppArea)
                    .and_then(|body| self.parsed(&body, wire::parse_done));
                let first = at * self.settings().done_batch + 1;
                match outcome {
                    Ok(()) => marked += batch.len(),
                    // What the portal says of these entries says nothing of the others, which would be delivered again.
                    Err(error) if error.status() == Status::Rejected => {
                        results[first - 1..first - 1 + batch.len()].fill(Some(error.clone()));
                        refused.get_or_insert((first, batch.len(), error));
                    }
                    Err(error) => {
                        results[first - 1..].fill(Some(error.clone()));
                        return Err(done_failed(error, first, batch.len(), all, marked)
                            .with_results(results));
                    }
                }
            }
            match refused {
                Some((first, len, error)) => {
                    Err(done_failed(error, first, len, all, marked).with_results(results))
                }
                None => Ok(()),
            }
        })
    }

    /// Tries the settings, without touching any packet: asks for a link to a path where nothing is.
    ///
    /// # Errors
    /// Each cause has its own status: the key (`AuthenticationFailed`), the area (`UnknownAppArea`), the network
    /// (`HostNotFound`, `ConnectFailed`, `TimedOut`), the certificate (`TlsFailed`), or something else at `base_url`
    /// (`BadAnswer`, `NotFound`). A portal that answers a wrong area exactly as it answers a wrong key is reported as
    /// `AuthenticationFailed`; its message names both.
    pub fn check(&self, call: &Call) -> Result<()> {
        let settings = self.settings();
        let doing = format!(
            "check of app area {} at {}",
            settings.app_area, settings.base_url
        );
        self.verb(call, doing, |run| {
            let request = self.link_request(CHECK_PATH)?;
            let answer = self.transport.portal(run, &request)?;
            match answer.http_status {
                // The portal got as far as looking at the path, so key and area are good.
                200..=299 => match self.parsed(&answer.body, wire::parse_link) {
                    Err(error) if error.status() != Status::Rejected => Err(error),
                    _ => Ok(()),
                },
                400 => Ok(()),
                _ => Err(self.refusal(&answer, Missing::AppArea).into()),
            }
        })
    }

    fn settings(&self) -> &Settings {
        self.transport.settings()
    }

    /// Runs one verb: its time begins here, and its error or success is told with what was being done.
    fn verb<T>(
        &self,
        call: &Call,
        doing: String,
        work: impl FnOnce(&Run<'_>) -> Result<T>,
    ) -> Result<T> {
        let run = self.transport.begin(call)?;
        let began = Instant::now();
        let result = work(&run).map_err(|error| error.trying(&doing).after(run.requests()));
        let ms = began.elapsed().as_millis();
        match &result {
            Ok(_) => run.log(Level::Info, format_args!("{doing}: done in {ms} ms")),
            Err(error) => run.log(Level::Error, format_args!("{error} (after {ms} ms)")),
        }
        result
    }

    /// Transfers through a temporary link, and once more through a fresh one where the storage refuses the first: it
    /// may have expired while other packets were transferred.
    fn with_link<T>(
        &self,
        mut fetch: impl FnMut() -> Result<(Url, T)>,
        mut transfer: impl FnMut(&Url) -> Result<Transfer>,
    ) -> Result<T> {
        let mut renewed = false;
        loop {
            let (link, told) = fetch()?;
            match transfer(&link)? {
                Transfer::Done(_) => return Ok(told),
                Transfer::Refused(answer) if !renewed && may_be_expired(&answer) => renewed = true,
                Transfer::Refused(answer) => return Err(self.storage_refusal(&answer).into()),
            }
        }
    }

    fn link_request(&self, path: &str) -> Result<PortalRequest> {
        check_name("path", path)?;
        self.get(
            &["pull", &self.settings().app_area, "link"],
            &[("path", path)],
            Limit::SHORT,
        )
    }

    fn fetch_link(&self, run: &Run<'_>, path: &str) -> Result<Url> {
        let body = self.ask(run, &self.link_request(path)?, Missing::Packet)?;
        let link = self.parsed(&body, wire::parse_link)?;
        self.storage_link(&link)
    }

    fn get(&self, path: &[&str], query: &[(&str, &str)], limit: Limit) -> Result<PortalRequest> {
        Ok(PortalRequest {
            url: self.url(path, query)?,
            content_type: Format::Json.content_type(),
            body: None,
            limit,
        })
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let base = self.settings().base_url.as_str().trim_end_matches('/');
        let mut url = format!("{base}/erp");
        for segment in path {
            url.push('/');
            url.extend(utf8_percent_encode(segment, NAME));
        }
        for (at, (key, value)) in query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(key);
            url.push('=');
            url.extend(utf8_percent_encode(value, NAME));
        }
        Url::parse(&url).map_err(|why| ErrorKind::Internal(format!("{url}: {why}")).into())
    }

    /// Asks the portal and returns the body of a success.
    fn ask(&self, run: &Run<'_>, request: &PortalRequest, missing: Missing) -> Result<Vec<u8>> {
        let answer = self.transport.portal(run, request)?;
        if answer.is_success() {
            Ok(answer.body)
        } else {
            Err(self.refusal(&answer, missing).into())
        }
    }

    /// What an answer of the portal that is no success means.
    fn refusal(&self, answer: &Answer, missing: Missing) -> ErrorKind {
        let http_status = answer.http_status;
        let server_message = self.message(answer);
        let gateway = answer.error_type.as_deref().unwrap_or_default();
        let said = server_message.as_deref().unwrap_or_default();
        let app_area = self.settings().app_area.clone();
        match http_status {
            300..=399 => redirect(answer),
            _ if wire::is_html(&answer.body) => ErrorKind::BadAnswer {
                http_status: Some(http_status),
                found: format!("{said} (HTTP {http_status})"),
            },
            401 => ErrorKind::AuthenticationFailed {
                app_area,
                http_status,
                server_message,
            },
            // API Gateway's words for a path that it has no API at.
            403 if gateway.starts_with("MissingAuthenticationToken")
                || said == "Missing Authentication Token" =>
            {
                ErrorKind::NotFound {
                    peer: Peer::Portal,
                    http_status,
                    server_message,
                }
            }
            403 if gateway.starts_with("Forbidden") || said.is_empty() || said == "Forbidden" => {
                ErrorKind::AuthenticationFailed {
                    app_area,
                    http_status,
                    server_message,
                }
            }
            403 => ErrorKind::UnknownAppArea {
                app_area,
                http_status,
                server_message,
            },
            404 if missing == Missing::AppArea && server_message.is_some() => {
                ErrorKind::UnknownAppArea {
                    app_area,
                    http_status,
                    server_message,
                }
            }
            404 if missing != Missing::Unclear || server_message.is_none() => ErrorKind::NotFound {
                peer: if missing == Missing::Packet {
                    Peer::Storage
                } else {
                    Peer::Portal
                },
                http_status,
                server_message,
            },
            407 => proxy_refusal(),
            _ => ErrorKind::Rejected {
                http_status,
                server_message,
            },
        }
    }

    fn storage_refusal(&self, answer: &Answer) -> ErrorKind {
        let http_status = answer.http_status;
        let server_message = self.message(answer);
        match http_status {
            300..=399 => redirect(answer),
            404 => ErrorKind::NotFound {
                peer: Peer::Storage,
                http_status,
                server_message,
            },
            407 => proxy_refusal(),
            _ => ErrorKind::StorageRefused {
                http_status,
                server_message,
                code: wire::storage_error_code(&answer.body),
            },
        }
    }

    fn message(&self, answer: &Answer) -> Option<String> {
        wire::server_message(&self.settings().api_key.redact_bytes(&answer.body))
    }

    /// Reads a success's body. Where that fails, the reason is told of the body without the key.
    fn parsed<T>(
        &self,
        body: &[u8],
        parse: impl Fn(&[u8]) -> std::result::Result<T, WireError>,
    ) -> Result<T> {
        parse(body).map_err(|why| {
            let clean = self.settings().api_key.redact_bytes(body);
            self.misunderstood(parse(&clean).err().unwrap_or(why))
                .into()
        })
    }

    fn misunderstood(&self, why: WireError) -> ErrorKind {
        match why {
            WireError::Refused { message } => ErrorKind::Rejected {
                http_status: 200,
                server_message: message.map(|text| self.settings().api_key.redact(&text)),
            },
            other => ErrorKind::BadAnswer {
                http_status: Some(200),
                found: self.settings().api_key.redact(&other.to_string()),
            },
        }
    }

    fn storage_link(&self, link: &str) -> Result<Url> {
        let bad = |found: &str| {
            Error::from(ErrorKind::BadAnswer {
                http_status: Some(200),
                found: found.to_string(),
            })
        };
        let url = Url::parse(link).map_err(|_| bad("a temporary link that is not a URL"))?;
        match (url.scheme(), self.settings().base_url.scheme()) {
            ("https", _) | ("http", "http") => Ok(url),
            _ => Err(bad(
                "a temporary link without https, which would send the packet in the clear",
            )),
        }
    }
}

fn done_failed(error: Error, first: usize, len: usize, all: usize, marked: usize) -> Error {
    let last = first + len - 1;
    error.trying(format!(
        "done for entries {first} to {last} of {all} ({marked} of the others are marked)"
    ))
}

/// What a 404 of the portal means; that depends on what was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    AppArea,
    Packet,
    Unclear,
}

fn redirect(answer: &Answer) -> ErrorKind {
    ErrorKind::BadAnswer {
        http_status: Some(answer.http_status),
        found: format!(
            "a redirect (HTTP {}) to {}",
            answer.http_status,
            answer.location.as_deref().unwrap_or("nowhere")
        ),
    }
}

fn proxy_refusal() -> ErrorKind {
    ErrorKind::ConnectFailed("the proxy asks for a user and a password (HTTP 407)".into())
}

/// S3 answers 403 for a link past its time, and 400 when the credentials behind it expired sooner.
fn may_be_expired(answer: &Answer) -> bool {
    answer.http_status == 403
        || wire::storage_error_code(&answer.body).is_some_and(|code| code == "ExpiredToken")
}

/// The id of a packet that was given none. It has random bits of its own each time, so ids made at once, also in
/// forked processes, differ.
fn new_packet_id() -> String {
    Uuid::new_v7(Timestamp::now(NoContext)).to_string()
}

fn check_name(what: &str, name: &str) -> Result<()> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_NAME {
        "is longer than 1024 bytes"
    } else if name.chars().any(char::is_control) {
        "holds a control character, such as a line end"
    } else {
        return Ok(());
    };
    Err(ErrorKind::InvalidArgument(format!("the {what} {problem}")).into())
}

/// A name that becomes one segment of a URL's path. `.` and `..` cannot, not even percent-encoded: URLs are defined so
/// that both vanish.
fn check_segment(what: &str, name: &str) -> Result<()> {
    check_name(what, name)?;
    if matches!(name, "." | "..") {
        return Err(ErrorKind::InvalidArgument(format!(
            "the {what} is {name:?}, which no URL can hold"
        ))
        .into());
    }
    Ok(())
}

fn check_receipts(receipts: &[Receipt]) -> Result<()> {
    for (at, receipt) in receipts.iter().enumerate() {
        for (what, value) in [
            ("id", &receipt.id),
            ("receipt handle", &receipt.receipt_handle),
        ] {
            if value.is_empty() {
                return Err(ErrorKind::InvalidArgument(format!(
                    "the {what} of entry {} is empty",
                    at + 1
                ))
                .into());
            }
        }
    }
    Ok(())
}
