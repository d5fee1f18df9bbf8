//! What each verb does on the wire, as async functions that never block. They ask their caller through a port; see
//! [`port`](crate::port).

mod address;
mod answers;
mod check;
mod done;
mod download;
mod link;
mod pull;
mod push;

pub(crate) use self::address::{check_name, check_segment};
pub(crate) use self::check::check;
pub(crate) use self::done::{Marks, check_receipts, done};
pub(crate) use self::download::download;
pub(crate) use self::link::link;
pub(crate) use self::pull::pull;
pub use self::push::Pushed;
pub(crate) use self::push::{Push, new_packet_id, push};
