//! A download from a temporary link.

use reqwest::StatusCode;
use reqwest::header::TRANSFER_ENCODING;
use url::Url;

use super::answer::header;
use super::{Http, SizeLimit, Transfer};
use crate::error::{Error, ErrorKind, Peer, Result};

impl Http<'_> {
    /// Downloads the content at a temporary link. The content is complete if this returns [`Transfer::Done`].
    pub async fn download(&self, link: &Url, limit: SizeLimit) -> Result<Transfer> {
        let mut tries = self.first_try();
        loop {
            match self.try_download(link, limit).await {
                Err(error) => {
                    self.next_try(&mut tries, error).await?;
                    self.port.restart().await?;
                }
                done => return done,
            }
        }
    }

    async fn try_download(&self, link: &Url, limit: SizeLimit) -> Result<Transfer> {
        let sent = self.announce("GET", link).await?;
        let request = self.client.get(link.clone()).send();
        let response = self
            .step("waiting for the storage's answer", request)
            .await?;
        let mut response = self.received(sent, response).await?;
        if response.status() != StatusCode::OK {
            return self
                .answer(Peer::Storage, response, SizeLimit::SHORT)
                .await
                .map(Transfer::Refused);
        }
        let media_type = header(response.headers(), "content-type").unwrap_or_default();
        if media_type.to_ascii_lowercase().starts_with("text/html") {
            return Err(unusable("an HTML page in the packet's place"));
        }
        let total = response.content_length();
        if total.is_none() && !response.headers().contains_key(TRANSFER_ENCODING) {
            return Err(unusable(
                "a download of unannounced length, so nothing would show that a part is missing",
            ));
        }
        if let Some(total) = total.filter(|total| *total <= limit.bytes) {
            self.port.announced(total).await?;
        }
        let mut received = 0;
        while let Some(piece) = self.piece(&mut response, received, limit).await? {
            received += piece.len() as u64;
            self.counters.received(piece.len() as u64);
            self.port.arrived(piece).await?;
        }
        Ok(Transfer::Done(received))
    }
}

fn unusable(found: &str) -> Error {
    ErrorKind::BadAnswer {
        http_status: Some(200),
        found: found.into(),
    }
    .into()
}
