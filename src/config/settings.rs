//! The options as a client uses them: parsed, complete, consistent.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;
use zeroize::Zeroizing;

use super::Config;
use crate::error::{ErrorKind, Result};
use crate::log::Logger;
use crate::secret::ApiKey;
use crate::wire::Format;

/// Which certificate authorities are trusted.
#[derive(Clone, Debug)]
pub(crate) enum Roots {
    Platform,
    Own(Authorities),
    Both(Authorities),
}

/// The caller's own certificate authorities. At least one of the two fields is set.
#[derive(Clone, Debug)]
pub(crate) struct Authorities {
    pub file: Option<PathBuf>,
    pub pem: Option<String>,
}

/// Which proxy to use.
#[derive(Clone, Debug)]
pub(crate) enum Proxy {
    System,
    None,
    Url(Zeroizing<String>),
}

/// How packets are received. A limit of `None` is no limit.
#[derive(Clone, Debug)]
pub(crate) struct Receiving {
    pub concurrency: usize,
    pub ahead_packets: usize,
    pub ahead_bytes: u64,
    pub memory_bytes: u64,
    pub done_count: usize,
    pub done_after: Duration,
    pub close_timeout: Duration,
    pub lease: Duration,
    pub max_deliveries: u32,
    pub dead_letter_dir: Option<PathBuf>,
    /// `None` to end when the queue is empty.
    pub poll: Option<Duration>,
    pub poll_max: Duration,
    pub max_packets: Option<u64>,
    pub max_time: Option<Duration>,
}

impl Receiving {
    fn new(config: &Config) -> Result<Self> {
        let or_none =
            |key| -> Result<_> { Ok(Some(config.number(key)?).filter(|number| *number > 0)) };
        Ok(Receiving {
            concurrency: config.number("receive.concurrency")? as usize,
            ahead_packets: config.number("receive.ahead_packets")? as usize,
            ahead_bytes: config.number("receive.ahead_bytes")?,
            memory_bytes: config.number("receive.memory_bytes")?,
            done_count: config.number("receive.done_count")? as usize,
            done_after: config.millis("receive.done_ms")?,
            close_timeout: config.millis("receive.close_ms")?,
            lease: config.millis("receive.lease_ms")?,
            max_deliveries: config.number("receive.max_deliveries")? as u32,
            dead_letter_dir: config.text("receive.dead_letter_dir").map(PathBuf::from),
            poll: or_none("receive.poll_ms")?.map(Duration::from_millis),
            poll_max: config.millis("receive.poll_max_ms")?,
            max_packets: or_none("receive.max_packets")?,
            max_time: or_none("receive.max_ms")?.map(Duration::from_millis),
        })
    }
}

/// The configuration as a client uses it: parsed, complete and consistent.
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
    pub receive: Receiving,
    pub push_concurrency: usize,
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
            receive: Receiving::new(config)?,
            push_concurrency: config.number("push.concurrency")? as usize,
            logger: config.logger.clone(),
        };
        if matches!(settings.app_area.as_str(), "." | "..") {
            return Err(ErrorKind::InvalidConfig(
                "app_area is \".\" or \"..\", which no URL can hold".into(),
            )
            .into());
        }
        for (option, folder) in [
            ("temp_dir", &settings.temp_dir),
            ("receive.dead_letter_dir", &settings.receive.dead_letter_dir),
        ] {
            if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
                let problem = format!("{option} {} is not an existing folder", folder.display());
                return Err(ErrorKind::InvalidConfig(problem).into());
            }
        }
        for (least, most, problem) in [
            (
                settings.retry_base,
                settings.retry_max,
                "retry.base_ms is larger than retry.max_ms",
            ),
            (
                settings.receive.poll.unwrap_or_default(),
                settings.receive.poll_max,
                "receive.poll_ms is larger than receive.poll_max_ms",
            ),
        ] {
            if least > most {
                return Err(ErrorKind::InvalidConfig(problem.into()).into());
            }
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
