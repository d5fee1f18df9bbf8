//! Downloads the content of a packet.

use super::link::{link, through_a_link};
use crate::error::Result;
use crate::http::{Http, SizeLimit};

/// Receives a packet's content and returns its size in bytes. `path` is the `url` field of a listed packet.
pub(crate) async fn download(http: &Http<'_>, path: &str, limit: SizeLimit) -> Result<u64> {
    let (_, size) = through_a_link(
        http.settings,
        async || Ok((link(http, path).await?, ())),
        async |link| http.download(link, limit).await,
    )
    .await?;
    Ok(size)
}
