//! The packets that wait for the ERP, queued in the manner of Amazon SQS: a listing hands out a receipt handle and hides
//! the packet for a while; only the newest handle removes it.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Spoilt;
use crate::keys;
use crate::portal::Format;

/// One of the portal's two queues: `packetType` of pull and done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Synchronization packets.
    #[default]
    Packet,
    /// Images and other big files.
    File,
}

/// What a packet says it holds: its `packetType` field in a listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacketType {
    /// A synchronization packet.
    #[default]
    Data,
    /// An image.
    Image,
}

impl PacketType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Image => "image",
        }
    }
}

/// A packet that a mobile user sent and the ERP has not marked done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The packet's id.
    pub id: String,
    /// Its storage path, which link takes.
    pub url: String,
    /// Whether the storage has it in both forms. `url` is then that of the form in which it was sent.
    pub both_forms: bool,
    /// The queue it waits in.
    pub queue: Queue,
    /// Who sent it.
    pub mobile_user: String,
    /// The sender's company, if the packet names one.
    pub company_id: Option<String>,
    /// The sending app, if the packet names one.
    pub app_code: Option<String>,
    /// What it holds.
    pub packet_type: PacketType,
    /// When it was sent (UTC, RFC 3339).
    pub on_date: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether the visibility time-out hides it from the next pull.
    pub hidden: bool,
    /// How many times a pull listed it.
    pub deliveries: u32,
}

impl Waiting {
    /// Its storage path as a list in this format has it.
    pub(crate) fn url_in(&self, format: Format) -> String {
        match self.both_forms {
            true => keys::in_form(&self.url, format),
            false => self.url.clone(),
        }
    }
}

/// One entry of a pull's answer.
pub(crate) struct Listed {
    pub packet: Waiting,
    pub receipt_handle: String,
    /// What a fault makes wrong with it.
    pub spoilt: Option<Spoilt>,
}

/// How a pull lists.
pub(crate) struct Listing {
    pub queue: Queue,
    pub visibility_timeout: Duration,
    pub limit: usize,
    /// Entries per packet; more than one also lists the hidden packets.
    pub copies: usize,
}

/// What one entry of a done request comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The handle is the packet's own: it goes.
    Good,
    /// The packet was removed before, with this same handle.
    Again,
    /// The handle is stale, unknown, or of another packet or queue.
    Refused,
}

struct Message {
    packet: Waiting,
    handles: Vec<String>,
    visible_at: Option<Instant>,
}

impl Message {
    fn hidden(&self, now: Instant) -> bool {
        self.visible_at.is_some_and(|at| now < at)
    }
}

/// Both queues; a packet's place is its number of arrival.
#[derive(Default)]
pub(crate) struct Queues {
    messages: BTreeMap<u64, Message>,
    next: u64,
    handles: HashMap<String, u64>,
    spent: HashMap<String, String>,
}

impl Queues {
    pub(crate) fn add(&mut self, packet: Waiting) {
        self.messages.insert(
            self.next,
            Message {
                packet,
                handles: Vec::new(),
                visible_at: None,
            },
        );
        self.next += 1;
    }

    pub(crate) fn list(&mut self, listing: &Listing) -> Vec<Listed> {
        let now = Instant::now();
        let mut listed = Vec::new();
        let visible = self.messages.iter_mut().filter(|(_, message)| {
            message.packet.queue == listing.queue && (listing.copies > 1 || !message.hidden(now))
        });
        for (&place, message) in visible.take(listing.limit) {
            for stale in message.handles.drain(..) {
                self.handles.remove(&stale);
            }
            message.visible_at = Some(now + listing.visibility_timeout);
            for _ in 0..listing.copies {
                message.packet.deliveries += 1;
                let receipt_handle = new_handle();
                self.handles.insert(receipt_handle.clone(), place);
                message.handles.push(receipt_handle.clone());
                listed.push(Listed {
                    packet: message.packet.clone(),
                    receipt_handle,
                    spoilt: None,
                });
            }
        }
        listed
    }

    /// What the handle is good for.
    pub(crate) fn judge(&self, queue: Queue, id: &str, receipt_handle: &str) -> Removal {
        if self
            .spent
            .get(receipt_handle)
            .is_some_and(|spent_for| spent_for == id)
        {
            return Removal::Again;
        }
        let Some(&place) = self.handles.get(receipt_handle) else {
            return Removal::Refused;
        };
        let packet = &self.messages[&place].packet;
        if packet.id != id || packet.queue != queue {
            return Removal::Refused;
        }
        Removal::Good
    }

