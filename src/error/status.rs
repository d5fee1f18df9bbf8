// The one table of statuses. build.rs includes this file to write the header's constants, so it uses only `core`.

/// The outcome of a call, as a number to decide by. A number never changes its meaning and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Status {
    /// The call succeeded.
    Ok = 0,
    /// An argument is not valid.
    InvalidArgument = 1,
    /// A handle is NULL, freed, of another kind, or not from this library.
    InvalidHandle = 2,
    /// A configuration option is unknown, missing, malformed, or contradicts another option.
    InvalidConfig = 3,
    /// A local file or stream could not be read or written.
    FileError = 4,
    /// The caller cancelled the call, or a callback ended it.
    Cancelled = 5,
    /// A time-out passed.
    TimedOut = 6,
    /// The server's host name could not be resolved.
    HostNotFound = 7,
    /// No connection could be made.
    ConnectFailed = 8,
    /// The server's certificate was not accepted, or TLS failed.
    TlsFailed = 9,
    /// The connection broke before the answer began.
    ConnectionLost = 10,
    /// An answer ended before its announced length.
    Truncated = 11,
    /// The portal refused the API key.
    AuthenticationFailed = 12,
    /// The portal does not let this API key use this app area, or does not know the app area.
    UnknownAppArea = 13,
    /// The portal or the storage asks for fewer requests.
    Throttled = 14,
    /// The portal or the storage failed.
    ServerError = 15,
    /// The portal understood the request and refused it.
    Rejected = 16,
    /// What was asked for does not exist.
    NotFound = 17,
    /// The storage refused the temporary link.
    StorageRefused = 18,
    /// The answer is not one that the portal gives.
    BadAnswer = 19,
    /// An answer is larger than its configured limit.
    TooLarge = 20,
    /// A defect in this library.
    Internal = 21,
    /// There was not enough memory for a packet's content or a list of packets.
    OutOfMemory = 22,
    /// The proxy asks for a user and a password, or did not accept them.
    ProxyRefused = 23,
    /// The content is not a synchronization packet as the format has it.
    BadPacket = 24,
}

