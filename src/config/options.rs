// The one table of options. build.rs includes this file to write the header's comment, so it uses nothing but core and alloc.

/// What an option takes for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accepted {
    /// Text of 1 to this many bytes, without control characters.
    Text(usize),
    /// Like `Text`, and never shown.
    Secret(usize),
    /// An absolute http or https URL without user, query or fragment.
    Url,
    /// The path of a file.
    File,
    /// The path of a folder.
    Folder,
    /// Certificates in PEM form, of 1 to this many bytes.
    Pem(usize),
    /// `system`, `none`, or the URL of an HTTP proxy.
    Proxy,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from the first to the second, both included.
    Number(u64, u64),
}

/// One row of the table.
pub struct OptionRow {
    /// The key, as given to `set`.
    pub key: &'static str,
    /// What values it takes.
    pub accepted: Accepted,
    /// The value when none is set; `None` where the option has no default.
    pub default: Option<&'static str>,
    /// What the option does, with the unit of a number.
    pub meaning: &'static str,
}

const fn row(
    key: &'static str,
    accepted: Accepted,
    default: Option<&'static str>,
    meaning: &'static str,
) -> OptionRow {
    OptionRow {
        key,
        accepted,
        default,
        meaning,
    }
}

const DAY_MS: u64 = 86_400_000;
const TIB: u64 = 1 << 40;

/// A 32-bit process seldom has 256 MiB in one piece. The header is made for 64 bits, whatever builds it.
const MEMORY: &str = if cfg!(target_pointer_width = "32") {
    "67108864"
} else {
    "268435456"
};

/// Every option.
pub const OPTIONS: &[OptionRow] = &[
    row(
        "app_area",
        Accepted::Text(128),
        None,
        "The application area's code, such as DMDEV01. Required.",
    ),
    row(
        "api_key",
        Accepted::Secret(1024),
        None,
        "The application area's API key. Required. Appears in no message and no log. The library's own copies are wiped when the last handle that holds it is freed.",
    ),
    row(
        "base_url",
        Accepted::Url,
        Some("https://api.portal.dynamicsmobile.com/mobile"),
        "Where the portal is; /erp/... is added to it. A trailing slash makes no difference.",
    ),
    row(
        "format",
        Accepted::Choice(&["xml", "json"]),
        Some("json"),
        "The form asked of pull and done where a call names none.",
    ),
    row(
        "timeout.connect_ms",
        Accepted::Number(1, DAY_MS),
        Some("10000"),
        "Milliseconds to make one connection: name resolution, TCP and TLS.",
    ),
    row(
        "timeout.idle_ms",
        Accepted::Number(1, DAY_MS),
        Some("60000"),
        "Milliseconds in which nothing is sent and nothing received before an attempt is given up.",
    ),
    row(
        "timeout.overall_ms",
        Accepted::Number(1, DAY_MS),
        Some("3600000"),
        "Milliseconds for one whole call, its retries included. A call's own time-out can only shorten it.",
    ),
    row(
        "retry.max_attempts",
        Accepted::Number(1, 20),
        Some("5"),
        "How often one request is tried in all; 1 turns retries off.",
    ),
    row(
        "retry.base_ms",
        Accepted::Number(1, 60_000),
        Some("500"),
        "Milliseconds that the first wait between two tries is at most; each further wait may be twice as long. The real wait is drawn at random from nothing to that.",
    ),
    row(
        "retry.max_ms",
        Accepted::Number(1, 600_000),
        Some("30000"),
        "Milliseconds that no wait between two tries exceeds, unless the portal's Retry-After asks for more.",
    ),
    row(
        "tls.roots",
        Accepted::Choice(&["platform", "file", "both"]),
        Some("both"),
        "Which certificate authorities count: the platform's trust store, tls.ca_file, or both.",
    ),
    row(
        "tls.ca_file",
        Accepted::File,
        None,
        "A PEM file of certificate authorities to trust, such as a company's inspecting proxy.",
    ),
    row(
        "tls.ca_pem",
        Accepted::Pem(1 << 20),
        None,
        "Certificate authorities to trust, as the text of a PEM file; counts as tls.ca_file does, and beside it.",
    ),
    row(
        "proxy",
        Accepted::Proxy,
        Some("system"),
        "system: the platform's settings (HTTPS_PROXY and its kin; on Windows and macOS the system's). none: connect directly. Or http://[user:password@]host:port.",
    ),
    row(
        "user_agent",
        Accepted::Text(256),
        Some(concat!("dmerp/", env!("CARGO_PKG_VERSION"))),
        "The User-Agent header of every request.",
    ),
    row(
        "upload_content_type",
        Accepted::Text(128),
        None,
        "The Content-Type of an upload. By default it follows the packet: application/xml or application/json.",
    ),
    row(
        "done_batch",
        Accepted::Number(1, 10_000),
        Some("500"),
        "How many packets one request of done marks; more are sent in several requests.",
    ),
    row(
        "temp_dir",
        Accepted::Folder,
        None,
        "The folder for the temporary files of the stream verbs; by default the system's, which is often memory (/tmp). A download to a file has its temporary file beside the final one.",
    ),
    row(
        "max_list_bytes",
        Accepted::Number(1024, TIB),
        Some("67108864"),
        "The largest list of packets accepted from pull, in bytes.",
    ),
    row(
        "max_memory_bytes",
        Accepted::Number(1024, TIB),
        Some(MEMORY),
        "The largest packet that download holds in memory, in bytes; download_file has max_download_bytes alone. In a 32-bit process the default is 67108864.",
    ),
    row(
        "max_download_bytes",
        Accepted::Number(1024, TIB),
        Some("4294967296"),
        "The largest packet accepted from the storage, in bytes.",
    ),
];

impl Accepted {
    /// What values are accepted, in words.
    pub fn in_words(self) -> String {
        match self {
            Accepted::Text(max) => format!("text, 1 to {max} bytes"),
            Accepted::Secret(max) => format!("secret text, 1 to {max} bytes"),
            Accepted::Url => "an http or https URL".into(),
            Accepted::File => "a file's path".into(),
            Accepted::Folder => "a folder's path".into(),
            Accepted::Pem(max) => format!("PEM text, 1 to {max} bytes"),
            Accepted::Proxy => "system, none, or an http URL".into(),
            Accepted::Choice(words) => words.join(", "),
            Accepted::Number(min, max) => format!("{min} to {max}"),
        }
    }
}
