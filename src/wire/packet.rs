//! The packets that `pull` lists.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fault::Fault;
use super::fields::{Fields, Reading, Value, is_blank};

/// The most levels of nesting that a field in [`Packet::other`] may have: the caller's parser may not accept more.
const DEEPEST: usize = 64;

/// Which of an app area's two lists of pending packets: the portal's documentation names both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PacketKind {
    /// Synchronization packets.
    #[default]
    Packet,
    /// Images and other big files.
    File,
}

impl PacketKind {
    /// The list's name in a query: `packet` or `file`.
    pub fn as_str(self) -> &'static str {
        match self {
            PacketKind::Packet => "packet",
            PacketKind::File => "file",
        }
    }
}

/// A pending packet, as the portal lists it. A field that the portal omits or leaves empty is `None`.
///
/// The portal's documentation promises `id` and `receiptHandle` and mentions `url`; a packet without them cannot be
/// processed. The other fields are not documented: they are the ones that the vendor's own public clients read.
///
/// All values come from outside. Do not use them as file names without a check.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Packet {
    /// The packet's id. The same packet can be listed more than once.
    pub id: String,
    /// The receipt handle of this listing. It is needed to mark the packet done, and can become stale.
    pub receipt_handle: String,
    /// The packet's path in the portal's storage, for a link or a download.
    pub url: String,
    /// The mobile user who sent the packet (`userName` on the wire).
    pub mobile_user: Option<String>,
    /// The company that the packet belongs to.
    pub company_id: Option<String>,
    /// The mobile app that sent the packet.
    pub app_code: Option<String>,
    /// The kind of content: `data` or `image`.
    pub packet_type: Option<String>,
    /// When the packet was sent, as the portal writes it, such as `2021-07-14T09:42:19.382Z`.
    pub on_date: Option<String>,
    /// The content's size in bytes. A size that is not a whole number is in `other`.
    pub size: Option<u64>,
    /// All other fields, by their names on the wire. A nested value is kept as its JSON or XML source text; so is a
    /// field above whose value is nested.
    pub other: BTreeMap<String, String>,
}

/// An entry of the portal's list that is not a complete packet, with the fields that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UnreadablePacket {
    /// The entry's place in the portal's list, counted from 1.
    pub place: usize,
    /// What is wrong with the entry, such as "JSON without the field receiptHandle".
    pub reason: String,
    /// The packet's id.
    pub id: Option<String>,
    /// The receipt handle. With the receipt handle and the id, the entry can be marked done.
    pub receipt_handle: Option<String>,
    /// The packet's path in the portal's storage.
    pub url: Option<String>,
}

/// Reads a packet from an entry of a list, or says what is wrong with the entry. `place` counts from 1; `form` is
/// "JSON" or "XML".
pub(super) fn from_entry(
    entry: Reading,
    place: usize,
    form: &str,
) -> Result<Packet, UnreadablePacket> {
    let mut fields = entry.fields;
    let mut fault = entry.fault.or_else(|| nested_too_deep(&fields));
    let mut required = |name| match take_required(&mut fields, name) {
        Ok(text) => Some(text),
        Err(why) => {
            fault.get_or_insert(why);
            None
        }
    };
    let (id, receipt_handle, url) = (required("id"), required("receiptHandle"), required("url"));
    match (fault, id, receipt_handle, url) {
        (None, Some(id), Some(receipt_handle), Some(url)) => Ok(Packet {
            id,
            receipt_handle,
            url,
            mobile_user: take_text(&mut fields, "userName"),
            company_id: take_text(&mut fields, "companyId"),
            app_code: take_text(&mut fields, "appCode"),
            packet_type: take_text(&mut fields, "packetType"),
            on_date: take_text(&mut fields, "onDate"),
            size: take_size(&mut fields),
            other: into_texts(fields),
        }),
        (fault, id, receipt_handle, url) => Err(UnreadablePacket {
            place,
            reason: format!("{form} {}", fault.as_ref().map_or("", Fault::detail)),
            id,
            receipt_handle,
            url,
        }),
    }
}

fn nested_too_deep(fields: &Fields) -> Option<Fault> {
    let too_deep = |value: &Value| matches!(value, Value::Nested { depth, .. } if *depth > DEEPEST);
    fields
        .iter()
        .any(|(_, value)| too_deep(value))
        .then(|| Fault::new("that is nested too deep"))
}

fn take_required(fields: &mut Fields, name: &str) -> Result<String, Fault> {
    match fields.remove(name) {
        None => Err(Fault::new(format!("without the field {name}"))),
        Some(Value::Text(text)) if is_blank(&text) => {
            Err(Fault::new(format!("with an empty field {name}")))
        }
        Some(Value::Text(text)) => Ok(text.into_owned()),
        Some(Value::Nested { .. }) => Err(Fault::new(format!(
            "with more than a text in the field {name}"
        ))),
    }
}

/// Removes a field and returns its text. A nested value stays among the fields, and so becomes part of
/// [`Packet::other`].
fn take_text(fields: &mut Fields, name: &str) -> Option<String> {
    let Value::Text(_) = fields.get(name)? else {
        return None;
    };
    match fields.remove(name)? {
        Value::Text(text) if !is_blank(&text) => Some(text.into_owned()),
        _ => None,
    }
}

/// Removes the size and returns it. A size that is not a whole number is put back.
fn take_size(fields: &mut Fields) -> Option<u64> {
    let text = take_text(fields, "size")?;
    let size = whole_number(text.trim());
    if size.is_none() {
        fields.insert(Cow::Borrowed("size"), Value::Text(Cow::Owned(text)));
    }
    size
}

/// Unlike `parse`, this accepts no sign.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn into_texts(fields: Fields) -> BTreeMap<String, String> {
    let text = |value| match value {
        Value::Text(text) => text.into_owned(),
        Value::Nested { source, .. } => source.to_owned(),
    };
    let fields = fields.into_map().into_iter();
    fields
        .map(|(name, value)| (name.into_owned(), text(value)))
        .collect()
}
