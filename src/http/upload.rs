//! An upload to a temporary link.

use std::pin::pin;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use url::Url;

use super::upload_body::UploadBody;
use super::{Http, Limit, Transfer, fresh};
use crate::error::{ErrorKind, Peer, Result};
use crate::wire;

impl Http<'_> {
    /// Sends the transfer's content, `len` bytes, to a temporary link. Only the storage's own success, after the last byte,
    /// counts as done.
    pub async fn upload(&self, link: &Url, len: u64, content_type: &str) -> Result<Transfer> {
        self.retrying(async || {
            self.port.rewind().await?;
            // Kept until the answer is read: a body that ends early would break the connection that the answer comes on.
            let (pieces, body) = UploadBody::new(len, self.port.trace.clone());
            let sent = self.announce("PUT", link).await?;
            let request = self
                .client
                .put(link.clone())
                .header(CONTENT_TYPE, content_type)
                .header(CONTENT_LENGTH, len)
                .body(reqwest::Body::wrap(body));
            let mut response = pin!(fresh(request.send()));
            let early = loop {
                let Some(piece) = self.port.next_piece().await? else {
                    break None;
                };
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
            };
            let whole = early.is_none();
            let response = match early {
                Some(answer) => answer,
                None => {
                    self.step("waiting for the storage's answer", response)
                        .await?
                }
            };
            let response = self.received(sent, response).await?;
            let answer = self.answer(Peer::Storage, response, Limit::SHORT).await?;
            if !answer.is_success() {
                return Ok(Transfer::Refused(answer));
            }
            // A page of something between answers 2xx as well, and stores nothing.
            let stored = matches!(answer.http_status, 200 | 201 | 204);
            if !whole || !stored || wire::is_html(&answer.body) {
                return Err(ErrorKind::BadAnswer {
                    http_status: Some(answer.http_status),
                    found: format!(
                        "HTTP {} to an upload, but not as the storage says that it is stored",
                        answer.http_status
                    ),
                }
                .into());
            }
            self.port.trace.settled();
            Ok(Transfer::Done(len))
        })
        .await
    }
}
