//! Temporary links to a packet's content, and transfers through them.

use url::Url;

use super::address;
use super::answers::{self, Question, ask, parsed, storage_link};
use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::http::{Http, PortalRequest, SizeLimit, Transfer};
use crate::wire;

/// The longest path, in bytes. Percent-encoding can make it three times as long, and a URL has at most 64 KiB.
const MAX_PATH: usize = 16 * 1024;

/// Gets a temporary link. `path` is the `url` field of a listed packet; it comes from the portal and may hold any
/// characters.
pub(crate) async fn link(http: &Http<'_>, path: &str) -> Result<Url> {
    let body = ask(http, &request(http.settings, path)?, Question::Link).await?;
    let link = parsed(&http.settings.api_key, &body, wire::parse_link)?;
    storage_link(http.settings, &link)
}

pub(super) fn request(settings: &Settings, path: &str) -> Result<PortalRequest> {
    let problem = match path.len() {
        0 => "is empty",
        1..=MAX_PATH => return address_of(settings, path),
        _ => "is longer than a URL can hold",
    };
    Err(ErrorKind::InvalidArgument(format!("the packet's url {problem}")).into())
}

fn address_of(settings: &Settings, path: &str) -> Result<PortalRequest> {
    address::get(
        settings,
        &["pull", &settings.app_area, "link"],
        &[("path", path)],
        SizeLimit::SHORT,
    )
}

/// Transfers content through a temporary link. If the storage refuses the link because it may have expired, tries once
/// more with a new link. Returns what came with the link that worked, and the content's size in bytes.
pub(super) async fn through_a_link<T>(
    settings: &Settings,
    mut fetch: impl AsyncFnMut() -> Result<(Url, T)>,
    mut transfer: impl AsyncFnMut(&Url) -> Result<Transfer>,
) -> Result<(T, u64)> {
    let mut renewed = false;
    loop {
        let (link, told) = fetch().await?;
        match transfer(&link).await? {
            Transfer::Done(size) => return Ok((told, size)),
            Transfer::Refused(answer) if !renewed && answers::may_be_expired(&answer) => {
                renewed = true;
            }
            Transfer::Refused(answer) => return Err(answers::storage_refusal(settings, &answer)),
        }
    }
}
