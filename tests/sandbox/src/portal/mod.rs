//! The ERP API's four endpoints.

mod answers;
mod pull;
mod push;
mod refusal;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};

use crate::dialects::GetContentType;
use crate::fault::SpoiltEntry;
use crate::world::World;
use refusal::Refusal;

/// Set on a request whose answer shall hold a URL that has expired.
#[derive(Clone, Copy)]
pub(crate) struct ExpireLinks;

/// Set on a pull that shall list every packet twice.
#[derive(Clone, Copy)]
pub(crate) struct DuplicateDelivery;

/// Set on a pull some of whose entries shall be unreadable.
#[derive(Clone)]
pub(crate) struct SpoilEntries(pub Vec<SpoiltEntry>);

/// The routes, under both bases that the vendor's page gives.
pub(crate) fn routes(world: Arc<World>) -> Router {
    let erp = Router::new()
        .route("/push/{area}/{mobile_user}", get(push::push))
        .route("/pull/{area}", get(pull::pull))
        .route("/pull/{area}/link", get(pull::link))
        .route("/pull/{area}/done", post(pull::done));
    Router::new()
        .nest("/erp", erp.clone())
        .nest("/mobile/erp", erp)
        .fallback(|| async { Refusal::NO_SUCH_METHOD })
        .method_not_allowed_fallback(|| async { Refusal::NO_SUCH_METHOD })
        .with_state(world)
}

/// A format of bodies: `format=` and `Content-Type`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    fn parse(format: Option<&str>) -> Result<Self, Refusal> {
        match format {
            None | Some("json") => Ok(Self::Json),
            Some("xml") => Ok(Self::Xml),
            Some(other) => Err(Refusal::bad_request(&format!(
                "format must be xml or json, not {other:?}"
            ))),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// Lets a request in that has the key and asks for the key's own area.
fn authorize(world: &World, headers: &HeaderMap, area: &str) -> Result<(), Refusal> {
    let key = headers.get("x-api-key").map(|key| key.as_bytes());
    if key != Some(world.options.api_key.as_bytes()) {
        return Err(Refusal::FORBIDDEN);
    }
    if area != world.options.app_area {
        return Err(Refusal::unknown_area(world.dialects().unknown_area, area));
    }
    Ok(())
}

/// The page asks for `application/json` on every GET; the service takes them without as well.
fn check_get(world: &World, headers: &HeaderMap) -> Result<(), Refusal> {
    match world.dialects().get_content_type {
        GetContentType::Any => Ok(()),
        GetContentType::Required => require_content_type(headers, Format::Json),
    }
}

fn require_content_type(headers: &HeaderMap, format: Format) -> Result<(), Refusal> {
    let sent = headers
        .get(CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let media_type = sent
        .as_deref()
        .map(|value| value.split(';').next().unwrap_or_default().trim());
    let wanted = format.content_type();
    if media_type.is_some_and(|sent| sent.eq_ignore_ascii_case(wanted)) {
        return Ok(());
    }
    let sent = sent.as_deref().unwrap_or("missing");
    Err(Refusal::bad_request(&format!(
        "Content-Type must be {wanted}; it is {sent}"
    )))
}
