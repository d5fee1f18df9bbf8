//! What the portal's answers hold.

use std::collections::BTreeMap;
use std::fmt;

/// The two forms the portal speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// XML
    Xml,
    /// JSON
    Json,
}

impl Format {
    /// The form's name in a query: `xml` or `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Xml => "xml",
            Format::Json => "json",
        }
    }

    /// The form's media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Xml => "application/xml",
            Format::Json => "application/json",
        }
    }
}

/// Which of an area's two pull queues is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum PacketKind {
    /// Synchronization packets.
    #[default]
    Packet,
    /// Images and other big files.
    File,
}

impl PacketKind {
    /// The queue's name in a query: `packet` or `file`.
    pub fn as_str(self) -> &'static str {
        match self {
            PacketKind::Packet => "packet",
            PacketKind::File => "file",
        }
    }
}

/// A pending packet, as `pull` lists it. What the portal leaves out or leaves empty is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Packet {
    /// Names the packet; the same packet can be listed more than once.
    pub id: String,
    /// Belongs to this one listing of the packet, and can go stale.
    pub receipt_handle: String,
    /// The packet's path in the portal's storage, from which a link is made.
    pub url: String,
    /// The mobile user who sent it (`userName` on the wire).
    pub mobile_user: Option<String>,
    /// The company it belongs to.
    pub company_id: Option<String>,
    /// The mobile application that sent it.
    pub app_code: Option<String>,
    /// What it holds: `data` or `image`.
    pub packet_type: Option<String>,
    /// When it was sent, as the portal writes it (`2021-07-14T09:42:19.382Z`).
    pub on_date: Option<String>,
    /// Its size in bytes; one that is no whole number is in `other`.
    pub size: Option<u64>,
    /// Every field the portal sent beyond these, by its name on the wire. What is no plain value is kept as the JSON or
    /// XML text it came in.
    pub other: BTreeMap<String, String>,
}

/// What a pull listed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Packets {
    /// The packets.
    pub packets: Vec<Packet>,
    /// The entries that could not be read.
    pub unreadable: Vec<UnreadablePacket>,
}

impl std::ops::Deref for Packets {
    type Target = [Packet];

    fn deref(&self) -> &[Packet] {
        &self.packets
    }
}

/// An entry that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UnreadablePacket {
    /// Its place in the portal's list, from 1.
    pub place: usize,
    /// What is wrong with it.
    pub reason: String,
    /// The packet's id.
    pub id: Option<String>,
    /// Its receipt handle.
    pub receipt_handle: Option<String>,
    /// Its storage path.
    pub url: Option<String>,
}

/// What marks a packet done.
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

/// The answer to `push`: where the packet goes.
#[derive(Clone, PartialEq, Eq)]
pub struct PushAnswer {
    /// The portal's own name for the push.
    pub sync_log_id: Option<String>,
    /// The pre-signed URL that takes the packet.
    pub upload_path: String,
}

/// Leaves out the URL's query: whoever has it can upload.
impl fmt::Debug for PushAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsigned = self.upload_path.split('?').next();
        f.debug_struct("PushAnswer")
            .field("sync_log_id", &self.sync_log_id)
            .field("upload_path", &unsigned)
            .finish()
    }
}

/// Why an answer can't be used, or a body not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The portal understood and said no.
    #[error("the portal refused{}", reason(.message))]
    Refused {
        /// The portal's own words.
        message: Option<String>,
    },
    /// The body is not an answer of the kind that was expected.
    #[error("expected {expected}, got {found}")]
    NotUnderstood {
        /// What was expected: "a list of packets".
        expected: &'static str,
        /// What came: "an HTML page titled “Sign in”", "JSON without the field url in entry 3 (counted from 0)".
        found: String,
    },
    /// A receipt holds a character that XML 1.0 can't carry, however escaped.
    #[error("XML cannot carry the {} in the {field} of receipt {index} (counted from 0)", character.escape_unicode())]
    NotWritable {
        /// The receipt's place in the list, counted from 0.
        index: usize,
        /// The field's name on the wire.
        field: &'static str,
        /// The character.
        character: char,
    },
}

fn reason(message: &Option<String>) -> String {
    message
        .as_ref()
        .map(|words| format!(": {words}"))
        .unwrap_or_default()
}
