// The one table of statuses. build.rs includes this file to write the header's constants, so it uses nothing but core.

/// What a caller can act on. The numbers never change and are never used again for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Status {
    /// The call did what it was asked.
    Ok = 0,
    /// An argument cannot be used.
    InvalidArgument = 1,
    /// A handle is NULL, freed, of another kind, or not from this library.
    InvalidHandle = 2,
    /// A configuration option is missing, malformed, or contradicts another.
    InvalidConfig = 3,
    /// A local file or stream could not be read or written.
    FileError = 4,
    /// The caller ended the call.
    Cancelled = 5,
    /// A time limit passed.
    TimedOut = 6,
    /// The server's name could not be resolved.
    HostNotFound = 7,
    /// No connection could be made.
    ConnectFailed = 8,
    /// The server's certificate was not accepted, or TLS failed.
    TlsFailed = 9,
    /// The connection broke during the exchange.
    ConnectionLost = 10,
    /// An answer ended before its announced length.
    Truncated = 11,
    /// The portal refused the API key.
    AuthenticationFailed = 12,
    /// The portal knows the key, but not this app area for it.
    UnknownAppArea = 13,
    /// The portal asks for fewer requests.
    Throttled = 14,
    /// The portal or the storage failed.
    ServerError = 15,
    /// The portal understood the request and said no.
    Rejected = 16,
    /// What was asked for does not exist.
    NotFound = 17,
    /// The storage refused the temporary link.
    StorageRefused = 18,
    /// The answer is not one the portal gives.
    BadAnswer = 19,
    /// A body is larger than its configured limit.
    TooLarge = 20,
    /// A defect in this library.
    Internal = 21,
    /// Memory for a content or a list could not be had.
    OutOfMemory = 22,
    /// A proxy between refused to pass the request on.
    ProxyRefused = 23,
}

/// One row of the table: what the header, the documentation and the bindings say of a status.
pub struct StatusRow {
    /// The status the row is about.
    pub status: Status,
    /// Its name, as in `DMERP_<NAME>`.
    pub name: &'static str,
    /// What happened.
    pub meaning: &'static str,
    /// What the caller should do.
    pub action: &'static str,
    /// Whether the same call, made later and unchanged, can succeed.
    pub retryable: bool,
}

const fn row(
    status: Status,
    name: &'static str,
    meaning: &'static str,
    action: &'static str,
    retryable: bool,
) -> StatusRow {
    StatusRow {
        status,
        name,
        meaning,
        action,
        retryable,
    }
}

