//! A download from a temporary link.

use bytes::Bytes;
use reqwest::header::TRANSFER_ENCODING;
use reqwest::{Response, StatusCode};
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
        match total.filter(|total| *total <= limit.bytes) {
            Some(total) if total <= self.port.gathers => {
                return self.gather(&mut response, total, limit).await;
            }
            Some(total) => self.port.announced(total).await?,
            None => {}
        }
        let mut received = 0;
        while let Some(piece) = self.next_piece(&mut response, received, limit).await? {
            received += piece.len() as u64;
            self.port.arrived(piece).await?;
        }
        Ok(Transfer::Done(received))
    }

    /// Receives a content of `total` bytes in memory, and hands it over whole. If it breaks off, what came is handed
    /// over, too.
    async fn gather(
        &self,
        response: &mut Response,
        total: u64,
        limit: SizeLimit,
    ) -> Result<Transfer> {
        let mut content = Vec::new();
        // With room for one more byte: the C ABI appends a NUL.
        let room = usize::try_from(total).map_or(usize::MAX, |total| total.saturating_add(1));
        content
            .try_reserve_exact(room)
            .map_err(|_| ErrorKind::OutOfMemory {
                what: limit.what,
                bytes: total,
            })?;
        let ended = loop {
            match self.next_piece(response, content.len() as u64, limit).await {
                Ok(Some(piece)) => content.extend_from_slice(&piece),
                Ok(None) => break Ok(Transfer::Done(content.len() as u64)),
                Err(error) => break Err(error),
            }
        };
        self.port.whole(content).await?;
        ended
    }

    async fn next_piece(
        &self,
        response: &mut Response,
        received: u64,
        limit: SizeLimit,
    ) -> Result<Option<Bytes>> {
        let piece = self.piece(response, received, limit).await?;
        if let Some(piece) = &piece {
            self.counters.received(piece.len() as u64);
            self.port.trace.arrived();
        }
        Ok(piece)
    }
}

fn unusable(found: &str) -> Error {
    ErrorKind::BadAnswer {
        http_status: Some(200),
        found: found.into(),
    }
    .into()
}
