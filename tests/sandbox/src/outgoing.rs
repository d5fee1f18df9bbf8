//! What a mobile user sends.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::portal::Format;
use crate::queue::{PacketType, Queue};

/// A packet for the sandbox to send as a mobile user.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The sender.
    pub mobile_user: String,
    /// The bytes.
    pub content: Content,
    /// Which queue it waits in.
    pub queue: Queue,
    /// What it says it holds.
    pub packet_type: PacketType,
    /// Its id; `None` makes a new one. An id may be used twice: that is one packet delivered twice.
    pub id: Option<String>,
    /// Its file's name in the storage; `None` makes one of the id.
    pub name: Option<String>,
    /// Its company.
    pub company_id: Option<String>,
    /// Its app.
    pub app_code: Option<String>,
    /// The `Content-Type` its download has.
    pub content_type: String,
}

impl Outgoing {
    /// A synchronization packet.
    pub fn packet(mobile_user: &str, content: impl Into<Content>) -> Self {
        Self {
            mobile_user: mobile_user.to_owned(),
            content: content.into(),
            queue: Queue::Packet,
            packet_type: PacketType::Data,
            id: None,
            name: None,
            company_id: Some("DEMO".to_owned()),
            app_code: Some("SALES".to_owned()),
            content_type: "application/xml".to_owned(),
        }
    }

    /// An image, in the `file` queue.
    pub fn image(mobile_user: &str, content: impl Into<Content>) -> Self {
        Self {
            queue: Queue::File,
            packet_type: PacketType::Image,
            content_type: "image/jpeg".to_owned(),
            ..Self::packet(mobile_user, content)
        }
    }

    /// Sets the id.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Sets the file's name.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Sets the company.
    pub fn company_id(mut self, company_id: &str) -> Self {
        self.company_id = Some(company_id.to_owned());
        self
    }

    /// Sets the app.
    pub fn app_code(mut self, app_code: &str) -> Self {
        self.app_code = Some(app_code.to_owned());
        self
    }

    /// Sets the `Content-Type`.
    pub fn content_type(mut self, content_type: &str) -> Self {
        content_type.clone_into(&mut self.content_type);
        self
    }

    /// Sets the queue.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = queue;
        self
    }

    /// Sets what it says it holds.
    pub fn packet_type(mut self, packet_type: PacketType) -> Self {
        self.packet_type = packet_type;
        self
    }

    /// The form of its content, by its `Content-Type`.
    pub(crate) fn form(&self) -> Format {
        match self.content_type.as_str() {
            "application/json" => Format::Json,
            _ => Format::Xml,
        }
    }

    pub(crate) fn other_form(&self) -> Format {
        match self.form() {
            Format::Json => Format::Xml,
            Format::Xml => Format::Json,
        }
    }

    /// The name of its file in the storage.
    pub(crate) fn file_name(&self, id: &str) -> String {
        match (&self.name, self.content_type.as_str()) {
            (Some(name), _) => name.clone(),
            (None, "application/json") => format!("{id}.json"),
            (None, "application/xml") => format!("{id}.xml"),
            (None, "image/jpeg") => format!("{id}.jpg"),
            (None, "image/png") => format!("{id}.png"),
            (None, _) => id.to_owned(),
        }
    }
}

/// Where a packet's bytes come from.
#[derive(Clone, Debug)]
pub enum Content {
    /// Memory.
    Bytes(Vec<u8>),
    /// A file, which is streamed and may be big.
    File(PathBuf),
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Content {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<PathBuf> for Content {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Content {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

/// A packet that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentPacket {
    /// Its id.
    pub id: String,
    /// Its storage path, as a pull lists it.
    pub url: String,
    /// The queue it waits in.
    pub queue: Queue,
    /// Who sent it.
    pub mobile_user: String,
    /// Its size in bytes.
    pub size: u64,
}
