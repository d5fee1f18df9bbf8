//! The answers as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::fields::{Fault, Fields, Value};
use super::message;
use super::model::{Packet, Receipt};

/// The list of packets: an array, or an object around one. An object that has something to say and no packets is taken
/// for an error, unless it speaks of success.
pub(super) fn packets(text: &str) -> Result<Vec<Packet>, Fault> {
    if text.starts_with('[') {
        return entries(text);
    }
    let around = object(text)?;
    let succeeded = around.check_success()?;
    let packets = entries(list_within(&around)?)?;
    if packets.is_empty() && !succeeded && message::of_fields(&around).is_some() {
        return Err(Fault::found("with an empty list"));
    }
    Ok(packets)
}

/// The fields of an object; null is a field left out.
pub(super) fn object(text: &str) -> Result<Fields<'_>, Fault> {
    if !text.starts_with('{') {
        return Err(Fault::found("that is no object"));
    }
    let members: BTreeMap<String, &RawValue> = read(text)?;
    let mut fields = Fields::default();
    for (name, member) in members {
        if let Some(value) = value(member)? {
            fields.insert(Cow::Owned(name), value)?;
        }
    }
    Ok(fields)
}

pub(super) fn string(text: &str) -> Result<String, Fault> {
    read(text)
}

/// The body of `done`.
pub(super) fn write_done(receipts: &[Receipt]) -> Vec<u8> {
    let entry =
        |receipt: &Receipt| json!({"id": receipt.id, "receiptHandle": receipt.receipt_handle});
    let entries: serde_json::Value = receipts.iter().map(entry).collect();
    entries.to_string().into_bytes()
}

fn entries(text: &str) -> Result<Vec<Packet>, Fault> {
    let entries: Vec<&RawValue> = read(text)?;
    let packet = |entry: &RawValue| object(entry.get())?.into_packet();
    entries
        .iter()
        .enumerate()
        .map(|(index, entry)| packet(entry).map_err(|fault| fault.in_entry(index)))
        .collect()
}

/// `messages`, or else the one array there is. A list of errors is no list of packets, least of all when it is empty.
fn list_within<'a>(around: &Fields<'a>) -> Result<&'a str, Fault> {
    let array = |value: &Value<'a>| match value {
        Value::Nested(source) if source.starts_with('[') => Some(*source),
        _ => None,
    };
    if let Some(list) = around.get("messages").and_then(array) {
        return Ok(list);
    }
    let mut lists = around
        .iter()
        .filter(|(name, _)| !message::names_an_error(name))
        .filter_map(|(_, v)| array(v));
    match (lists.next(), lists.next()) {
        (Some(list), None) => Ok(list),
        (None, _) => Err(Fault::found("without a list")),
        _ => Err(Fault::found("with more than one list")),
    }
}

fn value(member: &RawValue) -> Result<Option<Value<'_>>, Fault> {
    let source = member.get();
    Ok(match source.as_bytes().first() {
        Some(b'"') => Some(Value::Text(Cow::Owned(string(source)?))),
        Some(b'{' | b'[') => Some(Value::Nested(source)),
        Some(b'n') => None,
        // Numbers keep the digits they came with.
        _ => Some(Value::Text(Cow::Borrowed(source))),
    })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    check_depth(text)?;
    serde_json::from_str(text).map_err(|error| {
        if error.is_eof() {
            Fault::found("that ends too early")
        } else {
            Fault::found(format!("that is broken ({error})"))
        }
    })
}

/// Raw values are read without a limit to their depth, and whoever reads those handed on may have a small one.
fn check_depth(text: &str) -> Result<(), Fault> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > super::DEEPEST {
            return Err(Fault::found("that is nested too deep"));
        }
    }
    Ok(())
}
