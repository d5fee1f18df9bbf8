//! Pulls the list of pending packets.

use super::address;
use super::answers::{Question, ask, parsed};
use crate::content;
use crate::error::Result;
use crate::http::{Http, SizeLimit};
use crate::log::Level;
use crate::wire::{self, Format, PacketKind, Packets};

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
    let mut list = http
        .port
        .outside(move || {
            content::probe(limit.what, body.len(), MEMORY)?;
            parsed(&api_key, &body, wire::parse_pull)
        })
        .await??;
    for entry in &mut list.unreadable {
        entry.reason = settings.api_key.redact(&entry.reason);
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
    Ok(list)
}
