//! Parses the portal's answers, and writes the body of `done`. No I/O.
//!
//! An answer may be JSON or XML, whatever format was asked for. Nothing is skipped silently: a skipped packet is a lost
//! packet. A body that is not clearly the expected answer is an error, and the error says what came instead.
//!
//! The caller limits the size of a body. Memory and time stay within a small multiple of that size, and no nesting
//! exhausts the stack.
//!
//! The files. Each file uses only files that are listed after it:
//!
//! * `push`, `pull`, `link`, `done`: one answer each, and what `done` sends
//! * `packet`: the entries of the list; `format`: the names of the two formats
//! * `answer`: what the answers have in common
//! * `message`, `storage_error`: the message in the body of an error
//! * `body`: whether a body is JSON, XML, HTML or something else
//! * `json`, `xml`, `html`: parsers for these
//! * `fields`, `fault`, `excerpt`: what the parsers return

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