/// Every status, in the order of its number.
pub const STATUSES: &[StatusRow] = &[
    row(
        Status::Ok,
        "OK",
        "The call did what it was asked.",
        "Go on.",
        false,
    ),
    row(
        Status::InvalidArgument,
        "INVALID_ARGUMENT",
        "An argument cannot be used: NULL where a value is needed, text that is not UTF-8, an empty name, a number out of range.",
        "Fix the calling code; the message names the argument.",
        false,
    ),
    row(
        Status::InvalidHandle,
        "INVALID_HANDLE",
        "A handle is NULL, already freed, of another kind, or not from this library.",
        "Fix the calling code; the message names the handle.",
        false,
    ),
    row(
        Status::InvalidConfig,
        "INVALID_CONFIG",
        "A configuration option is unknown, missing, malformed, or contradicts another.",
        "Fix the option that the message names.",
        false,
    ),
    row(
        Status::FileError,
        "FILE_ERROR",
        "A local file, or a stream that was given, could not be read or written.",
        "Look at the path, its permissions and the free space, then repeat the call.",
        false,
    ),
    row(
        Status::Cancelled,
        "CANCELLED",
        "The call was cancelled, or a callback returned non-zero.",
        "Nothing, it was asked for; repeating the call is safe.",
        false,
    ),
    row(
        Status::TimedOut,
        "TIMED_OUT",
        "The call's time-out passed, or nothing moved for longer than the idle or connect time-out.",
        "Try again later; if it stays, look at the network, a proxy, or the timeout.* options.",
        true,
    ),
    row(
        Status::HostNotFound,
        "HOST_NOT_FOUND",
        "The server's name could not be resolved (DNS).",
        "Check base_url for a misspelt host and this machine's DNS; else try again later.",
        true,
    ),
    row(
        Status::ConnectFailed,
        "CONNECT_FAILED",
        "No connection could be made: refused, unreachable, or stopped by a proxy.",
        "Check base_url's port, the firewall and the proxy option; else try again later.",
        true,
    ),
    row(
        Status::TlsFailed,
        "TLS_FAILED",
        "The server's certificate was not accepted, or the TLS handshake failed.",
        "The message tells which. Check this machine's clock and trust store; behind an inspecting proxy name its CA in tls.ca_file or tls.ca_pem.",
        false,
    ),
    row(
        Status::ConnectionLost,
        "CONNECTION_LOST",
        "The connection broke before the answer began.",
        "Try again later; every verb of this library may be repeated.",
        true,
    ),
    row(
        Status::Truncated,
        "TRUNCATED",
        "An answer ended before its announced length; nothing of it was kept.",
        "Try again later; if it stays, look for a proxy that cuts long answers.",
        true,
    ),
    row(
        Status::AuthenticationFailed,
        "AUTHENTICATION_FAILED",
        "The portal refused the API key.",
        "Check api_key: complete, not expired, and of this app area.",
        false,
    ),
    row(
        Status::UnknownAppArea,
        "UNKNOWN_APP_AREA",
        "The portal does not let this API key use this app area, or does not know the area.",
        "Check app_area's spelling and that the key belongs to it.",
        false,
    ),
    row(
        Status::Throttled,
        "THROTTLED",
        "The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown), and went on asking through every retry.",
        "Try again later, and less often.",
        true,
    ),
    row(
        Status::ServerError,
        "SERVER_ERROR",
        "The portal or the storage failed (HTTP 5xx) through every retry.",
        "Try again later; if it stays, tell Dynamics Mobile the packet id and the time.",
        true,
    ),
    row(
        Status::Rejected,
        "REJECTED",
        "The portal understood the request and said no.",
        "Read the server's message: the mobile user, the packet or the receipt handle is not accepted.",
        false,
    ),
    row(
        Status::NotFound,
        "NOT_FOUND",
        "What was asked for does not exist (HTTP 404).",
        "Check base_url; for a packet, pull again: it may have been taken or removed.",
        false,
    ),
    row(
        Status::StorageRefused,
        "STORAGE_REFUSED",
        "The storage refused a temporary link, also after a fresh one was fetched.",
        "Read the server's message; check this machine's clock and any proxy that alters requests.",
        false,
    ),
    row(
        Status::BadAnswer,
        "BAD_ANSWER",
        "The answer is not one the portal gives, such as a web page, a redirect, or broken JSON or XML.",
        "Check base_url and any proxy or sign-in page between; the message says what came back.",
        false,
    ),
    row(
        Status::TooLarge,
        "TOO_LARGE",
        "A body is larger than its configured limit; nothing of it was kept.",
        "Raise the limit that the message names, or download to a file.",
        false,
    ),
    row(
        Status::Internal,
        "INTERNAL",
        "A defect in this library; the client stays usable.",
        "Report it with the message.",
        false,
    ),
    row(
        Status::OutOfMemory,
        "OUT_OF_MEMORY",
        "The memory for a packet's content or a list of packets could not be had; nothing of it was kept.",
        "Download to a file or a stream, run fewer calls at once, or give the process more memory.",
        false,
    ),
    row(
        Status::ProxyRefused,
        "PROXY_REFUSED",
        "The proxy asks for a user and a password, or did not accept those it was given (HTTP 407).",
        "Correct the proxy option or the system's settings; the message names what the proxy offers. It is tried once: repeating a wrong password locks accounts.",
        false,
    ),
];

impl Status {
    /// The table's row for this status.
    pub fn row(self) -> &'static StatusRow {
        &STATUSES[self as usize]
    }
}
