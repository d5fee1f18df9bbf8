//! dmerp exchanges synchronization packets between an ERP and Dynamics Mobile's cloud. It pushes packets to mobile
//! users, pulls the list of pending packets, downloads each packet through a temporary link, and marks packets done.
//!
//! The modules, from the outside in. Each module uses only modules that are listed after it:
//!
//! * `ffi`: the C ABI, and the only `unsafe` code
//! * `client`: the verbs, as blocking calls
//! * `receive`: the loop that empties a queue; `batch`: many packets to many mobile users
//! * `ledger`: what a client remembers of received packets
//! * `drive`: runs exchanges on the caller's thread
//! * `exchange`: what a verb does on the wire, as async functions
//! * `http`: requests with retries and limits; the only module that uses reqwest
//! * `port`: how an exchange asks its caller for content, and hands over log records
//! * `packet`: writes and reads the XML of synchronization packets
//! * `content`: the sources and sinks of content: memory, files and streams
//! * `call`, `config`: what a caller passes in
//! * `stats`: counts what a client has done
//! * `wire`: parses the portal's answers and writes its request bodies, without I/O
//! * `secret`: the API key
//! * `log`, `error`: what a caller gets back
//! * `text`: makes text from outside fit for one line of a log

mod batch;
mod call;
mod client;
mod config;
mod content;
mod drive;
mod error;
mod exchange;
/// The C ABI. It is not part of the Rust API and can change with any release.
#[doc(hidden)]
pub mod ffi;
mod http;
mod ledger;
mod log;
mod packet;
mod port;
mod receive;
mod secret;
mod stats;
mod text;
mod wire;

pub use batch::{Batch, ContentId};
pub use call::{Call, Progress};
pub use client::{Client, PacketUrl};
pub use config::Config;
pub use error::{Error, ErrorKind, Missing, Peer, Result, Status};
pub use exchange::Pushed;
pub use log::{Level, LogRecord};
pub use packet::{
    Attribute, Decimal, Field, Mistake, PacketReader, PacketWriter, Record, RecordField,
    RecordStatus, Value, check_packet, check_packet_file,
};
pub use receive::{Iter, Left, LeftWhy, Received, Receiver, Summary};
pub use stats::Stats;
pub use wire::{Format, Packet, PacketKind, Packets, Receipt, UnreadablePacket};

/// The tables of all options and statuses. The manuals are generated from them.
pub mod tables {
    pub use crate::config::{Accepted, OPTIONS, OptionRow};
    pub use crate::error::{STATUSES, StatusRow};
}

/// What the tests change inside the library. It is not part of a release.
#[cfg(feature = "test-hooks")]
pub mod hooks {
    pub use crate::http::BEFORE_CHECK;
}

/// The pure parsers, for the fuzz targets.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::wire::*;
}
