//! What the two listeners, the control API and the Rust API share: one way to do each thing.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::dialects::{Dialects, Forms};
use crate::fault::{Fault, Faults};
use crate::keys;
use crate::log::RequestLog;
use crate::options::Options;
use crate::outgoing::{Content, Outgoing, SentPacket};
use crate::portal::Format;
use crate::pushes::{Pushed, Pushes};
use crate::queue::{PacketType, Queue, Queues, Waiting};
use crate::storage::Storage;
use crate::tls::Certificates;

/// Where a sandbox is and how to get in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Address {
    pub base_url: String,
    pub storage_url: String,
    pub control_url: String,
    pub web_url: String,
    pub app_area: String,
    pub api_key: String,
    pub ca_file: Option<PathBuf>,
}

/// The queue of packets and how the portal speaks of them.
pub(crate) struct State {
    pub queues: Queues,
    pub dialects: Dialects,
    /// Keys in use, as two packets may bear the same name.
    keys: HashSet<String>,
}

/// Something that one side wants, and the other one brings about.
#[derive(Default)]
pub(crate) struct Switch {
    wanted: watch::Sender<bool>,
    is: watch::Sender<bool>,
}

impl Switch {
    /// Returns when it is so.
    pub(crate) async fn set(&self, on: bool) {
        let mut is = self.is.subscribe();
        self.wanted.send_replace(on);
        // Both ends of the channel are here.
        let _ = is.wait_for(|is| *is == on).await;
    }

    pub(crate) async fn wanted(&self, on: bool) {
        let _ = self
            .wanted
            .subscribe()
            .wait_for(|wanted| *wanted == on)
            .await;
    }

    pub(crate) fn done(&self, on: bool) {
        self.is.send_replace(on);
    }
}

pub(crate) struct World {
    pub options: Options,
    pub address: Address,
    pub storage: Storage,
    pub faults: Faults,
    pub log: Arc<RequestLog>,
    pub shutdown: Notify,
    /// With `tls`.
    pub certificates: Option<Arc<Certificates>>,
    pub storage_down: Switch,
    pushes: Arc<Mutex<Pushes>>,
    state: Mutex<State>,
}

impl World {
    pub(crate) fn new(
        options: Options,
        address: Address,
        storage: Storage,
        pushes: Arc<Mutex<Pushes>>,
        certificates: Option<Arc<Certificates>>,
    ) -> Self {
        let state = State {
            queues: Queues::default(),
            dialects: options.dialects,
            keys: HashSet::new(),
        };
        Self {
            options,
            address,
            storage,
            faults: Faults::default(),
            log: Arc::default(),
            shutdown: Notify::new(),
            certificates,
            storage_down: Switch::default(),
            pushes,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under the state's lock")
    }

    pub(crate) fn pushes(&self) -> MutexGuard<'_, Pushes> {
        self.pushes.lock().expect("no panic under the pushes' lock")
    }

    pub(crate) fn dialects(&self) -> Dialects {
        self.state().dialects
    }

    /// Serves new connections with a certificate of another authority; false without `tls`.
    pub(crate) fn change_certificate(&self) -> io::Result<bool> {
        let Some(certificates) = &self.certificates else {
            return Ok(false);
        };
        certificates.change()?;
        Ok(true)
    }

    /// Adds a fault, if it can be carried out.
    pub(crate) fn add_fault(&self, fault: Fault) -> Result<u64, String> {
        fault.check()?;
        Ok(self.faults.add(fault))
    }

    /// Sends a packet as a mobile user.
    pub(crate) async fn send(&self, outgoing: Outgoing) -> io::Result<SentPacket> {
        let packet = self.store(outgoing, None).await?;
        Ok(self.enqueue(packet))
    }

    /// Sends the same content many times over, each time as a packet of its own.
    pub(crate) async fn send_many(
        &self,
        outgoing: Outgoing,
        count: usize,
    ) -> io::Result<Vec<SentPacket>> {
        let mut sent = Vec::with_capacity(count);
        let mut first = None;
        for number in 1..=count {
            let mut outgoing = outgoing.clone();
            if let Some(id) = &mut outgoing.id {
                *id = format!("{id}-{number}");
            }
            if let Some(name) = &mut outgoing.name {
                *name = format!("{number}-{name}");
            }
            let packet = self.store(outgoing, first.as_ref()).await?;
            if first.is_none() {
                first = Some(packet.clone());
            }
            sent.push(self.enqueue(packet));
        }
        Ok(sent)
    }

