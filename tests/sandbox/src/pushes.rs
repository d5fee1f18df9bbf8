//! The packets that the ERP pushed.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

/// A packet that the ERP pushed to a mobile user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pushed {
    /// Whom it is for.
    pub mobile_user: String,
    /// The id the ERP gave it; pushing the same id again is the same packet.
    pub packet_unique_id: String,
    /// The portal's own id for it.
    pub sync_log_id: String,
    /// `xml` or `json`, as the last push said.
    pub packet_type: String,
    /// The size the last push announced.
    pub size: u64,
    /// How many times push was called for it.
    pub pushes: u32,
    /// How many uploads the storage took.
    pub uploads: u32,
    /// The size of what was uploaded last.
    pub uploaded_size: Option<u64>,
    /// The upload's `Content-Type`.
    pub content_type: Option<String>,
    /// The uploaded bytes; `None` until they are uploaded.
    #[serde(skip)]
    pub content: Option<Vec<u8>>,
}

/// What one push request announces.
pub(crate) struct Announcement<'a> {
    pub mobile_user: &'a str,
    pub packet_unique_id: &'a str,
    pub packet_type: &'a str,
    pub size: u64,
    /// The storage key its content goes to.
    pub key: String,
}

struct Push {
    packet: Pushed,
    /// Where the last upload went; a push that changes its packet's type changes the key.
    uploaded_to: Option<String>,
}

/// Every push, in the order of the first one of each packet.
#[derive(Default)]
pub(crate) struct Pushes {
    pushes: Vec<Push>,
    by_id: HashMap<(String, String), usize>,
    by_key: HashMap<String, usize>,
}

impl Pushes {
    /// Notes a push and answers its `syncLogId`.
    pub(crate) fn announce(&mut self, announced: Announcement<'_>) -> String {
        let id = (
            announced.mobile_user.to_owned(),
            announced.packet_unique_id.to_owned(),
        );
        let index = *self.by_id.entry(id).or_insert_with(|| {
            self.pushes.push(Push {
                packet: Pushed {
                    mobile_user: announced.mobile_user.to_owned(),
                    packet_unique_id: announced.packet_unique_id.to_owned(),
                    sync_log_id: Uuid::new_v4().to_string(),
                    packet_type: String::new(),
                    size: 0,
                    pushes: 0,
                    uploads: 0,
                    uploaded_size: None,
                    content_type: None,
                    content: None,
                },
                uploaded_to: None,
            });
            self.pushes.len() - 1
        });
        let push = &mut self.pushes[index];
        push.packet.pushes += 1;
        push.packet.size = announced.size;
        announced
            .packet_type
            .clone_into(&mut push.packet.packet_type);
        self.by_key.insert(announced.key, index);
        push.packet.sync_log_id.clone()
    }

    /// Notes that the storage took an object.
    pub(crate) fn uploaded(&mut self, key: &str, size: u64, content_type: Option<String>) {
        if let Some(&index) = self.by_key.get(key) {
            let Push {
                packet,
                uploaded_to,
            } = &mut self.pushes[index];
            *uploaded_to = Some(key.to_owned());
            packet.uploads += 1;
            packet.uploaded_size = Some(size);
            packet.content_type = content_type;
        }
    }

    /// The packets, in the order of the first push of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pushed> {
        self.pushes.iter().map(|push| &push.packet)
    }

    /// The storage key of a packet's content, if that was uploaded.
    pub(crate) fn content_of(&self, mobile_user: &str, id: &str) -> Option<&str> {
        let id = (mobile_user.to_owned(), id.to_owned());
        let &index = self.by_id.get(&id)?;
        self.pushes[index].uploaded_to.as_deref()
    }
}
