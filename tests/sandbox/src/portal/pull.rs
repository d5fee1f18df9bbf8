//! pull, link and done: the way of a mobile user's packet to the ERP.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;

use super::refusal::Refusal;
use super::{
    DuplicateDelivery, ExpireLinks, Format, SpoilEntries, answers, authorize, check_get,
    require_content_type,
};
use crate::dialects::{DoneAgain, StaleReceipt};
use crate::queue::{Listed, Listing, Queue, Removal};
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    packet_type: Option<String>,
    format: Option<String>,
}

impl Parameters {
    fn queue(&self) -> Result<Queue, Refusal> {
        match self.packet_type.as_deref() {
            None | Some("packet") => Ok(Queue::Packet),
            Some("file") => Ok(Queue::File),
            Some(other) => Err(Refusal::bad_request(&format!(
                "packetType must be packet or file, not {other:?}"
            ))),
        }
    }
}

pub(super) async fn pull(
    State(world): State<Arc<World>>,
    Path(area): Path<String>,
    Query(parameters): Query<Parameters>,
    duplicate: Option<Extension<DuplicateDelivery>>,
    spoil: Option<Extension<SpoilEntries>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    authorize(&world, &headers, &area)?;
    check_get(&world, &headers)?;
    let format = Format::parse(parameters.format.as_deref())?;
    let listing = Listing {
        queue: parameters.queue()?,
        visibility_timeout: world.options.visibility_timeout,
        limit: world.options.max_per_pull.unwrap_or(usize::MAX),
        copies: if duplicate.is_some() { 2 } else { 1 },
    };
    let (mut listed, dialects) = {
        let mut state = world.state();
        (state.queues.list(&listing), state.dialects)
    };
    for Listed { packet, .. } in &mut listed {
        packet.url = packet.url_in(format);
    }
    for spoilt in spoil.iter().flat_map(|Extension(spoil)| &spoil.0) {
        if let Some(entry) = listed.get_mut(spoilt.place.wrapping_sub(1)) {
            entry.spoilt = Some(spoilt.how);
        }
    }
    Ok(answers::pulled(&dialects, format, &listed))
}

#[derive(Deserialize)]
pub(super) struct LinkParameters {
    path: Option<String>,
}

pub(super) async fn link(
    State(world): State<Arc<World>>,
    Path(area): Path<String>,
    Query(parameters): Query<LinkParameters>,
    expire_links: Option<Extension<ExpireLinks>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    authorize(&world, &headers, &area)?;
    check_get(&world, &headers)?;
    let path = parameters.path.unwrap_or_default();
    let segments_stay = path
        .split('/')
        .all(|segment| !matches!(segment, "" | "." | ".."));
    if !segments_stay {
        return Err(Refusal::bad_request(
            "path must be the url field of a listed packet",
        ));
    }
    let url = world.storage.download_url(&path, expire_links.is_some());
    Ok(answers::link(world.dialects().link, url.as_str()))
}

/// One entry of a done request; its other fields don't matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    id: String,
    receipt_handle: String,
}

pub(super) async fn done(
    State(world): State<Arc<World>>,
    Path(area): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    authorize(&world, &headers, &area)?;
    let format = Format::parse(parameters.format.as_deref())?;
    require_content_type(&headers, format)?;
    let queue = parameters.queue()?;
    let receipts = match format {
        Format::Json => serde_json::from_slice::<Vec<Receipt>>(&body).map_err(|error| {
            Refusal::bad_request(&format!("the body is not a list of receipts: {error}"))
        })?,
        Format::Xml => {
            receipts_from_xml(&body).map_err(|problem| Refusal::bad_request(&problem))?
        }
    };
    let mut state = world.state();
    let dialects = state.dialects;
    let refused = receipts
        .iter()
        .find(|receipt| {
            match state
                .queues
                .judge(queue, &receipt.id, &receipt.receipt_handle)
            {
                Removal::Good => false,
                Removal::Again => dialects.done_again == DoneAgain::Expired,
                Removal::Refused => true,
            }
        })
        .map(|stale| {
            let handle = &stale.receipt_handle;
            format!("receipt handle {handle} has expired or is unknown")
        });
    if refused.is_none() || dialects.stale_receipt == StaleReceipt::OthersRemoved {
        for receipt in &receipts {
            state
                .queues
                .remove(queue, &receipt.id, &receipt.receipt_handle);
        }
    }
    drop(state);
    match refused {
        Some(message) if dialects.stale_receipt == StaleReceipt::BadRequest => {
            Err(Refusal::bad_request(&message))
        }
        refused => Ok(answers::done(dialects.done, format, refused.as_deref())),
    }
}

/// `<messages><message><id/><receiptHandle/>…</message>…</messages>`, well formed and with nothing beside the messages.
fn receipts_from_xml(body: &[u8]) -> Result<Vec<Receipt>, String> {
    let text =
        std::str::from_utf8(body).map_err(|error| format!("the body is not UTF-8: {error}"))?;
    let document = roxmltree::Document::parse(text)
        .map_err(|error| format!("the body is not XML: {error}"))?;
    let root = document.root_element();
    if !root.has_tag_name("messages") {
        return Err(format!(
            "the root element must be messages, not {}",
            root.tag_name().name()
        ));
    }
    let mut receipts = Vec::new();
    for child in root.children().filter(|child| !child.is_comment()) {
        if child.is_text() && child.text().is_some_and(|text| text.trim().is_empty()) {
            continue;
        }
        if !child.has_tag_name("message") {
            return Err("messages may hold message elements only".to_owned());
        }
        let field = |name| {
            let node = child.children().find(|field| field.has_tag_name(name));
            node.and_then(|node| node.text())
                .map(str::to_owned)
                .ok_or(format!("a message has no {name}"))
        };
        receipts.push(Receipt {
            id: field("id")?,
            receipt_handle: field("receiptHandle")?,
        });
    }
    Ok(receipts)
}
