//! The one error type of all verbs, and the table of statuses that it maps to.

mod status;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::packet::Mistake;
use crate::text::{LONGEST_LINE, one_line};

pub use status::{STATUSES, Status, StatusRow};

/// The result of every function of this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
///
/// Each kind maps to one [`Status`]. Its text says what came back and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is not valid.
    #[error("{0}")]
    InvalidArgument(String),
    /// A handle of the C ABI is not valid.
    #[error("{0}")]
    InvalidHandle(String),
    /// The configuration is not valid.
    #[error("{0}")]
    InvalidConfig(String),
    /// A local file could not be read or written.
    #[error("could not {doing} {path}: {source}")]
    File {
        /// The failed operation, such as `read`.
        doing: &'static str,
        /// The file's path, as the caller gave it.
        path: String,
        /// The operating system's error.
        source: Arc<std::io::Error>,
    },
    /// A local file was written to while it was being sent.
    #[error(
        "{path} changed while it was being sent ({expected} bytes at first); send it again when nothing writes to it"
    )]
    FileChanged {
        /// The file's path, as the caller gave it.
        path: String,
        /// The file's size in bytes at the start of the call.
        expected: u64,
    },
    /// The caller cancelled the call, or a callback ended it.
    #[error("{0}")]
    Cancelled(&'static str),
    /// The call's time-out passed.
    #[error(
        "the call did not end within its time-out of {} ms; the call's own time-out or timeout.overall_ms sets it", .0.as_millis()
    )]
    TimeoutPassed(Duration),
    /// Nothing was sent or received for too long.
    #[error(
        "nothing was sent or received for {} ms (timeout.idle_ms) while {waiting_for}", .limit.as_millis()
    )]
    Idle {
        /// The configured limit.
        limit: Duration,
        /// What the call was waiting for.
        waiting_for: &'static str,
    },
    /// Making a connection took too long.
    #[error(
        "no connection within {} ms (timeout.connect_ms); check the firewall and the proxy option", .0.as_millis()
    )]
    ConnectTimeout(Duration),
    /// The system took too long to resolve a host name.
    #[error(
        "the name of host {host} was not resolved within {} ms (timeout.connect_ms); check this machine's DNS", .timeout.as_millis()
    )]
    ResolutionTimeout {
        /// The host.
        host: String,
        /// The configured limit.
        timeout: Duration,
    },
    /// The platform took too long to check the server's certificate.
    #[error(
        "the certificate of host {host} was not checked within {} ms (5000 more than timeout.connect_ms); to check it, the system may fetch revocation lists: see that a firewall or proxy lets it, or raise the limit", .timeout.as_millis()
    )]
    CertificateTimeout {
        /// The host.
        host: String,
        /// The configured limit, and 5 seconds.
        timeout: Duration,
    },
    /// The server's host name could not be resolved.
    #[error(
        "the host name could not be resolved ({0}); check base_url for a misspelt host and this machine's DNS"
    )]
    HostNotFound(String),
    /// No connection could be made.
    #[error("no connection could be made ({0}); check the port, the firewall and the proxy option")]
    ConnectFailed(String),
    /// The proxy asks for a user and a password (HTTP 407).
    #[error("{} asks for a user and a password (HTTP 407){}", proxy.as_deref().map_or("the proxy".into(), |name| format!("the proxy {name}")), proxy_advice(.schemes))]
    ProxyRefused {
        /// The proxy, if it is known.
        proxy: Option<String>,
        /// The authentication schemes that the proxy offers, such as `Basic` or `NTLM`.
        schemes: Vec<String>,
    },
    /// The server's certificate was not accepted.
    #[error(
        "the server's certificate was not accepted ({0}); check this machine's clock and trust store, and name the CA of an inspecting proxy in tls.ca_file or tls.ca_pem"
    )]
    CertificateRefused(String),
    /// Nobody could say whether the server's certificate was revoked, and the platform wants to know.
    #[error(
        "the server's certificate was not accepted, since it could not be found out whether it was revoked ({0}); check that this machine, as the user that runs this program, reaches the revocation lists of the certificate's authority, or name that authority in tls.ca_file with tls.roots=file"
    )]
    RevocationUnknown(String),
    /// The TLS handshake failed for another reason than the certificate.
    #[error(
        "the TLS handshake failed ({0}); check that base_url's port speaks https, and any firewall or proxy between"
    )]
    HandshakeFailed(String),
    /// The connection broke before an answer began.
    #[error("the connection broke before an answer came ({0}); try again later")]
    ConnectionLost(String),
    /// The answer ended too early.
    #[error("the answer broke off after {received} bytes{}; nothing of it was kept, try again later", announced(.expected))]
    Truncated {
        /// How many bytes arrived.
        received: u64,
        /// How many bytes were announced, if the server announced a length.
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
        /// The portal's message, if it sent one.
        server_message: Option<String>,
    },
    /// The portal does not let this API key use this app area.
    #[error(
        "the portal does not let this API key use app area {app_area}{}; check app_area's spelling and that the key belongs to it",
        quoted(.http_status, .server_message)
    )]
    UnknownAppArea {
        /// The app area that was tried.
        app_area: String,
        /// The HTTP status.
        http_status: u16,
        /// The portal's message, if it sent one.
        server_message: Option<String>,
    },
    /// A server asks for fewer requests.
    #[error("{peer} asks for fewer requests{}{}; try again later, and less often",
        quoted(.http_status, .server_message), wait_asked(.retry_after))]
    Throttled {
        /// Who asked.
        peer: Peer,
        /// The HTTP status.
        http_status: u16,
        /// The portal's message, if it sent one.
        server_message: Option<String>,
        /// How long the server asked to wait (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The portal or the storage failed.
    #[error("{peer} failed{}{}; try again later", quoted(.http_status, .server_message), wait_asked(.retry_after))]
    ServerError {
        /// Who failed.
        peer: Peer,
        /// The HTTP status.
        http_status: u16,
        /// The server's message, if it sent one.
        server_message: Option<String>,
        /// How long the server asked to wait (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The portal refused the request.
    #[error(
        "the portal said no{}; check what this names: the mobile user, the packet, the receipt handle or base_url",
        quoted(.http_status, .server_message)
    )]
    Rejected {
        /// The HTTP status; 200 if the refusal is in the body.
        http_status: u16,
        /// The portal's message, if it sent one.
        server_message: Option<String>,
    },
    /// What was asked for does not exist.
    #[error("{peer} has no such {what}{}; {}", quoted(.http_status, .server_message), .what.advice())]
    NotFound {
        /// Who was asked.
        peer: Peer,
        /// What is not there.
        what: Missing,
        /// The HTTP status.
        http_status: u16,
        /// The server's message, if it sent one.
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
        /// The storage's message, if it sent one.
        server_message: Option<String>,
        /// The storage's error code, such as `AccessDenied`.
        code: Option<String>,
    },
    /// The answer is not one that the portal gives.
    #[error(
        "the answer cannot be used: {found}; check base_url and any proxy or sign-in page between"
    )]
    BadAnswer {
        /// The HTTP status, if there was one.
        http_status: Option<u16>,
        /// What came back instead.
        found: String,
    },
    /// The content is not a synchronization packet as the format has it.
    #[error("{0}")]
    BadPacket(Mistake),
    /// An answer is larger than its limit.
    #[error("{what} is larger than {limit} bytes ({option}); nothing of it was kept")]
    TooLarge {
        /// What was too large.
        what: &'static str,
        /// The limit, in bytes.
        limit: u64,
        /// The option that sets the limit.
        option: &'static str,
    },
    /// There was not enough memory.
    #[error(
        "{what} of {bytes} bytes does not fit into memory; nothing of it was kept; give the process more memory, or download packets to a file or a stream"
    )]
    OutOfMemory {
        /// What the memory was for.
        what: &'static str,
        /// How many bytes were needed.
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
    /// The storage that the temporary links point to.
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

/// What does not exist on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The address: `base_url` points to something other than the portal's API.
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
            "{offered}, none of which this library supports; let this machine pass the proxy without a password, or run a local proxy that signs in (such as cntlm or px) and name it in the proxy option"
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
            path: "the caller's stream".into(),
            source: Arc::new(source),
        }
    }

    /// The status of this kind of error.
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
            | ErrorKind::ResolutionTimeout { .. }
            | ErrorKind::CertificateTimeout { .. } => Status::TimedOut,
            ErrorKind::HostNotFound(_) => Status::HostNotFound,
            ErrorKind::ConnectFailed(_) => Status::ConnectFailed,
            ErrorKind::ProxyRefused { .. } => Status::ProxyRefused,
            ErrorKind::CertificateRefused(_)
            | ErrorKind::RevocationUnknown(_)
            | ErrorKind::HandshakeFailed(_) => Status::TlsFailed,
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
            ErrorKind::BadPacket(_) => Status::BadPacket,
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

    /// Whether the same request may succeed if it is sent again.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            ErrorKind::Idle { .. }
            | ErrorKind::ConnectTimeout(_)
            | ErrorKind::ResolutionTimeout { .. }
            | ErrorKind::CertificateTimeout { .. }
            | ErrorKind::HostNotFound(_)
            | ErrorKind::ConnectFailed(_)
            | ErrorKind::ConnectionLost(_)
            | ErrorKind::Truncated { .. }
            | ErrorKind::Throttled { .. } => true,
            // 501 and 505 are about the request itself, which would be the same. Below 500, it was 408 or an error code
            // of the storage's.
            ErrorKind::ServerError { http_status, .. } => {
                *http_status < 500 || matches!(http_status, 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// How long the server asked to wait before the next try.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            ErrorKind::Throttled { retry_after, .. }
            | ErrorKind::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a call failed: what was tried, what came back, and what to do.
///
/// The text of [`Display`](fmt::Display) is complete and safe to log: it never holds the API key or a temporary link's
/// signature. Programs should decide by [`status`](Error::status) and [`is_retryable`](Error::is_retryable), never by
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
    /// An argument cannot be used.
    pub(crate) fn invalid(problem: impl Into<String>) -> Self {
        ErrorKind::InvalidArgument(problem.into()).into()
    }

    /// What went wrong, to match on.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The status, from the table that all languages share.
    pub fn status(&self) -> Status {
        self.0.kind.status()
    }

    /// The HTTP status of the answer that caused the error. `None` if no answer came, or the answer broke off.
    pub fn http_status(&self) -> Option<u16> {
        self.0.kind.http_status()
    }

    /// The message of the portal or the storage, on one line of at most 300 characters.
    pub fn server_message(&self) -> Option<&str> {
        self.0.kind.server_message()
    }

    /// The packet of the call: the unique id for a push, the storage path for a link or a download.
    pub fn packet_id(&self) -> Option<&str> {
        self.0.packet_id.as_deref()
    }

    /// How many HTTP requests the call made; 0 if it failed before the first one.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call, made later and unchanged, can succeed.
    pub fn is_retryable(&self) -> bool {
        // 501 and 505 are about the request, which stays the same.
        let is_final = matches!(self.http_status(), Some(501 | 505));
        self.status().row().retryable && !is_final
    }

    /// How long the server asked to wait before the next try (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.kind.retry_after()
    }

    /// Whether the server may have done what was asked: a request was sent completely, and no answer came. A push may
    /// have been stored, and packets may have been marked done. Repeat the call with the same packet id or receipts.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// The outcome of each receipt that [`Client::done`](crate::Client::done) was given, in the same order: `None` for
    /// a receipt that is marked, else the reason why not. Empty for every other verb, and if the arguments were refused.
    pub fn results(&self) -> &[Option<Error>] {
        &self.0.results
    }

    /// Whether every other packet would meet the same refusal: of the key, the app area, the certificate or the proxy.
    pub(crate) fn concerns_all(&self) -> bool {
        matches!(
            self.status(),
            Status::AuthenticationFailed
                | Status::UnknownAppArea
                | Status::TlsFailed
                | Status::ProxyRefused
        )
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