    /// Removes the packet if the handle is good for that.
    pub(crate) fn remove(&mut self, queue: Queue, id: &str, receipt_handle: &str) -> Removal {
        let judged = self.judge(queue, id, receipt_handle);
        if judged == Removal::Good {
            let message = self
                .handles
                .get(receipt_handle)
                .and_then(|place| self.messages.remove(place))
                .expect("a good handle's packet is queued");
            for handle in message.handles {
                self.handles.remove(&handle);
                self.spent.insert(handle, id.to_owned());
            }
        }
        judged
    }

    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        let now = Instant::now();
        let waiting = |message: &Message| Waiting {
            hidden: message.hidden(now),
            ..message.packet.clone()
        };
        self.messages.values().map(waiting).collect()
    }

    pub(crate) fn show_hidden(&mut self) {
        for message in self.messages.values_mut() {
            message.visible_at = None;
        }
    }

    pub(crate) fn expire_handles(&mut self) {
        self.handles.clear();
        for message in self.messages.values_mut() {
            message.handles.clear();
        }
    }
}

/// As long as SQS's, and with the same `+`, `/` and `=` that a careless client forgets to escape.
fn new_handle() -> String {
    let mut bytes = Vec::with_capacity(64);
    for _ in 0..4 {
        bytes.extend_from_slice(Uuid::new_v4().as_bytes());
    }
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(id: &str) -> Waiting {
        Waiting {
            id: id.to_owned(),
            url: format!("push_done/A/2020010101/u/{id}"),
            both_forms: false,
            queue: Queue::Packet,
            mobile_user: "u".to_owned(),
            company_id: None,
            app_code: None,
            packet_type: PacketType::Data,
            on_date: String::new(),
            size: 1,
            hidden: false,
            deliveries: 0,
        }
    }

    fn listing(timeout: Duration) -> Listing {
        Listing {
            queue: Queue::Packet,
            visibility_timeout: timeout,
            limit: usize::MAX,
            copies: 1,
        }
    }

    #[test]
    fn a_listed_packet_hides_and_comes_back_with_a_new_handle() {
        let mut queues = Queues::default();
        queues.add(packet("a"));
        let first = queues.list(&listing(Duration::from_secs(60)));
        assert!(queues.list(&listing(Duration::ZERO)).is_empty());
        queues.show_hidden();
        let second = queues.list(&listing(Duration::ZERO));
        assert_eq!(
            queues.remove(Queue::Packet, "a", &first[0].receipt_handle),
            Removal::Refused
        );
        assert_eq!(
            queues.remove(Queue::Packet, "b", &second[0].receipt_handle),
            Removal::Refused
        );
        assert_eq!(
            queues.remove(Queue::Packet, "a", &second[0].receipt_handle),
            Removal::Good
        );
        assert_eq!(
            queues.remove(Queue::Packet, "a", &second[0].receipt_handle),
            Removal::Again
        );
        assert!(queues.waiting().is_empty());
    }

    #[test]
    fn either_handle_of_a_doubled_delivery_removes_the_packet() {
        let mut queues = Queues::default();
        queues.add(packet("a"));
        queues.list(&listing(Duration::from_secs(60)));
        let doubled = queues.list(&Listing {
            copies: 2,
            ..listing(Duration::from_secs(60))
        });
        assert_eq!(doubled.len(), 2);
        assert_eq!(
            queues.remove(Queue::Packet, "a", &doubled[0].receipt_handle),
            Removal::Good
        );
        assert_eq!(
            queues.remove(Queue::Packet, "a", &doubled[1].receipt_handle),
            Removal::Again
        );
    }

    #[test]
    fn expired_handles_remove_nothing() {
        let mut queues = Queues::default();
        queues.add(packet("a"));
        let listed = queues.list(&listing(Duration::ZERO));
        queues.expire_handles();
        assert_eq!(
            queues.remove(Queue::Packet, "a", &listed[0].receipt_handle),
            Removal::Refused
        );
        assert_eq!(queues.waiting().len(), 1);
    }
}
