//! Temporary links to a packet's content, and transfers through them.

use url::Url;

use super::address;
use super::answers::{self, Question, ask, parsed, storage_link};
use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::http::{Http, PortalRequest, SizeLimit, Transfer};
use crate::stats::Verb;
use crate::wire;

/// The longest path, in bytes. Percent-encoding can make it three times as long, and a URL has at most 64 KiB.
const MAX_PATH: usize = 16 * 1024;

/// Gets a temporary link. `path` is the `url` field of a listed packet; it comes from the portal and may hold any
/// characters.
pub(crate) async fn link(http: &Http<'_>, path: &str) -> Result<Url> {
    let body = ask(http, &request(http.settings, path)?, Question::Link).await?;
    let link = parsed(&http.settings.api_key, &body, wire::parse_link)?;
    let link = storage_link(http.settings, &link)?;
    http.counters.succeeded(Verb::Link);
    Ok(link)
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

/// The temporary links of one transfer: if the storage refuses a link because it may have expired, the transfer gets a
/// new one, once.
#[derive(Default)]
pub(super) struct Renewal {
    renewed: bool,
}

impl Renewal {
    /// What a transfer through the latest link means: the content's size in bytes, or `None` to try again with a new
    /// link.
    pub fn judge(&mut self, settings: &Settings, transfer: Transfer) -> Result<Option<u64>> {
        match transfer {
            Transfer::Done(size) => Ok(Some(size)),
            Transfer::Refused(answer) if !self.renewed && answers::may_be_expired(&answer) => {
                self.renewed = true;
                Ok(None)
            }
            Transfer::Refused(answer) => Err(answers::storage_refusal(settings, &answer)),
        }
    }
}
