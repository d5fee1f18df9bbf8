//! reqwest's client, which dmerp is built on, and nothing around it.

use bytes::Bytes;
use limits::{Answer, Headers, Method, Result, Sender};

struct Client(reqwest::Client);

impl Sender for Client {
    type Answer = Received;

    async fn send(&mut self, method: Method, url: &str, headers: Headers<'_>, body: Bytes) -> Result<Received> {
        let mut request = self.0.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        Ok(Received(request.send().await?))
    }
}

struct Received(reqwest::Response);

impl Answer for Received {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn length(&self) -> Option<u64> {
        self.0.content_length()
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.chunk().await?)
    }
}

fn main() -> Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "there is a TLS provider already")?;
    // No certificates are loaded: the sandbox speaks plain HTTP here.
    let redirects = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().tls_certs_only([]).redirect(redirects).build()?;
    limits::run(|| Client(client.clone()))
}
