//! The options of a client. Each value is checked when it is set; all options together are checked when a client is
//! made.

mod options;
mod settings;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use zeroize::{Zeroize, Zeroizing};

pub use options::{Accepted, OPTIONS, OptionRow};
pub(crate) use settings::{Authorities, Proxy, Receiving, Roots, Settings};

use crate::error::{ErrorKind, Result};
use crate::log::{Level, LogRecord, Logger};

/// The options for making a client.
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
    /// Makes a configuration in which every option has its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one option. The value is checked at once; after an error the option keeps its previous value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<&mut Self> {
        let row = find(key)?;
        value::check(row, value)
            .map_err(|problem| ErrorKind::InvalidConfig(format!("{key} {problem}")))?;
        let held = self.values.entry(row.key).or_default();
        // Also wipes what it held before.
        held.zeroize();
        held.push_str(value);
        Ok(self)
    }

    /// Returns the current value of an option: the value that was set, or else the default. `None` if it has neither.
    /// The API key, and a proxy URL with a password, read as `(set)`.
    pub fn get(&self, key: &str) -> Result<Option<&str>> {
        let row = find(key)?;
        let value = self.value(row);
        Ok(match row.accepted {
            Accepted::Secret(_) => value.map(|_| value::SET),
            Accepted::Proxy => value.map(|url| if url.contains('@') { value::SET } else { url }),
            _ => value,
        })
    }

    /// Sends log records of this level, and of more important levels, to `sink`, on the thread that made the call.
    /// Nothing that `sink` does changes the outcome of a call.
    pub fn log_to(
        &mut self,
        level: Level,
        sink: impl Fn(&LogRecord<'_>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.logger = Some(Logger::new(level, sink));
        self
    }

    /// Turns logging off.
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
