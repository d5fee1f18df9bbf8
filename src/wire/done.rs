//! The request that marks packets done, and its answer.

use serde_json::json;

use super::answer;
use super::fault::{Fault, WireError};
use super::format::Format;
use super::packet::Packet;

/// What is needed to mark one packet done: copy both fields from the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The packet's `id`.
    pub id: String,
    /// The packet's `receiptHandle`.
    pub receipt_handle: String,
}

impl From<&Packet> for Receipt {
    fn from(packet: &Packet) -> Self {
        Receipt {
            id: packet.id.clone(),
            receipt_handle: packet.receipt_handle.clone(),
        }
    }
}

/// Checks that [`write_done`] can write all of these receipts.
///
/// JSON can hold any text. XML 1.0 (production 2) cannot hold some characters, even escaped: the first such character
/// is [`WireError::NotWritable`].
pub fn check_writable(receipts: &[Receipt], format: Format) -> Result<(), WireError> {
    if format == Format::Json {
        return Ok(());
    }
    for (index, receipt) in receipts.iter().enumerate() {
        for (field, text) in wire_fields(receipt) {
            if let Some(character) = text.chars().find(|&character| !is_of_xml(character)) {
                return Err(WireError::NotWritable {
                    place: index + 1,
                    field,
                    character,
                });
            }
        }
    }
    Ok(())
}

/// Writes the body of `done`. Fails if [`check_writable`] fails.
pub fn write_done(receipts: &[Receipt], format: Format) -> Result<Vec<u8>, WireError> {
    check_writable(receipts, format)?;
    let body = match format {
        Format::Xml => xml_body(receipts),
        Format::Json => json_body(receipts),
    };
    Ok(body.into_bytes())
}

/// Reads the answer to `done`.
///
/// An empty body is an error, even with status 200: to believe that packets are done when they are not would hide a
/// fault, and to mark them again does no harm.
pub fn parse_done(body: &[u8]) -> Result<(), WireError> {
    answer::read(body, "the answer to done", |body| {
        if answer::check_success(&answer::object(body)?)? {
            Ok(())
        } else {
            Err(Fault::new("without the field success").into())
        }
    })
}

fn wire_fields(receipt: &Receipt) -> [(&'static str, &str); 2] {
    [
        ("id", &receipt.id),
        ("receiptHandle", &receipt.receipt_handle),
    ]
}

fn json_body(receipts: &[Receipt]) -> String {
    let entry =
        |receipt: &Receipt| json!({"id": receipt.id, "receiptHandle": receipt.receipt_handle});
    serde_json::Value::from_iter(receipts.iter().map(entry)).to_string()
}

fn xml_body(receipts: &[Receipt]) -> String {
    let mut xml = String::from("<messages>");
    for receipt in receipts {
        xml.push_str("<message>");
        for (field, text) in wire_fields(receipt) {
            xml.push_str(&format!("<{field}>"));
            escape_to(&mut xml, text);
            xml.push_str(&format!("</{field}>"));
        }
        xml.push_str("</message>");
    }
    xml.push_str("</messages>");
    xml
}

fn escape_to(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            // A reader may trim or change white space that is not escaped.
            '\t' | '\n' | '\r' => xml.push_str(&format!("&#{};", u32::from(character))),
            _ => xml.push(character),
        }
    }
}

/// XML 1.0, production 2. It also excludes surrogates, but a `char` is never one.
fn is_of_xml(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => false,
        _ => true,
    }
}
