//! Downloads the content of a packet.

use super::link::{Renewal, link};
use crate::error::Result;
use crate::http::{Http, SizeLimit};
use crate::stats::Verb;

/// Receives a packet's content and returns its size in bytes. `path` is the `url` field of a listed packet.
pub(crate) async fn download(http: &Http<'_>, path: &str, limit: SizeLimit) -> Result<u64> {
    let mut renewal = Renewal::default();
    loop {
        let link = link(http, path).await?;
        let transfer = http.download(&link, limit).await?;
        if let Some(size) = renewal.judge(http.settings, transfer)? {
            http.counters.succeeded(Verb::Download);
            return Ok(size);
        }
    }
}
