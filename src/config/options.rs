// The one table of options. build.rs includes this file to write the header's comment, so it uses only `core` and
// `alloc`.

/// The kind of values that an option accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accepted {
    /// Text of 1 to this many bytes, without control characters.
    Text(usize),
    /// Like `Text`, but never shown.
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
    /// The kind of values that the option accepts.
    pub accepted: Accepted,
    /// The default value; `None` if the option has no default.
    pub default: Option<&'static str>,
    /// What the option does. Numbers come with their unit.
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

/// A 32-bit process seldom has 256 MiB of free memory in one piece. The header always shows the 64-bit default.
const MEMORY: &str = if cfg!(target_pointer_width = "32") {
    "67108864"
} else {
    "268435456"
};

/// All options.
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
        "The application area's API key. Required. No message and no log record contains it. The library wipes its own copies when the last handle that holds the key is freed.",
    ),
    row(
        "base_url",
        Accepted::Url,
        Some("https://api.portal.dynamicsmobile.com/mobile"),
        "The portal's URL. The library appends /erp/... to it. A trailing slash makes no difference.",
    ),
    row(
        "format",
        Accepted::Choice(&["xml", "json"]),
        Some("json"),
        "The format of pull and done, for calls that do not name one.",
    ),
    row(
        "timeout.connect_ms",
        Accepted::Number(1, DAY_MS),
        Some("10000"),
        "The longest time to make one connection, in milliseconds: name resolution, TCP and TLS. The check of the certificate may then take 5000 more than that.",
    ),
    row(
        "timeout.idle_ms",
        Accepted::Number(1, DAY_MS),
        Some("60000"),
        "The longest time in which nothing is sent and nothing is received, in milliseconds. After it, the try has failed. On a slow uplink raise it: up to about half a megabyte of an upload can wait in buffers unseen.",
    ),
    row(
        "timeout.overall_ms",
        Accepted::Number(1, DAY_MS),
        Some("3600000"),
        "The longest time for a whole call, its retries included, in milliseconds. A call's own time-out can only shorten it.",
    ),
    row(
        "retry.max_attempts",
        Accepted::Number(1, 20),
        Some("5"),
        "How often one request is tried at most, the first try included; 1 turns retries off.",
    ),
    row(
        "retry.base_ms",
        Accepted::Number(1, 60_000),
        Some("500"),
        "The longest wait before the second try, in milliseconds. It doubles with each further try, up to retry.max_ms. The actual wait is random, from 0 to this value.",
    ),
    row(
        "retry.max_ms",
        Accepted::Number(1, 600_000),
        Some("30000"),
        "The longest wait between two tries, in milliseconds, unless the server's Retry-After header asks for more.",
    ),
    row(
        "tls.roots",
        Accepted::Choice(&["platform", "file", "both"]),
        Some("both"),
        "Which certificate authorities are trusted. platform: the platform's trust store. file: those in tls.ca_file and tls.ca_pem. both: all of these.",
    ),
    row(
        "tls.ca_file",
        Accepted::File,
        None,
        "A PEM file of certificate authorities to trust, such as that of a proxy that inspects TLS.",
    ),
    row(
        "tls.ca_pem",
        Accepted::Pem(1 << 20),
        None,
        "Certificate authorities to trust, as the text of a PEM file. May be used together with tls.ca_file.",
    ),
    row(
        "proxy",
        Accepted::Proxy,
        Some("system"),
        "system: the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), and on Windows and macOS the system's settings. none: connect directly. Or http://[user:password@]host:port.",
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
        "The Content-Type of an upload. The default follows the packet's format: application/xml or application/json.",
    ),
    row(
        "done_batch",
        Accepted::Number(1, 10_000),
        Some("500"),
        "How many packets one done request marks at most. More packets are sent in several requests.",
    ),
    row(
        "temp_dir",
        Accepted::Folder,
        None,
        "The folder for the temporary files of the stream verbs and of receivers. The default is the system's folder, such as /tmp, which on many systems is in memory. A download to a file uses the folder of that file instead, and a packet writer has a temp_dir of its own.",
    ),
    row(
        "max_list_bytes",
        Accepted::Number(1024, TIB),
        Some("67108864"),
        "The largest list of packets that pull accepts, in bytes.",
    ),
    row(
        "max_memory_bytes",
        Accepted::Number(1024, TIB),
        Some(MEMORY),
        "The largest packet that download accepts into memory, in bytes. Downloads to files and streams have only max_download_bytes. In a 32-bit process the default is 67108864.",
    ),
    row(
        "max_download_bytes",
        Accepted::Number(1024, TIB),
        Some("4294967296"),
        "The largest packet that any download accepts, in bytes.",
    ),
    row(
        "receive.concurrency",
        Accepted::Number(1, 64),
        Some("16"),
        "How many packets a receiver downloads at the same time.",
    ),
    row(
        "receive.ahead_packets",
        Accepted::Number(1, 10_000),
        Some("64"),
        "How many packets a receiver downloads before the host takes them, at most.",
    ),
    row(
        "receive.ahead_bytes",
        Accepted::Number(1024, TIB),
        Some("67108864"),
        "How many content bytes a receiver downloads before the host takes them, in memory and in files. One packet may be larger. A packet that is listed without its size counts as receive.memory_bytes until its download begins.",
    ),
    row(
        "receive.memory_bytes",
        Accepted::Number(0, TIB),
        Some("1048576"),
        "The largest packet that a receiver keeps in memory, in bytes. Larger content is in a file in temp_dir.",
    ),
    row(
        "receive.done_count",
        Accepted::Number(1, 10_000),
        Some("50"),
        "A receiver marks handled packets done when this many wait. It also does so by receive.done_ms, before it waits for new packets, and at its end.",
    ),
    row(
        "receive.done_ms",
        Accepted::Number(1, DAY_MS),
        Some("1000"),
        "A receiver marks handled packets done when the oldest has waited this long, in milliseconds. It looks when the host asks for a packet, and while it waits for one.",
    ),
    row(
        "receive.close_ms",
        Accepted::Number(1, DAY_MS),
        Some("10000"),
        "The longest time in which a receiver marks handled packets done at its end, in milliseconds. A cancel does not shorten it.",
    ),
    row(
        "receive.lease_ms",
        Accepted::Number(100, DAY_MS),
        Some("25000"),
        "How long a listed packet may wait until it is handed over, in milliseconds. Then its receipt handle counts as stale, and a later list must show the packet again. Keep it below the portal's visibility time-out, which is not published.",
    ),
    row(
        "receive.max_deliveries",
        Accepted::Number(1, 1_000_000),
        Some("5"),
        "After this many failures a packet goes to receive.dead_letter_dir: the host kept it or did not say done, or its download failed for a reason of its own (not by an outage) while another packet of the list could be downloaded. The client counts by packet id.",
    ),
    row(
        "receive.dead_letter_dir",
        Accepted::Folder,
        None,
        "The folder for packets that fail again and again. A receiver stores the content, as far as it can be had, and a JSON file that says why, and then marks the packet done. Without this option such packets stay in the queue.",
    ),
    row(
        "receive.poll_ms",
        Accepted::Number(0, DAY_MS),
        Some("0"),
        "0: a receiver ends when the queue is empty. Else it waits this long for new packets, in milliseconds, and lists again. The wait grows up to receive.poll_max_ms while the queue stays empty.",
    ),
    row(
        "receive.poll_max_ms",
        Accepted::Number(1, DAY_MS),
        Some("60000"),
        "The longest wait between two lists of an empty queue, in milliseconds; not less than receive.poll_ms.",
    ),
    row(
        "receive.max_packets",
        Accepted::Number(0, TIB),
        Some("0"),
        "A receiver ends after it has handed over this many packets. 0: no limit.",
    ),
    row(
        "receive.max_ms",
        Accepted::Number(0, 365 * DAY_MS),
        Some("0"),
        "A receiver hands over nothing new after this time, in milliseconds since it was opened. 0: no limit.",
    ),
    row(
        "push.concurrency",
        Accepted::Number(1, 64),
        Some("16"),
        "How many packets a batch pushes at the same time. Each mobile user gets one at a time.",
    ),
];

impl Accepted {
    /// Describes the accepted values.
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
