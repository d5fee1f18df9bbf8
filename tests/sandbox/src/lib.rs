//! The Dynamics Mobile portal and its storage on your own machine.
//!
//! A [`Sandbox`] listens on two ports of 127.0.0.1. The *portal* answers the four endpoints of the ERP API, in both
//! formats and in every dialect that is documented or was seen. The *storage* is S3: pre-signed URLs that expire, and
//! S3's refusals. Tests play the mobile user, inject [`Fault`]s, and read the log of [`Request`]s.
//!
//! ```
//! use dmerp_sandbox::{Fault, Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default())?;
//! sandbox.send_packet("user1", b"<NavMobileSync/>");
//! sandbox.fault(Fault::on_portal().path("/pull/").throttle(Some(1)));
//! println!("an ERP may pull from {} now, on its second try", sandbox.base_url());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The program `dmerp-sandbox` offers the same over HTTP, under `/_sandbox/`; see the README.

mod bytes_as_json;
mod connection;
mod control;
mod dialects;
mod fault;
mod keys;
mod log;
mod misbehave;
mod options;
mod outgoing;
mod portal;
mod pushes;
mod queue;
mod sandbox;
mod site;
mod storage;
mod tls;
mod web;
mod world;
mod xml;

pub use dialects::{
    Dialects, DoneAgain, DoneAnswer, EmptyQueue, Forms, GetContentType, LinkAnswer, Numbers,
    PushAnswer, StaleReceipt, UnknownArea,
};
pub use fault::{
    Action, Answer, Cut, Early, Fault, FaultState, RetryAfter, Spoilt, SpoiltEntry, Then, When,
};
pub use log::{Listener, Outcome, Request};
pub use options::Options;
pub use outgoing::{Content, Outgoing, SentPacket};
pub use pushes::Pushed;
pub use queue::{PacketType, Queue, Waiting};
pub use sandbox::{Sandbox, Stopper};
