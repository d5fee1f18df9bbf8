//! One error type for every verb, and the table of statuses it maps to.

mod status;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::text::{LONGEST_LINE, one_line};

pub use status::{STATUSES, Status, StatusRow};

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in the terms of whoever has to act on it.
///
/// Each kind belongs to one [`Status`]; its text says what came back and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument cannot be used.
    #[error("{0}")]
    InvalidArgument(String),
    /// A handle of the C ABI is not one that can be used.
    #[error("{0}")]
    InvalidHandle(String),
    /// The configuration cannot be used.
    #[error("{0}")]
    InvalidConfig(String),
    /// A local file could not be read or written.
    #[error("could not {doing} {path}: {source}")]
    File {
        /// What was being done, such as `read`.
        doing: &'static str,
        /// The file, as the caller named it.
        path: String,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// A local file was written to while it was being sent.
    #[error(
        "{path} changed while it was being sent ({expected} bytes at first); send it again when nothing writes to it"
    )]
    FileChanged {
        /// The file, as the caller named it.
        path: String,
        /// Its size when the call began, in bytes.
        expected: u64,
    },
    /// The caller ended the call.
    #[error("{0}")]
    Cancelled(&'static str),
    /// The call's time is over.
    #[error(
        "the call's time of {} ms passed; its own time-out and timeout.overall_ms set it", .0.as_millis()
    )]
    TimeoutPassed(Duration),
    /// Nothing moved for too long.
    #[error(
        "nothing was sent or received for {} ms (timeout.idle_ms) while {waiting_for}", .limit.as_millis()
    )]
    Idle {
        /// The configured limit.
        limit: Duration,
        /// What the wait was for.
        waiting_for: &'static str,
    },
    /// A connection took too long to make.
    #[error(
        "no connection within {} ms (timeout.connect_ms); check the firewall and the proxy option", .0.as_millis()
    )]
    ConnectTimeout(Duration),
    /// The system's name resolution took too long.
    #[error(
        "the name of host {host} was not resolved within {} ms (timeout.connect_ms); check this machine's DNS", .limit.as_millis()
    )]
    ResolutionTimeout {
        /// The host.
        host: String,
        /// The configured limit.
        limit: Duration,
    },
    /// The server's name could not be resolved.
    #[error(
        "the host name could not be resolved ({0}); check base_url for a misspelt host and this machine's DNS"
    )]
    HostNotFound(String),
    /// No connection could be made.
    #[error("no connection could be made ({0}); check the port, the firewall and the proxy option")]
    ConnectFailed(String),
    /// The proxy refused to pass the request on until somebody signs in.
    #[error("{} asks for a user and a password (HTTP 407){}", proxy.as_deref().map_or("the proxy".into(), |name| format!("the proxy {name}")), proxy_advice(.schemes))]
    ProxyRefused {
        /// The proxy, where it is known.
        proxy: Option<String>,
        /// The ways to sign in that it offers, such as `Basic` or `NTLM`.
        schemes: Vec<String>,
    },
    /// The server's certificate was not accepted.
    #[error(
        "the server's certificate was not accepted ({0}); check this machine's clock and trust store, and name the CA of an inspecting proxy in tls.ca_file or tls.ca_pem"
    )]
    CertificateRefused(String),
    /// No TLS connection was made, for another reason than the certificate.
    #[error(
        "the TLS handshake failed ({0}); check that base_url's port speaks https, and any firewall or proxy between"
    )]
    HandshakeFailed(String),
    /// The connection broke before an answer began.
    #[error("the connection broke before an answer came ({0}); try again later")]
    ConnectionLost(String),
    /// The answer was cut short.
    #[error("the answer broke off after {received} bytes{}; nothing of it was kept, try again later", announced(.expected))]
    Truncated {
        /// How much arrived, in bytes.
        received: u64,
        /// How much was announced, in bytes, where it was.
        expected: Option<u64>,
    },
    /// The portal refused the key.
    #[error(
        "the portal refused the API key{}; check api_key: complete, not expired, and of app area {app_area}",
        quoted(.http_status, .server_message)
    )]
    AuthenticationFailed {
        /// The app area that was tried.
        app_area: String,
        /// The HTTP status.
        http_status: u16,
        /// What the portal said.
        server_message: Option<String>,
    },
    /// The portal refused the area.
    #[error(
        "the portal does not let this API key use app area {app_area}{}; check app_area's spelling and that the key belongs to it",
        quoted(.http_status, .server_message)
    )]
    UnknownAppArea {
        /// The app area that was tried.
        app_area: String,
        /// The HTTP status.
        http_status: u16,
        /// What the portal said.
        server_message: Option<String>,
    },
    /// A server wants fewer requests.
    #[error("{peer} asks for fewer requests{}{}; try again later, and less often",
        quoted(.http_status, .server_message), wait_asked(.retry_after))]
    Throttled {
        /// Who asked.
        peer: Peer,
        /// The HTTP status.
        http_status: u16,
        /// What the portal said.
        server_message: Option<String>,
        /// The wait that the server asked for.
        retry_after: Option<Duration>,
    },
    /// The portal or the storage failed.
    #[error("{peer} failed{}{}; try again later", quoted(.http_status, .server_message), wait_asked(.retry_after))]
    ServerError {
        /// Who failed.
        peer: Peer,
        /// The HTTP status.
        http_status: u16,
        /// What the server said.
        server_message: Option<String>,
        /// The wait that the server asked for.
        retry_after: Option<Duration>,
    },
    /// The portal said no.
    #[error("the portal said no{}", quoted(.http_status, .server_message))]
    Rejected {
        /// The HTTP status; 200 where the body said so.
        http_status: u16,
        /// What the portal said.
        server_message: Option<String>,
    },
    /// There is no such thing.
    #[error("{peer} has no such {what}{}; {}", quoted(.http_status, .server_message), .what.advice())]
    NotFound {
        /// Who was asked.
        peer: Peer,
        /// What is not there.
        what: Missing,
        /// The HTTP status.
        http_status: u16,
        /// What the server said.
        server_message: Option<String>,
    },
    /// The storage refused the link.
    #[error(
        "the storage refused the temporary link{}; check this machine's clock and any proxy that alters requests",
        quoted(.http_status, .server_message)
    )]
    StorageRefused {
        /// The HTTP status.
        http_status: u16,
        /// What the storage said.
        server_message: Option<String>,
        /// The storage's own code, such as `AccessDenied`.
        code: Option<String>,
    },
    /// The answer is not one the portal gives.
    #[error(
        "the answer cannot be used: {found}; check base_url and any proxy or sign-in page between"
    )]
    BadAnswer {
        /// The HTTP status, where there was one.
        http_status: Option<u16>,
        /// What came back instead.
        found: String,
    },
    /// A body is too large.
    #[error("{what} is larger than {limit} bytes ({option}); nothing of it was kept")]
    TooLarge {
        /// Which body.
        what: &'static str,
        /// The limit, in bytes.
        limit: u64,
        /// The option that sets it.
        option: &'static str,
    },
    /// Memory could not be had.
    #[error(
        "{what} of {bytes} bytes does not fit into memory; nothing of it was kept; give the process more memory, or download packets to a file or a stream"
    )]
    OutOfMemory {
        /// What should have been held.
        what: &'static str,
        /// How much memory was asked for, in bytes.
        bytes: u64,
    },
    /// A defect in this library.
    #[error("a defect in dmerp: {0}; please report it")]
    Internal(String),
}

