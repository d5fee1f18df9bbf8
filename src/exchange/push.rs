//! Pushes a packet to a mobile user.

use uuid::{NoContext, Timestamp, Uuid};

use super::address;
use super::answers::{Question, ask, parsed, storage_link};
use super::link::Renewal;
use crate::error::Result;
use crate::http::{Http, SizeLimit};
use crate::stats::Verb;
use crate::wire::{self, Format};

/// The outcome of a successful push, for tracing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pushed {
    /// The packet's unique id: the caller's own, or the id that was made for this push.
    pub packet_id: String,
    /// The portal's id for this synchronization (`syncLogId`), if the portal sent one.
    pub sync_log_id: Option<String>,
    /// The packet's size in bytes.
    pub size: u64,
}

/// What is pushed. The content comes through the port.
pub(crate) struct Push<'a> {
    pub mobile_user: &'a str,
    pub packet_id: &'a str,
    pub format: Format,
    /// The content's size in bytes.
    pub size: u64,
}

/// Sends a packet. On success, the storage has acknowledged every byte.
pub(crate) async fn push(http: &Http<'_>, push: &Push<'_>) -> Result<Pushed> {
    let settings = http.settings;
    let request = address::get(
        settings,
        &["push", &settings.app_area, push.mobile_user],
        &[
            ("packetUniqueId", push.packet_id),
            ("size", &push.size.to_string()),
            ("packetType", push.format.as_str()),
        ],
        SizeLimit::SHORT,
    )?;
    let content_type = match &settings.upload_content_type {
        Some(own) => own,
        None => push.format.content_type(),
    };
    let mut renewal = Renewal::default();
    loop {
        let body = ask(http, &request, Question::Change).await?;
        let answer = parsed(&settings.api_key, &body, wire::parse_push)?;
        let link = storage_link(settings, &answer.upload_path)?;
        let transfer = http.upload(&link, push.size, content_type).await?;
        if renewal.judge(settings, transfer)?.is_some() {
            http.counters.succeeded(Verb::Push);
            return Ok(Pushed {
                packet_id: push.packet_id.to_string(),
                sync_log_id: answer.sync_log_id,
                size: push.size,
            });
        }
    }
}

/// Makes a packet id. Each id has its own random bits, so ids that are made at the same time, even in forked processes,
/// differ.
pub(crate) fn new_packet_id() -> String {
    Uuid::new_v7(Timestamp::now(NoContext)).to_string()
}
