//! A request to the portal.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::Url;

use super::upload_body::UploadBody;
use super::{Answer, Http, SizeLimit};
use crate::error::{ErrorKind, Peer, Result};

/// A request to the portal.
pub(crate) struct PortalRequest {
    pub url: Url,
    /// The body's media type. GET requests send it too: the portal's documentation asks for it.
    pub content_type: &'static str,
    /// The body of a POST request; `None` for a GET request.
    pub body: Option<Bytes>,
    /// The largest answer accepted.
    pub limit: SizeLimit,
}

impl Http<'_> {
    /// Sends a request to the portal, and retries it where that can help.
    pub async fn portal(&self, request: &PortalRequest) -> Result<Answer> {
        let mut tries = self.first_try();
        loop {
            match self.try_portal(request).await {
                Err(error) => self.next_try(&mut tries, error).await?,
                done => return done,
            }
        }
    }

    async fn try_portal(&self, request: &PortalRequest) -> Result<Answer> {
        let (method, name) = match request.body {
            Some(_) => (Method::POST, "POST"),
            None => (Method::GET, "GET"),
        };
        let mut key = HeaderValue::from_maybe_shared(self.settings.api_key.bytes())
            .map_err(|_| ErrorKind::InvalidConfig("api_key cannot be sent in a header".into()))?;
        key.set_sensitive(true);
        let mut builder = self
            .client
            .request(method, request.url.clone())
            .header("x-api-key", key)
            .header(CONTENT_TYPE, request.content_type);
        if let Some(body) = &request.body {
            let body = UploadBody::whole(body.clone(), self.port.trace.clone());
            builder = builder.body(reqwest::Body::wrap(body));
        }
        let sent = self.announce(name, &request.url).await?;
        let response = self
            .step("waiting for the portal's answer", builder.send())
            .await?;
        let response = self.received(sent, response).await?;
        self.answer(Peer::Portal, response, request.limit).await
    }
}
