//! Pulls the list of pending packets.

use super::address;
use super::answers::{Question, ask, parsed};
use crate::content;
use crate::error::Result;
use crate::http::{Http, SizeLimit};
use crate::log::Level;
use crate::secret::ApiKey;
use crate::stats::Verb;
use crate::wire::{self, Format, PacketKind, Packets, UnreadablePacket};

/// How much memory it takes to parse a list, as a multiple of its size: the fields' text is kept once for Rust and once
/// for C.
const MEMORY: usize = 6;

pub(crate) async fn pull(
    http: &Http<'_>,
    kind: PacketKind,
    format: Option<Format>,
) -> Result<Packets> {
    let settings = http.settings;
    let format = format.unwrap_or(settings.format);
    let limit = SizeLimit {
        what: "the list of packets",
        bytes: settings.max_list_bytes,
        option: "max_list_bytes",
    };
    let request = address::get(
        settings,
        &["pull", &settings.app_area],
        &[("packetType", kind.as_str()), ("format", format.as_str())],
        limit,
    )?;
    let body = ask(http, &request, Question::AppArea).await?;
    let api_key = settings.api_key.clone();
    let list = http
        .port
        .outside(move || {
            content::probe(limit.what, body.len(), MEMORY)?;
            let mut list = parsed(&api_key, &body, wire::parse_pull)?;
            hide_key(&api_key, &body, &mut list.unreadable);
            Result::Ok(list)
        })
        .await??;
    for entry in &list.unreadable {
        http.port
            .log(Level::Warning, || {
                format!(
                    "entry {} of the {} list cannot be read: {}",
                    entry.place,
                    kind.as_str(),
                    entry.reason
                )
            })
            .await?;
    }
    http.counters.succeeded(Verb::Pull);
    Ok(list)
}

/// Takes the reasons from the body without the key. A reason quotes the body and is cut to a length, so the key must go
/// before the cut.
fn hide_key(api_key: &ApiKey, body: &[u8], unreadable: &mut [UnreadablePacket]) {
    if unreadable.is_empty() {
        return;
    }
    let clean = wire::parse_pull(&api_key.redact_bytes(body)).unwrap_or_default();
    for (at, entry) in unreadable.iter_mut().enumerate() {
        entry.reason = match clean.unreadable.get(at) {
            Some(same) if same.place == entry.place => same.reason.clone(),
            _ => "the entry cannot be read, and saying why would show the API key".into(),
        };
    }
}