/// One row of the table. The header, the documentation and the bindings use these texts.
pub struct StatusRow {
    /// The status.
    pub status: Status,
    /// The status's name, as in `DMERP_<NAME>`.
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

/// All statuses, in the order of their numbers.
pub const STATUSES: &[StatusRow] = &[
    row(Status::Ok, "OK", "The call succeeded.", "Nothing.", false),
    row(
        Status::InvalidArgument,
        "INVALID_ARGUMENT",
        "An argument is not valid: NULL where a value is needed, text that is not UTF-8, an empty name, a number out of range.",
        "Correct the calling code; the message names the argument.",
        false,
    ),
    row(
        Status::InvalidHandle,
        "INVALID_HANDLE",
        "A handle is NULL, already freed, of another kind, or not from this library.",
        "Correct the calling code; the message names the handle.",
        false,
    ),
    row(
        Status::InvalidConfig,
        "INVALID_CONFIG",
        "A configuration option is unknown, missing, malformed, or contradicts another option.",
        "Correct the option that the message names.",
        false,
    ),
    row(
        Status::FileError,
        "FILE_ERROR",
        "A local file, or the caller's stream, could not be read or written.",
        "Check the path, its permissions and the free space, then repeat the call.",
        false,
    ),
    row(
        Status::Cancelled,
        "CANCELLED",
        "The call was cancelled, or a callback returned non-zero.",
        "Nothing: the caller asked for it. Repeating the call is safe.",
        false,
    ),
    row(
        Status::TimedOut,
        "TIMED_OUT",
        "The call's time-out passed, nothing was sent or received for the idle time-out, or no connection was made in time.",
        "Try again later. If it happens again, check the network, the proxy and the timeout.* options.",
        true,
    ),
    row(
        Status::HostNotFound,
        "HOST_NOT_FOUND",
        "The server's name could not be resolved (DNS).",
        "Check base_url for a misspelt host, and this machine's DNS. If both are right, try again later.",
        true,
    ),
    row(
        Status::ConnectFailed,
        "CONNECT_FAILED",
        "No connection could be made: it was refused, the host is unreachable, or a proxy stopped it.",
        "Check base_url's port, the firewall and the proxy option. If all are right, try again later.",
        true,
    ),
    row(
        Status::TlsFailed,
        "TLS_FAILED",
        "The server's certificate was not accepted, or the TLS handshake failed.",
        "The message says which. Check this machine's clock and trust store. If a proxy inspects TLS, name its CA in tls.ca_file or tls.ca_pem.",
        false,
    ),
    row(
        Status::ConnectionLost,
        "CONNECTION_LOST",
        "The connection broke before the answer began.",
        "Try again later. Every call of this library may be repeated.",
        true,
    ),
    row(
        Status::Truncated,
        "TRUNCATED",
        "An answer ended before its announced length; nothing of it was kept.",
        "Try again later. If it happens again, look for a proxy that cuts long answers.",
        true,
    ),
    row(
        Status::AuthenticationFailed,
        "AUTHENTICATION_FAILED",
        "The portal refused the API key.",
        "Check that api_key is complete, has not expired, and belongs to this app area.",
        false,
    ),
    row(
        Status::UnknownAppArea,
        "UNKNOWN_APP_AREA",
        "The portal does not let this API key use this app area, or does not know the app area.",
        "Check the spelling of app_area, and that the key belongs to it.",
        false,
    ),
    row(
        Status::Throttled,
        "THROTTLED",
        "The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown).",
        "Try again later, and less often.",
        true,
    ),
    row(
        Status::ServerError,
        "SERVER_ERROR",
        "The portal or the storage failed (HTTP 408 or 5xx).",
        "Try again later. If it happens again, tell Dynamics Mobile the packet id and the time.",
        true,
    ),
    row(
        Status::Rejected,
        "REJECTED",
        "The portal understood the request and refused it.",
        "Read the server's message: the mobile user, the packet or the receipt handle is not accepted.",
        false,
    ),
    row(
        Status::NotFound,
        "NOT_FOUND",
        "The portal or the storage does not have what was asked for.",
        "Check base_url. For a packet, pull again: somebody may have taken or removed it.",
        false,
    ),
    row(
        Status::StorageRefused,
        "STORAGE_REFUSED",
        "The storage refused a temporary link. If the link may have expired, a new one was tried, once.",
        "Read the server's message. Check this machine's clock, and any proxy that changes requests.",
        false,
    ),
    row(
        Status::BadAnswer,
        "BAD_ANSWER",
        "The answer is not one that the portal gives: a web page, a redirect, or broken JSON or XML.",
        "Check base_url, and whether a proxy or a sign-in page answered; the message says what came back.",
        false,
    ),
    row(
        Status::TooLarge,
        "TOO_LARGE",
        "An answer is larger than its configured limit; nothing of it was kept.",
        "Raise the limit that the message names, or download to a file.",
        false,
    ),
    row(
        Status::Internal,
        "INTERNAL",
        "A defect in this library; the client stays usable.",
        "Report it, with the message.",
        false,
    ),
    row(
        Status::OutOfMemory,
        "OUT_OF_MEMORY",
        "There was not enough memory for a packet's content or a list of packets; nothing of it was kept.",
        "Download to a file or a stream, run fewer calls at once, or give the process more memory.",
        false,
    ),
    row(
        Status::ProxyRefused,
        "PROXY_REFUSED",
        "The proxy asks for a user and a password, or did not accept those it was given (HTTP 407).",
        "Correct the proxy option or the system's settings; the message names the schemes that the proxy offers. The library tries once: repeating a wrong password can lock the account.",
        false,
    ),
    row(
        Status::BadPacket,
        "BAD_PACKET",
        "The content is not a synchronization packet as the format has it; the message names the line, the table, the record and the field.",
        "Correct what writes the packet. Keep a received packet in the queue, or save it, and have a person look at it.",
        false,
    ),
];

impl Status {
    /// The row of this status in the table.
    pub fn row(self) -> &'static StatusRow {
        &STATUSES[self as usize]
    }
}
