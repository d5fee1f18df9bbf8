//! dmerp exchanges synchronization packets between an ERP and Dynamics Mobile's cloud: push to a mobile user, pull the
//! list of pending packets, download each through a temporary link, mark them done.
//!
//! The modules, from the outside in; each uses only those after it:
//!
//! * `ffi`: the C ABI, and the only `unsafe` code
//! * `client`: the verbs
//! * `transport`: HTTP with deadlines, retries and limits; the only room that knows reqwest
//! * `wire`: the portal's answers and bodies, without I/O
//! * `config`, `call`, `log`, `error`: what a caller gives, and gets

mod call;
mod client;
mod config;
mod error;
pub mod ffi;
mod log;
mod transport;
mod wire;

pub use call::{Call, Progress};
pub use client::{Client, Pushed};
pub use config::{Config, Kind, OPTIONS, OptionRow};
pub use error::{Error, ErrorKind, Peer, Result, STATUSES, Status, StatusRow};
pub use log::{Level, Record};
pub use wire::{Format, Packet, PacketKind, Packets, Receipt, UnreadablePacket};

/// The pure parsers, for the fuzz targets.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::wire::*;
}
