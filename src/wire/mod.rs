//! The portal's answers and bodies: what arrives is parsed, what `done` sends is written. No I/O.
//!
//! An answer is read in whichever form it arrives, whatever was asked for, and by the safest reading: nothing is
//! skipped silently (a packet that is skipped is a packet lost), and what is not plainly the answer that was expected is
//! an error that says what it is instead.
//!
//! Every function takes a body whose size the caller has limited. Memory stays within a small multiple of it, and so does
//! time; nesting is limited by [`DEEPEST`].

mod body;
mod fields;
mod json;
mod message;
mod model;
#[cfg(test)]
mod tests;
mod xml;

use body::Body;
use fields::{Fault, Fields};

pub use message::{server_message, storage_error_code};
pub use model::{
    Format, Packet, PacketKind, Packets, PushAnswer, Receipt, UnreadablePacket, WireError,
};

/// Levels of nesting an answer may have; the deepest one known has three.
const DEEPEST: usize = 64;

/// Reads the answer to `push`.
pub fn parse_push(body: &[u8]) -> Result<PushAnswer, WireError> {
    push_answer(&Body::of(body)).map_err(|fault| fault.explain(body, "the answer to push"))
}

/// Reads the list of pending packets; an empty body is an empty queue.
pub fn parse_pull(body: &[u8]) -> Result<Vec<Packet>, WireError> {
    packets(&Body::of(body)).map_err(|fault| fault.explain(body, "a list of packets"))
}

/// Reads a download link: an absolute http or https URL.
pub fn parse_link(body: &[u8]) -> Result<String, WireError> {
    link(&Body::of(body)).map_err(|fault| fault.explain(body, "a download link"))
}

/// Reads the answer to `done`.
///
/// An empty body is an error although the portal sent it with a 2xx: packets taken for done that are not would hide a
/// fault, packets taken for not done are merely marked again.
pub fn parse_done(body: &[u8]) -> Result<(), WireError> {
    done(&Body::of(body)).map_err(|fault| fault.explain(body, "the answer to done"))
}

/// Writes the body of `done`.
///
/// JSON can carry any receipt. XML can't carry some characters, however escaped: they are
/// [`WireError::NotWritable`].
pub fn write_done(receipts: &[Receipt], format: Format) -> Result<Vec<u8>, WireError> {
    match format {
        Format::Xml => xml::write_done(receipts),
        Format::Json => Ok(json::write_done(receipts)),
    }
}

/// Whether a body is a web page, which no answer of the portal or the storage is.
pub fn is_html(body: &[u8]) -> bool {
    matches!(Body::of(body), Body::Html(_))
}

fn push_answer(body: &Body) -> Result<PushAnswer, Fault> {
    let fields = object(body)?;
    fields.check_success()?;
    let upload_path = fields.text("uploadPath").ok_or(Fault::Refused)?.trim();
    if !is_absolute_url(upload_path) {
        return Err(Fault::found("whose uploadPath is no absolute http(s) URL"));
    }
    Ok(PushAnswer {
        sync_log_id: fields.text("syncLogId").map(str::to_owned),
        upload_path: upload_path.to_owned(),
    })
}

fn packets(body: &Body) -> Result<Vec<Packet>, Fault> {
    match body {
        Body::Empty => Ok(Vec::new()),
        Body::Json(text) => json::packets(text),
        Body::Xml(text) => xml::packets(text),
        _ => Err(Fault::OtherForm),
    }
}

fn link(body: &Body) -> Result<String, Fault> {
    let url = match body {
        Body::Json(text) if text.starts_with('"') => json::string(text)?,
        Body::Text(text) => unquoted(text).to_owned(),
        _ => url_field(&object(body)?)?,
    };
    let url = url.trim();
    if is_absolute_url(url) {
        Ok(url.to_owned())
    } else {
        Err(Fault::found("that holds no absolute http(s) URL"))
    }
}

fn done(body: &Body) -> Result<(), Fault> {
    if object(body)?.check_success()? {
        Ok(())
    } else {
        Err(Fault::found("without the field success"))
    }
}

/// The fields of an answer that is one object.
fn object<'a>(body: &Body<'a>) -> Result<Fields<'a>, Fault> {
    match body {
        Body::Json(text) => json::object(text),
        Body::Xml(text) => xml::object(text),
        _ => Err(Fault::OtherForm),
    }
}

fn url_field(fields: &Fields) -> Result<String, Fault> {
    fields.check_success()?;
    let url = fields.text("url").or(fields.own_text());
    url.map(str::to_owned)
        .ok_or_else(|| Fault::found("without the field url"))
}

/// The text within a pair of single quotes; what stands in double quotes is read as JSON.
fn unquoted(text: &str) -> &str {
    let within = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    within.unwrap_or(text)
}

/// Whether the text can be a URL at all: whoever uses it parses it anyway.
fn is_absolute_url(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let (head, rest) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.is_some_and(|rest| !rest.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
