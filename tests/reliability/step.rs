//! The steps of the jobs: the requests that one packet takes.

use dmerp::Status;
use dmerp_sandbox::{Fault, When};

use crate::job::{PACKETS, VICTIM};

/// What a program does with the library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Push,
    PushMany,
    Receive,
}

/// One request of a verb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Push,
    Upload,
    List,
    Link,
    Download,
    Done,
}

pub const VERBS: [Verb; 3] = [Verb::Push, Verb::PushMany, Verb::Receive];

pub const EVERY: &[Step] = &[
    Step::Push,
    Step::Upload,
    Step::List,
    Step::Link,
    Step::Download,
    Step::Done,
];

impl Verb {
    pub fn name(self) -> &'static str {
        match self {
            Verb::Push => "push",
            Verb::PushMany => "push_many",
            Verb::Receive => "receive",
        }
    }

    pub fn steps(self) -> &'static [Step] {
        match self {
            Verb::Push | Verb::PushMany => &[Step::Push, Step::Upload],
            Verb::Receive => &[Step::List, Step::Link, Step::Download, Step::Done],
        }
    }
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Push => "push request",
            Step::Upload => "upload",
            Step::List => "list",
            Step::Link => "link",
            Step::Download => "download",
            Step::Done => "done",
        }
    }

    /// Every request of this step.
    pub fn requests(self) -> When {
        match self {
            Step::Push => Fault::on_portal().path("/push/"),
            Step::Upload => Fault::on_storage().method("PUT"),
            Step::List => Fault::on_portal().query("packetType=packet"),
            Step::Link => Fault::on_portal().path("/link"),
            Step::Download => Fault::on_storage().method("GET"),
            Step::Done => Fault::on_portal().path("/done"),
        }
    }

    /// Its requests for one packet among others, where a request is for one packet.
    pub fn requests_of_victim(self) -> When {
        match self {
            Step::Push => self.requests().path(&format!("/{VICTIM}")),
            Step::Upload | Step::Download => self.requests().path(&format!("/{VICTIM}/")),
            Step::Link => self.requests().query(&format!("%2F{VICTIM}%2F")),
            Step::List | Step::Done => self.requests(),
        }
    }

    /// Whether its request changes something, so that without an answer nobody knows whether it did.
    pub fn is_change(self) -> bool {
        matches!(self, Step::Upload | Step::Done)
    }

    /// What the caller sees of a request for one packet that ends like this.
    pub fn told(self, verb: Verb, status: Status, unknown: bool) -> String {
        let name = status.row().name;
        if status == Status::Ok {
            return name.to_string();
        }
        match (self, verb) {
            (Step::Push | Step::Upload, Verb::PushMany) => {
                format!("{} for 1 of {PACKETS}", outcome(status, unknown))
            }
            (Step::Push | Step::Upload, _) => outcome(status, unknown),
            (Step::List, _) => format!("next: {name}"),
            (Step::Link | Step::Download, _) => format!("1 left: NOT_DOWNLOADED, {name}"),
            (Step::Done, _) if unknown => format!("{PACKETS} left: MARK_UNKNOWN, {name}"),
            (Step::Done, _) => format!("{PACKETS} left: NOT_MARKED, {name}"),
        }
    }
}

/// A status, and whether the outcome is unknown.
pub fn outcome(status: Status, unknown: bool) -> String {
    let unknown = if unknown { " (outcome unknown)" } else { "" };
    format!("{}{unknown}", status.row().name)
}
