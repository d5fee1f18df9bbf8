//! The list of pending packets.

use super::answer::{self, Unusable};
use super::body::Body;
use super::excerpt::excerpt;
use super::fault::{Fault, WireError};
use super::fields::{Fields, Reading, Value};
use super::json;
use super::message::{message_in_fields, names_an_error};
use super::packet::{self, Packet, UnreadablePacket};
use super::xml::Document;

/// The most unreadable entries that are kept: each takes more memory than it took in the list.
const MOST_UNREADABLE: usize = 10_000;

/// The list that a pull returned, in the portal's order.
///
/// Entries that cannot be read are in [`unreadable`](Packets::unreadable), so they do not prevent the processing of the
/// packets. The portal lists such an entry again until it is marked done.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Packets {
    /// The packets.
    pub packets: Vec<Packet>,
    /// The entries that could not be read as packets.
    pub unreadable: Vec<UnreadablePacket>,
}

impl std::ops::Deref for Packets {
    type Target = [Packet];

    fn deref(&self) -> &[Packet] {
        &self.packets
    }
}

impl IntoIterator for Packets {
    type Item = Packet;
    type IntoIter = std::vec::IntoIter<Packet>;

    fn into_iter(self) -> Self::IntoIter {
        self.packets.into_iter()
    }
}

impl<'a> IntoIterator for &'a Packets {
    type Item = &'a Packet;
    type IntoIter = std::slice::Iter<'a, Packet>;

    fn into_iter(self) -> Self::IntoIter {
        self.packets.iter()
    }
}

/// Reads the list of pending packets. An empty body is an empty list.
///
/// An entry that is well-formed but not a complete packet becomes an [`UnreadablePacket`]. The whole list is an error
/// if it is cut off or broken, if it comes with a refusal, if no entry can be read, or if more than 10,000 entries
/// cannot.
pub fn parse_pull(body: &[u8]) -> Result<Packets, WireError> {
    answer::read(body, "a list of packets", |body| match body {
        Body::Empty => Ok(Packets::default()),
        Body::Json(text) => json_list(text),
        Body::Xml(text) => xml_list(text),
        _ => Err(Unusable::OtherForm),
    })
}

/// Collects the entries of a list.
#[derive(Default)]
struct Entries {
    list: Packets,
    count: usize,
}

impl Entries {
    /// The place of the next entry, counted from 1.
    fn next_place(&self) -> usize {
        self.count + 1
    }

    fn add(&mut self, entry: Reading, form: &str) {
        let place = self.next_place();
        self.count = place;
        match packet::from_entry(entry, place, form) {
            Ok(packet) => self.list.packets.push(packet),
            Err(entry) if self.list.unreadable.len() <= MOST_UNREADABLE => {
                self.list.unreadable.push(entry);
            }
            Err(_) => {}
        }
    }

    fn finish(self) -> Result<Packets, Fault> {
        let Packets {
            packets,
            unreadable,
        } = &self.list;
        match unreadable.first() {
            Some(first) if packets.is_empty() => Err(Fault::new(format!(
                "without a readable entry (entry 1 of {}: {})",
                self.count, first.reason
            ))),
            _ if unreadable.len() > MOST_UNREADABLE => Err(Fault::new(format!(
                "with more than {MOST_UNREADABLE} unreadable entries"
            ))),
            _ => Ok(self.list),
        }
    }
}

/// A list in JSON: an array, or an object that holds one. An object with a message and no packets is an error, unless
/// its field `success` is true.
fn json_list(text: &str) -> Result<Packets, Unusable> {
    if text.starts_with('[') {
        return Ok(json_entries(text)?);
    }
    let around = json::object(text).whole()?;
    let succeeded = answer::check_success(&around)?;
    let list = json_entries(list_within(&around)?)?;
    let is_empty = list.packets.is_empty();
    if is_empty && !succeeded && message_in_fields(&around).is_some() {
        return Err(Fault::new("with an empty list").into());
    }
    Ok(list)
}

fn json_entries(text: &str) -> Result<Packets, Fault> {
    let mut entries = Entries::default();
    json::for_each_object(text, |entry| entries.add(entry, "JSON"))?;
    entries.finish()
}

/// The array `messages`, or the only array there is. A list of errors is not a list of packets, even if it is empty.
fn list_within<'a>(around: &Fields<'a>) -> Result<&'a str, Fault> {
    let array = |value: &Value<'a>| match value {
        Value::Nested { source, .. } if source.starts_with('[') => Some(*source),
        _ => None,
    };
    if let Some(list) = around.get("messages").and_then(array) {
        return Ok(list);
    }
    let mut lists = around
        .iter()
        .filter(|(name, _)| !names_an_error(name))
        .filter_map(|(_, value)| array(value));
    match (lists.next(), lists.next()) {
        (Some(list), None) => Ok(list),
        (None, _) => Err(Fault::new("without a list")),
        _ => Err(Fault::new("with more than one list")),
    }
}

/// A list in XML: `messages`, with a `message` element for each packet.
///
/// Other elements, such as a count, may stand beside them. Two kinds of them make the whole list an error: an element
/// with child elements could be a packet in a form not known here, and an element named like a message or an error
/// could report one.
fn xml_list(text: &str) -> Result<Packets, Unusable> {
    let mut document = Document::new(text);
    let root = document.root()?;
    if root != "messages" {
        let fields = document.fields(root)?;
        document.finish()?;
        answer::check_success(&fields.whole()?)?;
        let root = excerpt(root);
        return Err(Fault::new(format!("with the root <{root}>")).into());
    }
    let mut entries = Entries::default();
    let mut beside = Reading::default();
    while let Some(name) = document.child()? {
        if name == "message" {
            let place = entries.next_place();
            let entry = document.fields(name);
            entries.add(entry.map_err(|fault| fault.in_entry(place))?, "XML");
        } else {
            let value = document.value()?;
            beside.add(name.into(), value.and_then(|value| no_packet(name, value)));
        }
    }
    document.finish()?;
    answer::check_success(&beside.whole()?)?;
    Ok(entries.finish()?)
}

fn no_packet<'a>(name: &str, value: Value<'a>) -> Result<Value<'a>, Fault> {
    match value {
        Value::Nested { .. } => Err(Fault::new(format!(
            "whose list holds <{}>, which is no message",
            excerpt(name)
        ))),
        Value::Text(_) if names_an_error(name) => {
            Err(Fault::new(format!("whose list holds <{}>", excerpt(name))))
        }
        text => Ok(text),
    }
}
