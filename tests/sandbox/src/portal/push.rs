//! push: announces a packet and hands out the URL to upload it to.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::refusal::Refusal;
use super::{ExpireLinks, answers, authorize, check_get};
use crate::keys;
use crate::pushes::Announcement;
use crate::world::World;

/// Strings all, so that a wrong one gets an answer in the portal's own words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    packet_unique_id: Option<String>,
    size: Option<String>,
    packet_type: Option<String>,
}

pub(super) async fn push(
    State(world): State<Arc<World>>,
    Path((area, mobile_user)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    expire_links: Option<Extension<ExpireLinks>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    authorize(&world, &headers, &area)?;
    check_get(&world, &headers)?;
    let Some(packet_unique_id) = parameters.packet_unique_id.filter(|id| !id.is_empty()) else {
        return Err(Refusal::bad_request("packetUniqueId is required"));
    };
    let Some(size) = parameters
        .size
        .as_deref()
        .and_then(|size| size.parse().ok())
    else {
        return Err(Refusal::bad_request(
            "size must be the packet's size in bytes",
        ));
    };
    let packet_type = match parameters.packet_type.as_deref() {
        Some(known @ ("xml" | "json")) => known,
        _ => return Err(Refusal::bad_request("packetType must be xml or json")),
    };
    let dialect = world.dialects().push;
    if let Some(known) = &world.options.mobile_users
        && !known.contains(&mobile_user)
    {
        let message = format!("Mobile user {mobile_user} does not exist in {area}");
        return Ok(answers::push_failed(dialect, &message));
    }
    let key = keys::incoming(&area, &mobile_user, &packet_unique_id, packet_type);
    let upload = world.storage.upload_url(&key, expire_links.is_some());
    let sync_log_id = world.pushes().announce(Announcement {
        mobile_user: &mobile_user,
        packet_unique_id: &packet_unique_id,
        packet_type,
        size,
        key,
    });
    Ok(answers::pushed(dialect, &sync_log_id, upload.as_str()))
}
