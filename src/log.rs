//! Log records of what a call does. The host's callback gets them on the thread that made the call.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::text::{LONGEST_LINE, one_line};

/// The importance of a log record. The numbers are those of the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum Level {
    /// A call failed.
    Error = 1,
    /// Something failed and is tried again, or an entry of the list cannot be read.
    Warning = 2,
    /// A call succeeded.
    Info = 3,
    /// Every request and its answer.
    Debug = 4,
}

impl Level {
    /// All levels, the most important first.
    pub const ALL: [Level; 4] = [Level::Error, Level::Warning, Level::Info, Level::Debug];
}

/// One log record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogRecord<'a> {
    /// Its importance.
    pub level: Level,
    /// One line of text, without a line end. It never holds the API key or a temporary link's signature.
    pub message: &'a str,
}

type OnRecord = dyn Fn(&LogRecord<'_>) + Send + Sync;

/// The host's callback, and the level that it wants.
#[derive(Clone)]
pub(crate) struct Logger {
    level: Level,
    sink: Arc<OnRecord>,
}

impl Logger {
    pub fn new(level: Level, sink: impl Fn(&LogRecord<'_>) + Send + Sync + 'static) -> Self {
        Self {
            level,
            sink: Arc::new(sink),
        }
    }

    /// The least important level that the callback wants.
    pub fn level(&self) -> Level {
        self.level
    }

    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        if level <= self.level {
            let message = one_line(&message.to_string(), LONGEST_LINE);
            let record = LogRecord {
                level,
                message: &message,
            };
            // A sink that panics has told so on standard error; a stored push must not become a failure by it.
            let _ = catch_unwind(AssertUnwindSafe(|| (self.sink)(&record)));
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