/// Which of the two servers an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// Dynamics Mobile's portal.
    Portal,
    /// The storage behind the temporary links.
    Storage,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Peer::Portal => "the portal",
            Peer::Storage => "the storage",
        })
    }
}

/// What a server does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The address: something other than the portal's API is there.
    Address,
    /// The packet's content.
    Packet,
}

impl Missing {
    fn advice(self) -> &'static str {
        match self {
            Missing::Address => "check base_url",
            Missing::Packet => "pull again: it may have been taken or removed",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Missing::Address => "address",
            Missing::Packet => "packet",
        })
    }
}

fn proxy_advice(schemes: &[String]) -> String {
    let offered = match schemes {
        [] => String::new(),
        names => format!("; it offers {}", names.join(", ")),
    };
    let basic = schemes.is_empty()
        || schemes
            .iter()
            .any(|name| name.eq_ignore_ascii_case("basic"));
    match basic {
        true => format!(
            "{offered}; check the user and the password in the proxy option, or in the system's settings"
        ),
        false => format!(
            "{offered}, none of which this library speaks; have the proxy let this machine pass, or run a local proxy that signs in (such as cntlm or px) and name that in the proxy option"
        ),
    }
}

fn announced(expected: &Option<u64>) -> String {
    expected.map_or_else(String::new, |n| format!(" of {n}"))
}

