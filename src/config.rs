//! Options: set by key and value, checked when set, and as a whole when a client is made of them.

mod options;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use url::Url;
use zeroize::Zeroizing;

pub use options::{Kind, OPTIONS, OptionRow};

use crate::error::{ErrorKind, Result};
use crate::log::{Level, Logger, Record};
use crate::wire::Format;

/// What a secret reads as.
const SET: &str = "(set)";

/// The options of a client, before it is made.
///
/// ```
/// # fn main() -> dmerp::Result<()> {
/// let mut config = dmerp::Config::new();
/// config.set("app_area", "DMDEV01")?;
/// config.set("api_key", "the-key-from-the-portal")?;
/// let client = dmerp::Client::new(&config)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, Zeroizing<String>>,
    logger: Option<Logger>,
}

impl Config {
    /// A configuration in which every option has its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one option. The value is checked at once; on an error the option keeps what it had.
    pub fn set(&mut self, key: &str, value: &str) -> Result<&mut Self> {
        let row = find(key)?;
        check(row, value)
            .map_err(|problem| ErrorKind::InvalidConfig(format!("{key} {problem}")))?;
        self.values
            .insert(row.key, Zeroizing::new(value.to_string()));
        Ok(self)
    }

    /// The value in force for one option, `None` where there is neither a value nor a default. The API key, and a proxy
    /// with a password, read as `(set)`.
    pub fn get(&self, key: &str) -> Result<Option<&str>> {
        let row = find(key)?;
        let value = self.value(row);
        Ok(match row.kind {
            Kind::Secret(_) => value.map(|_| SET),
            Kind::Proxy => value.map(|url| if url.contains('@') { SET } else { url }),
            _ => value,
        })
    }

    /// Gives records of at least this importance to `sink`, on the thread that made the call. Nothing that `sink` does
    /// changes the call's outcome.
    pub fn log_to(
        &mut self,
        level: Level,
        sink: impl Fn(&Record<'_>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.logger = Some(Logger::new(level, sink));
        self
    }

    /// Ends what [`log_to`](Config::log_to) began.
    pub fn log_off(&mut self) -> &mut Self {
        self.logger = None;
        self
    }

    fn value(&self, row: &OptionRow) -> Option<&str> {
        self.values
            .get(row.key)
            .map(|value| value.as_str())
            .or(row.default)
    }

    fn text(&self, key: &'static str) -> Option<&str> {
        self.value(row_of(key))
    }

    fn required(&self, key: &'static str) -> Result<&str> {
        self.text(key)
            .ok_or_else(|| ErrorKind::InvalidConfig(format!("{key} is not set")).into())
    }

    fn number(&self, key: &'static str) -> Result<u64> {
        let text = self.required(key)?;
        text.parse()
            .map_err(|_| ErrorKind::InvalidConfig(format!("{key} is not a number: {text}")).into())
    }

    fn millis(&self, key: &'static str) -> Result<Duration> {
        Ok(Duration::from_millis(self.number(key)?))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for key in self.values.keys() {
            map.entry(key, &self.get(key).ok().flatten());
        }
        map.finish()
    }
}

fn find(key: &str) -> Result<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.key == key).ok_or_else(|| {
        let known: Vec<_> = OPTIONS.iter().map(|row| row.key).collect();
        ErrorKind::InvalidConfig(format!(
            "there is no option {key:?}; the options are {}",
            known.join(", ")
        ))
        .into()
    })
}

