//! Records of what a call does, given to the host on the thread that made the call.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::text::{LONGEST_LINE, one_line};

/// How much a record matters. The numbers are those of the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum Level {
    /// A call failed.
    Error = 1,
    /// Something failed and is tried again, or needs a look.
    Warning = 2,
    /// A verb was done.
    Info = 3,
    /// Every request and its answer.
    Debug = 4,
}

impl Level {
    /// Every level, most important first.
    pub const ALL: [Level; 4] = [Level::Error, Level::Warning, Level::Info, Level::Debug];
}

/// One record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// How much it matters.
    pub level: Level,
    /// One line of text. It never holds the API key or a temporary link's signature.
    pub message: &'a str,
}

type OnRecord = dyn Fn(&Record<'_>) + Send + Sync;

/// Where records go.
#[derive(Clone)]
pub(crate) struct Logger {
    level: Level,
    sink: Arc<OnRecord>,
}

impl Logger {
    pub fn new(level: Level, sink: impl Fn(&Record<'_>) + Send + Sync + 'static) -> Self {
        Self {
            level,
            sink: Arc::new(sink),
        }
    }

    /// The least important records that are taken.
    pub fn level(&self) -> Level {
        self.level
    }

    pub fn log(&self, level: Level, message: fmt::Arguments<'_>) {
        if level <= self.level {
            let message = one_line(&message.to_string(), LONGEST_LINE);
            let record = Record {
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