    /// The content must be there before a pull can list the packet. `same_as` is a packet that has it already.
    async fn store(&self, outgoing: Outgoing, same_as: Option<&Waiting>) -> io::Result<Waiting> {
        let id = outgoing
            .id
            .clone()
            .unwrap_or_else(|| Uuid::new_v4().to_string());
        let named = [
            Some(&id),
            Some(&outgoing.mobile_user),
            outgoing.company_id.as_ref(),
            outgoing.app_code.as_ref(),
        ];
        if named
            .into_iter()
            .flatten()
            .any(|name| name.chars().any(char::is_control))
        {
            let message = "control characters can't be written in XML, so no id, user, company or app may hold any";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let now = Timestamp::now();
        let both_forms = outgoing.queue == Queue::Packet
            && outgoing.packet_type == PacketType::Data
            && self.dialects().forms == Forms::Both;
        let url = self.reserve_key(&now, &outgoing, &id, both_forms);
        let size = match same_as {
            Some(stored) => {
                self.storage.put_same(url.clone(), &stored.url);
                stored.size
            }
            None => {
                let content = outgoing.content.clone();
                self.storage
                    .put(&url, &outgoing.content_type, content)
                    .await?
            }
        };
        if both_forms {
            let other = keys::in_form(&url, outgoing.other_form());
            self.storage
                .put(&other, &outgoing.content_type, outgoing.content)
                .await?;
        }
        Ok(Waiting {
            id,
            url,
            both_forms,
            queue: outgoing.queue,
            mobile_user: outgoing.mobile_user,
            company_id: outgoing.company_id,
            app_code: outgoing.app_code,
            packet_type: outgoing.packet_type,
            on_date: format!("{now:.3}"),
            size,
            hidden: false,
            deliveries: 0,
        })
    }

    fn reserve_key(
        &self,
        now: &Timestamp,
        outgoing: &Outgoing,
        id: &str,
        both_forms: bool,
    ) -> String {
        let hour = now.strftime("%Y%m%d%H").to_string();
        let (area, user) = (&self.options.app_area, &outgoing.mobile_user);
        let name = outgoing.file_name(id);
        // Of a packet in both forms one is reserved, whichever it was sent in: the two belong together.
        let key = |name: &str| match both_forms {
            false => keys::outgoing(area, &hour, user, name),
            true => keys::outgoing_form(area, &hour, user, without_form(name), Format::Json),
        };
        let taken = &mut self.state().keys;
        let mut candidates =
            std::iter::once(key(&name)).chain((2..).map(|number| key(&format!("{number}-{name}"))));
        let reserved = candidates
            .find(|candidate| taken.insert(candidate.clone()))
            .expect("numbers don't run out");
        match both_forms {
            false => reserved,
            true => keys::in_form(&reserved, outgoing.form()),
        }
    }

    /// Puts another content at the path of a packet that waits, as a list in either form has it; false if there is none.
    pub(crate) async fn replace(
        &self,
        url: &str,
        content_type: &str,
        content: Content,
    ) -> io::Result<bool> {
        let waiting = self.state().queues.waiting();
        let is_there = waiting.iter().any(|packet| {
            [Format::Json, Format::Xml]
                .into_iter()
                .any(|format| packet.url_in(format) == url)
        });
        if is_there {
            self.storage.put(url, content_type, content).await?;
        }
        Ok(is_there)
    }

    fn enqueue(&self, packet: Waiting) -> SentPacket {
        let sent = SentPacket {
            id: packet.id.clone(),
            url: packet.url.clone(),
            queue: packet.queue,
            mobile_user: packet.mobile_user.clone(),
            size: packet.size,
        };
        self.state().queues.add(packet);
        sent
    }

    /// What the ERP pushed, to one mobile user or to all, without the contents.
    pub(crate) fn pushed_without_content(&self, mobile_user: Option<&str>) -> Vec<Pushed> {
        let wanted = |packet: &Pushed| mobile_user.is_none_or(|user| packet.mobile_user == user);
        self.pushes()
            .iter()
            .filter(|packet| wanted(packet))
            .cloned()
            .collect()
    }

    /// What the ERP pushed to a mobile user.
    pub(crate) async fn pushed(&self, mobile_user: &str) -> io::Result<Vec<Pushed>> {
        let mut pushed = self.pushed_without_content(Some(mobile_user));
        for packet in &mut pushed {
            if let Some(path) = self.pushed_content(mobile_user, &packet.packet_unique_id) {
                packet.content = Some(tokio::fs::read(path).await?);
            }
        }
        Ok(pushed)
    }

    /// The file with the content of one pushed packet; `None` if there is no such packet or it isn't uploaded.
    pub(crate) fn pushed_content(&self, mobile_user: &str, id: &str) -> Option<PathBuf> {
        let pushes = self.pushes();
        let key = pushes.content_of(mobile_user, id)?;
        Some(self.storage.path(key))
    }

    pub(crate) fn restore_certificate(&self) {
        if let Some(certificates) = &self.certificates {
            certificates.restore();
        }
    }

    /// Back to the start, but for the stored objects: they stay until the sandbox ends.
    pub(crate) async fn reset(&self) {
        self.storage_down.set(false).await;
        self.restore_certificate();
        *self.pushes() = Pushes::default();
        let mut state = self.state();
        state.queues = Queues::default();
        state.dialects = self.options.dialects;
        drop(state);
        self.faults.clear();
        self.log.clear();
    }
}

/// A file's name without the ending that names a form.
fn without_form(name: &str) -> &str {
    [".json", ".xml"]
        .into_iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}