fn row_of(key: &'static str) -> &'static OptionRow {
    OPTIONS
        .iter()
        .find(|row| row.key == key)
        .unwrap_or_else(|| unreachable!("{key} is not in the table of options"))
}

/// Checks a value against its row; the error completes "{key} ...". It never repeats a secret.
fn check(row: &OptionRow, value: &str) -> std::result::Result<(), String> {
    match row.kind {
        Kind::Text(max) => check_text(value, max),
        Kind::Secret(max) => {
            check_text(value, max)?;
            if value == SET {
                return Err(format!("is {SET}, which is how a set key reads, not a key"));
            }
            if value.bytes().any(|byte| !byte.is_ascii_graphic()) {
                return Err("holds a character that no API key has (a space, or not ASCII)".into());
            }
            Ok(())
        }
        Kind::File | Kind::Folder => check_text(value, 4096),
        Kind::Pem(max) => check_pem(value, max),
        Kind::Url => check_url(value),
        Kind::Proxy => match value {
            "system" | "none" => Ok(()),
            url => check_proxy(url),
        },
        Kind::Choice(words) if words.contains(&value) => Ok(()),
        Kind::Choice(words) => Err(format!(
            "must be one of {}, not {value:?}",
            words.join(", ")
        )),
        Kind::Number(min, max) => match value.parse::<u64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(()),
            _ => Err(format!(
                "must be a whole number from {min} to {max}, not {value:?}"
            )),
        },
    }
}

fn check_text(value: &str, max: usize) -> std::result::Result<(), String> {
    if value.is_empty() {
        return Err("is empty".into());
    }
    if value.len() > max {
        return Err(format!(
            "is {} bytes long; at most {max} are accepted",
            value.len()
        ));
    }
    if value.chars().any(char::is_control) {
        return Err("holds a control character, such as a line end".into());
    }
    if value.trim() != value {
        return Err("begins or ends with white space".into());
    }
    Ok(())
}

/// Line ends belong to the form.
fn check_pem(value: &str, max: usize) -> std::result::Result<(), String> {
    if value.trim().is_empty() {
        return Err("is empty".into());
    }
    if value.len() > max {
        return Err(format!(
            "is {} bytes long; at most {max} are accepted",
            value.len()
        ));
    }
    if value.contains('\0') {
        return Err("holds a NUL character".into());
    }
    Ok(())
}

