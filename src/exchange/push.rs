//! Pushes a packet to a mobile user.

use super::address;
use super::answers::{Question, ask, parsed, storage_link};
use super::link::through_a_link;
use crate::error::Result;
use crate::http::{Http, SizeLimit};
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
    let (sync_log_id, _) = through_a_link(
        settings,
        async || {
            let body = ask(http, &request, Question::Change).await?;
            let answer = parsed(&settings.api_key, &body, wire::parse_push)?;
            let link = storage_link(settings, &answer.upload_path)?;
            Ok((link, answer.sync_log_id))
        },
        async |link| http.upload(link, push.size, content_type).await,
    )
    .await?;
    Ok(sync_log_id)
}
