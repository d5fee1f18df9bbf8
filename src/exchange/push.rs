//! Pushes a packet to a mobile user.

use super::address;
use super::answers::{Question, ask, parsed, storage_link};
use super::link::Renewal;
use crate::error::Result;
use crate::http::{Http, SizeLimit};
use crate::stats::Verb;
use crate::wire::{self, Format};

/// What is pushed. The content comes through the port.
pub(crate) struct Push<'a> {
    pub mobile_user: &'a str,
    pub packet_id: &'a str,
    pub format: Format,
    /// The content's size in bytes.
    pub size: u64,
}

/// Sends a packet and returns the portal's `syncLogId`, if it sent one. On success, the storage has acknowledged every
/// byte.
pub(crate) async fn push(http: &Http<'_>, push: &Push<'_>) -> Result<Option<String>> {
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
            return Ok(answer.sync_log_id);
        }
    }
}