fn quoted(http_status: &u16, server_message: &Option<String>) -> String {
    match server_message {
        Some(text) => format!(" (HTTP {http_status}: {text})"),
        None => format!(" (HTTP {http_status})"),
    }
}

fn wait_asked(retry_after: &Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| {
        format!(", asking to wait {} s", wait.as_secs())
    })
}

impl ErrorKind {
    pub(crate) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        ErrorKind::File {
            doing,
            path: path.display().to_string(),
            source: Arc::new(source),
        }
    }

    pub(crate) fn stream(doing: &'static str, source: std::io::Error) -> Self {
        ErrorKind::File {
            doing,
            path: "the stream that was given".into(),
            source: Arc::new(source),
        }
    }

    /// The status that callers switch on.
    pub fn status(&self) -> Status {
        match self {
            ErrorKind::InvalidArgument(_) => Status::InvalidArgument,
            ErrorKind::InvalidHandle(_) => Status::InvalidHandle,
            ErrorKind::InvalidConfig(_) => Status::InvalidConfig,
            ErrorKind::File { .. } | ErrorKind::FileChanged { .. } => Status::FileError,
            ErrorKind::Cancelled(_) => Status::Cancelled,
            ErrorKind::TimeoutPassed(_)
            | ErrorKind::Idle { .. }
            | ErrorKind::ConnectTimeout(_)
            | ErrorKind::ResolutionTimeout { .. } => Status::TimedOut,
            ErrorKind::HostNotFound(_) => Status::HostNotFound,
            ErrorKind::ConnectFailed(_) => Status::ConnectFailed,
            ErrorKind::ProxyRefused { .. } => Status::ProxyRefused,
            ErrorKind::CertificateRefused(_) | ErrorKind::HandshakeFailed(_) => Status::TlsFailed,
            ErrorKind::ConnectionLost(_) => Status::ConnectionLost,
            ErrorKind::Truncated { .. } => Status::Truncated,
            ErrorKind::AuthenticationFailed { .. } => Status::AuthenticationFailed,
            ErrorKind::UnknownAppArea { .. } => Status::UnknownAppArea,
            ErrorKind::Throttled { .. } => Status::Throttled,
            ErrorKind::ServerError { .. } => Status::ServerError,
            ErrorKind::Rejected { .. } => Status::Rejected,
            ErrorKind::NotFound { .. } => Status::NotFound,
            ErrorKind::StorageRefused { .. } => Status::StorageRefused,
            ErrorKind::BadAnswer { .. } => Status::BadAnswer,
            ErrorKind::TooLarge { .. } => Status::TooLarge,
            ErrorKind::OutOfMemory { .. } => Status::OutOfMemory,
            ErrorKind::Internal(_) => Status::Internal,
        }
    }

    fn http_status(&self) -> Option<u16> {
        match self {
            ErrorKind::AuthenticationFailed { http_status, .. }
            | ErrorKind::UnknownAppArea { http_status, .. }
            | ErrorKind::Throttled { http_status, .. }
            | ErrorKind::ServerError { http_status, .. }
            | ErrorKind::Rejected { http_status, .. }
            | ErrorKind::NotFound { http_status, .. }
            | ErrorKind::StorageRefused { http_status, .. } => Some(*http_status),
            ErrorKind::BadAnswer { http_status, .. } => *http_status,
            ErrorKind::ProxyRefused { .. } => Some(407),
            _ => None,
        }
    }

    fn server_message(&self) -> Option<&str> {
        match self {
            ErrorKind::AuthenticationFailed { server_message, .. }
            | ErrorKind::UnknownAppArea { server_message, .. }
            | ErrorKind::Throttled { server_message, .. }
            | ErrorKind::ServerError { server_message, .. }
            | ErrorKind::Rejected { server_message, .. }
            | ErrorKind::NotFound { server_message, .. }
            | ErrorKind::StorageRefused { server_message, .. } => server_message.as_deref(),
            _ => None,
        }
    }

    /// Whether the very same request may succeed when it is sent again.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            ErrorKind::Idle { .. }
            | ErrorKind::ConnectTimeout(_)
            | ErrorKind::ResolutionTimeout { .. }
            | ErrorKind::HostNotFound(_)
            | ErrorKind::ConnectFailed(_)
            | ErrorKind::ConnectionLost(_)
            | ErrorKind::Truncated { .. }
            | ErrorKind::Throttled { .. } => true,
            // 501 and 505 are answers about the request, which stays the same. Below 500 it was 408, or the storage's own code.
            ErrorKind::ServerError { http_status, .. } => {
                *http_status < 500 || matches!(http_status, 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// The wait that the server asked for before the next try.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            ErrorKind::Throttled { retry_after, .. }
            | ErrorKind::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a call failed: what was tried, what came back, what to do.
///
/// The text of [`Display`](fmt::Display) is complete and fit for a log: it never holds the API key or a temporary
/// link's signature. Programs decide by [`status`](Error::status) and [`is_retryable`](Error::is_retryable), never by
/// the text.
#[derive(Clone, Debug)]
pub struct Error(Box<Report>);

#[derive(Clone, Debug)]
struct Report {
    kind: ErrorKind,
    trying: Option<String>,
    packet_id: Option<String>,
    attempts: u32,
    outcome_unknown: bool,
    results: Vec<Option<Error>>,
}

impl Error {
    /// What went wrong, as a value to match on.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The status, from the table that all languages share.
    pub fn status(&self) -> Status {
        self.0.kind.status()
    }

    /// The HTTP status of the answer that decided, where there was one and it did not break off.
    pub fn http_status(&self) -> Option<u16> {
        self.0.kind.http_status()
    }

    /// What the portal or the storage said, on one line, at most 300 characters.
    pub fn server_message(&self) -> Option<&str> {
        self.0.kind.server_message()
    }

    /// The packet the call was about: the unique id of a push, the storage path of a download.
    pub fn packet_id(&self) -> Option<&str> {
        self.0.packet_id.as_deref()
    }

    /// How many HTTP requests the call made; 0 when it failed before the first.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call, made later and unchanged, can succeed.
    pub fn is_retryable(&self) -> bool {
        self.status().row().retryable
    }

    /// The wait that the server asked for before the next try (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.kind.retry_after()
    }

    /// Whether the server may have done what was asked: all of a request was sent, and no answer came. A push may then be
    /// stored and receipts may be marked; repeat the call with the same packet id or receipts.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// What became of each receipt that [`Client::done`](crate::Client::done) was given, in their order: `None` where it is
    /// marked, else why not. Empty for every other verb, and where the arguments were refused.
    pub fn results(&self) -> &[Option<Error>] {
        &self.0.results
    }

    pub(crate) fn outcome_unknown(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown |= unknown;
        self
    }

    pub(crate) fn with_results(mut self, results: Vec<Option<Error>>) -> Self {
        self.0.results = results;
        self
    }

    pub(crate) fn trying(mut self, what: impl Into<String>) -> Self {
        self.0.trying.get_or_insert_with(|| what.into());
        self
    }

    pub(crate) fn tried_as(mut self, what: String) -> Self {
        self.0.trying = Some(what);
        self
    }

    pub(crate) fn of_packet(mut self, packet_id: &str) -> Self {
        self.0
            .packet_id
            .get_or_insert_with(|| packet_id.to_string());
        self
    }

    pub(crate) fn after(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(Report {
            kind,
            trying: None,
            packet_id: None,
            attempts: 0,
            outcome_unknown: false,
            results: Vec::new(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &*self.0;
        if let Some(trying) = &report.trying {
            write!(f, "{}: ", one_line(trying, LONGEST_LINE))?;
        }
        f.write_str(&one_line(&report.kind.to_string(), LONGEST_LINE))?;
        if report.attempts > 1 {
            write!(f, " ({} requests made)", report.attempts)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}
