//! dmerp exchanges synchronization packets between an ERP and Dynamics Mobile's cloud: push to a mobile user, pull the
//! list of pending packets, download each through a temporary link, mark them done.
//!
//! The modules, from the outside in; each uses only those after it:
//!
//! * `ffi`: the C ABI, and the only `unsafe` code
//! * `client`: the verbs, as blocking calls
//! * `drive`: runs exchanges on the caller's thread
//! * `exchange`: what a verb does on the wire, as async functions
//! * `http`: requests with retries and limits; the only room that knows reqwest
//! * `port`: how an exchange reaches its caller
//! * `content`: memory, files and streams that content comes from and goes to
//! * `call`, `config`: what a caller gives
//! * `wire`: the portal's answers and bodies, without I/O
//! * `secret`: the API key
//! * `log`, `error`: what a caller gets
//! * `text`: text from outside, made fit for one line of a log

mod call;
mod client;
mod config;
mod content;
mod drive;
mod error;
mod exchange;
/// The C ABI. No part of the Rust API: what is here can change with any release.
#[doc(hidden)]
pub mod ffi;
mod http;
mod log;
mod port;
mod secret;
mod text;
mod wire;

pub use call::{Call, Progress};
pub use client::{Client, PacketUrl, Pushed};
pub use config::Config;
pub use error::{Error, ErrorKind, Missing, Peer, Result, Status};
pub use log::{Level, Record};
pub use wire::{Format, Packet, PacketKind, Packets, Receipt, UnreadablePacket};

/// The tables that the manuals are made from: every option, every status.
pub mod tables {
    pub use crate::config::{Accepted, OPTIONS, OptionRow};
    pub use crate::error::{STATUSES, StatusRow};
}

/// The pure parsers, for the fuzz targets.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::wire::*;
}
