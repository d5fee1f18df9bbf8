//! An upload to a temporary link.

use std::pin::pin;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use url::Url;

use super::upload_body::UploadBody;
use super::{Http, SizeLimit, Transfer};
use crate::error::{ErrorKind, Peer, Result};

impl Http<'_> {
    /// Uploads the transfer's content of `len` bytes to a temporary link. It is stored only if the storage answers with
    /// success after the last byte.
    pub async fn upload(&self, link: &Url, len: u64, content_type: &str) -> Result<Transfer> {
        let mut tries = self.first_try();
        loop {
            match self.try_upload(link, len, content_type).await {
                Err(error) => self.next_try(&mut tries, error).await?,
                done => return done,
            }
        }
    }

    async fn try_upload(&self, link: &Url, len: u64, content_type: &str) -> Result<Transfer> {
        self.port.rewind().await?;
        // `pieces` lives until the answer is read: if the body ended early, the connection with the answer on it
        // would be closed.
        let (pieces, body) = UploadBody::new(len, self.port.trace.clone());
        let sent = self.announce("PUT", link).await?;
        let request = self
            .client
            .put(link.clone())
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_LENGTH, len)
            .body(reqwest::Body::wrap(body));
        let mut response = pin!(request.send());
        let early = loop {
            let Some(piece) = self.port.next_piece().await? else {
                break None;
            };
            let bytes = piece.len() as u64;
            let early = self
                .step("sending to the storage", async {
                    tokio::select! {
                        biased;
                        answer = &mut response => Some(answer),
                        _ = pieces.send(piece) => None,
                    }
                })
                .await?;
            if early.is_some() {
                break early;
            }
            self.counters.sent(bytes);
        };
        let response = match early {
            Some(answer) => answer,
            None => {
                self.step("waiting for the storage's answer", response)
                    .await?
            }
        };
        // The storage cannot have stored what had not gone out when it answered.
        let whole = self.port.trace.was_sent();
        let response = self.received(sent, response).await?;
        let answer = self
            .answer(Peer::Storage, response, SizeLimit::SHORT)
            .await?;
        if !answer.is_success() {
            return Ok(Transfer::Refused(answer));
        }
        // Proxies and sign-in pages also answer 2xx, and store nothing. The storage's own answer has no body.
        let stored = matches!(answer.http_status, 200 | 201 | 204);
        if !whole || !stored || !answer.body.trim_ascii().is_empty() {
            return Err(ErrorKind::BadAnswer {
                http_status: Some(answer.http_status),
                found: format!(
                    "HTTP {} to an upload, but this is not how the storage confirms an upload",
                    answer.http_status
                ),
            }
            .into());
        }
        self.port.trace.settled();
        Ok(Transfer::Done(len))
    }
}
