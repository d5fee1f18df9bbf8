//! HTTP as async functions that never block. Only this module uses reqwest. It retries what may be repeated, limits
//! everything that comes from outside, and maps broken connections to errors.

mod answer;
mod certificates;
mod download;
mod engine;
mod failure;
mod portal;
mod proxy;
mod resolver;
mod retry;
mod tls;
mod upload;
mod upload_body;

use std::future::Future;
use std::pin::pin;
use std::time::Instant;

use reqwest::Response;
use url::Url;

pub(crate) use self::answer::{Answer, SizeLimit};
#[cfg(feature = "test-hooks")]
pub use self::certificates::BEFORE_CHECK;
pub(crate) use self::engine::{Engine, turns};
pub(crate) use self::portal::PortalRequest;
use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::log::Level;
use crate::port::Port;
use crate::stats::Counters;
use crate::text;

/// The outcome of a transfer to or from the storage.
pub(crate) enum Transfer {
    /// Complete, with this many content bytes.
    Done(u64),
    /// Refused by the storage.
    Refused(Answer),
}

/// The connection of one transfer to the portal and the storage.
pub(crate) struct Http<'a> {
    pub settings: &'a Settings,
    pub counters: &'a Counters,
    pub port: Port,
    client: &'a reqwest::Client,
}

/// A request that was sent, for the log and for an error.
struct OnTheWay {
    what: String,
    /// Scheme, host and port.
    to: String,
    at: Instant,
}

impl<'a> Http<'a> {
    pub fn new(engine: &'a Engine, port: Port) -> Self {
        Http {
            settings: engine.settings(),
            counters: engine.counters(),
            port,
            client: engine.client(),
        }
    }

    /// Waits for `work`, at most `timeout.idle_ms`. Time that the caller's thread spends in files and callbacks does
    /// not count: nothing can be sent or received then.
    async fn step<T>(&self, waiting_for: &'static str, work: impl Future<Output = T>) -> Result<T> {
        let limit = self.settings.idle_timeout;
        let (began, away) = (Instant::now(), self.port.away.total());
        let mut work = pin!(work);
        let mut left = limit;
        loop {
            if let Ok(done) = tokio::time::timeout(left, &mut work).await {
                return Ok(done);
            }
            let elsewhere = self.port.away.total().saturating_sub(away);
            let waited = began.elapsed().saturating_sub(elsewhere);
            if waited >= limit {
                return Err(ErrorKind::Idle { limit, waiting_for }.into());
            }
            left = limit - waited;
        }
    }

    async fn announce(&self, method: &'static str, url: &Url) -> Result<OnTheWay> {
        let sent = OnTheWay {
            what: format!("{method} {}", text::without_query(url.as_str())),
            to: url.origin().ascii_serialization(),
            at: Instant::now(),
        };
        self.port.log(Level::Debug, || sent.what.clone()).await?;
        Ok(sent)
    }

    async fn received(
        &self,
        sent: OnTheWay,
        response: std::result::Result<Response, reqwest::Error>,
    ) -> Result<Response> {
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                return Err(failure::before_answer(error, self.settings, &sent.to)
                    .await
                    .into());
            }
        };
        self.port
            .log(Level::Debug, || {
                let http_status = response.status().as_u16();
                let ms = sent.at.elapsed().as_millis();
                format!("{} -> {http_status} after {ms} ms", sent.what)
            })
            .await?;
        Ok(response)
    }
}
