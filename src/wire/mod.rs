//! The portal's answers and bodies: answers are parsed, the body of `done` is written. No I/O.
//!
//! An answer is read in whichever form it arrives, JSON or XML, whatever was asked for. Nothing is skipped silently: a
//! packet that is skipped is a packet lost. A body that is not plainly the expected answer is an error that says what it
//! is instead.
//!
//! Every function takes a body whose size the caller has limited. Memory and time stay within a small multiple of it, and
//! no nesting exhausts the stack.
//!
//! The files; each uses only those after it:
//!
//! * `push`, `pull`, `link`, `done`: an answer each, and what is sent
//! * `packet`: the entries of the list; `format`: the names of the two forms
//! * `answer`: what the answers have in common
//! * `message`, `storage_error`: what the body of an error says
//! * `body`: which form a body has
//! * `json`, `xml`, `html`: the forms
//! * `fields`, `fault`, `excerpt`: what those give

mod answer;
mod body;
mod done;
mod excerpt;
mod fault;
mod fields;
mod format;
mod html;
mod json;
mod link;
mod message;
mod packet;
mod pull;
mod push;
mod storage_error;
#[cfg(test)]
mod tests;
mod xml;

pub use body::is_html;
pub use done::{Receipt, check_writable, parse_done, write_done};
pub use fault::WireError;
pub use format::Format;
pub use link::parse_link;
pub use message::{is_portal_refusal, server_message};
pub use packet::{Packet, PacketKind, UnreadablePacket};
pub use pull::{Packets, parse_pull};
pub use push::parse_push;
pub use storage_error::{is_transient_storage_error, storage_error_code};