fn check_url(value: &str) -> std::result::Result<(), String> {
    check_text(value, 2048)?;
    // What has an @ may hold a password, also where it is no URL.
    let shown = match value.contains('@') {
        true => String::new(),
        false => format!(": {value:?}"),
    };
    let url = Url::parse(value).map_err(|why| format!("is not a URL ({why}){shown}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("must begin with https:// or http://{shown}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must not hold a ? or #{shown}"));
    }
    Ok(())
}

/// The value is not repeated: it may hold a password.
fn check_proxy(value: &str) -> std::result::Result<(), String> {
    check_text(value, 2048)?;
    match Url::parse(value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("must be system, none, or http://[user:password@]host:port".into()),
    }
}

/// Which certificate authorities count.
#[derive(Clone, Debug)]
pub(crate) enum Roots {
    Platform,
    Own(Authorities),
    Both(Authorities),
}

/// Certificate authorities that the caller names; at least one of the two is there.
#[derive(Clone, Debug)]
pub(crate) struct Authorities {
    pub file: Option<PathBuf>,
    pub pem: Option<String>,
}

/// Which proxy is used.
#[derive(Clone, Debug)]
pub(crate) enum Proxy {
    System,
    None,
    Url(Zeroizing<String>),
}

/// The configuration as a client uses it: parsed, complete, consistent.
#[derive(Clone)]
pub(crate) struct Settings {
    pub app_area: String,
    pub api_key: ApiKey,
    pub base_url: Url,
    pub format: Format,
    pub connect_timeout: Duration,
    pub idle_timeout: Duration,
    pub overall_timeout: Duration,
    pub max_attempts: u32,
    pub retry_base: Duration,
    pub retry_max: Duration,
    pub roots: Roots,
    pub proxy: Proxy,
    pub user_agent: String,
    pub upload_content_type: Option<String>,
    pub done_batch: usize,
    pub temp_dir: Option<PathBuf>,
    pub max_list_bytes: u64,
    pub max_memory_bytes: u64,
    pub max_download_bytes: u64,
    pub logger: Option<Logger>,
}

impl Settings {
    pub fn new(config: &Config) -> Result<Self> {
        let settings = Settings {
            app_area: config.required("app_area")?.to_string(),
            api_key: ApiKey::new(config.required("api_key")?),
            base_url: base_url(config.required("base_url")?)?,
            format: match config.required("format")? {
                "xml" => Format::Xml,
                _ => Format::Json,
            },
            connect_timeout: config.millis("timeout.connect_ms")?,
            idle_timeout: config.millis("timeout.idle_ms")?,
            overall_timeout: config.millis("timeout.overall_ms")?,
            max_attempts: config.number("retry.max_attempts")? as u32,
            retry_base: config.millis("retry.base_ms")?,
            retry_max: config.millis("retry.max_ms")?,
            roots: roots(config)?,
            proxy: match config.required("proxy")? {
                "system" => Proxy::System,
                "none" => Proxy::None,
                url => Proxy::Url(Zeroizing::new(url.to_string())),
            },
            user_agent: config.required("user_agent")?.to_string(),
            upload_content_type: config.text("upload_content_type").map(str::to_string),
            done_batch: config.number("done_batch")? as usize,
            temp_dir: config.text("temp_dir").map(PathBuf::from),
            max_list_bytes: config.number("max_list_bytes")?,
            max_memory_bytes: config.number("max_memory_bytes")?,
            max_download_bytes: config.number("max_download_bytes")?,
            logger: config.logger.clone(),
        };
        if matches!(settings.app_area.as_str(), "." | "..") {
            return Err(ErrorKind::InvalidConfig(
                "app_area is a dot name, which no URL can hold".into(),
            )
            .into());
        }
        if settings.retry_base > settings.retry_max {
            return Err(ErrorKind::InvalidConfig(
                "retry.base_ms is larger than retry.max_ms".into(),
            )
            .into());
        }
        Ok(settings)
    }
}

fn base_url(value: &str) -> Result<Url> {
    Url::parse(value.trim_end_matches('/'))
        .map_err(|why| ErrorKind::InvalidConfig(format!("base_url is not a URL ({why})")).into())
}

fn roots(config: &Config) -> Result<Roots> {
    let contradiction = |what: &str| Err(ErrorKind::InvalidConfig(what.into()).into());
    let own = Authorities {
        file: config.text("tls.ca_file").map(PathBuf::from),
        pem: config.text("tls.ca_pem").map(str::to_string),
    };
    let any = own.file.is_some() || own.pem.is_some();
    match (config.required("tls.roots")?, any) {
        ("file", true) => Ok(Roots::Own(own)),
        ("file", false) => {
            contradiction("tls.roots is file, but neither tls.ca_file nor tls.ca_pem is set")
        }
        ("platform", true) => contradiction(
            "tls.ca_file or tls.ca_pem is set, but tls.roots is platform and would ignore it; set tls.roots to file or both",
        ),
        ("both", true) => Ok(Roots::Both(own)),
        _ => Ok(Roots::Platform),
    }
}

/// The API key: shared, never shown, wiped with its last holder.
#[derive(Clone)]
pub(crate) struct ApiKey(Bytes);

struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl ApiKey {
    fn new(key: &str) -> Self {
        ApiKey(Bytes::from_owner(Wiped(Zeroizing::new(
            key.as_bytes().to_vec(),
        ))))
    }

    /// The key's bytes, shared and not copied, so that a header made of them is wiped too.
    pub fn bytes(&self) -> Bytes {
        self.0.clone()
    }

    /// Takes the key out of a body, before any of it is cut into a message.
    pub fn redact_bytes(&self, body: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = body;
        while let Some(byte) = rest.first() {
            match rest.strip_prefix(&*self.0) {
                Some(after) => {
                    clean.extend_from_slice(b"***");
                    rest = after;
                }
                None => {
                    clean.push(*byte);
                    rest = &rest[1..];
                }
            }
        }
        clean
    }

    /// Takes the key out of a text that came from outside.
    pub fn redact(&self, text: &str) -> String {
        match std::str::from_utf8(&self.0) {
            Ok(key) => text.replace(key, "***"),
            Err(_) => text.to_string(),
        }
    }
}
