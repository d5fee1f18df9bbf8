//! Reads answers completely, within their limit, and maps temporary failures to errors.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::HeaderMap;

use super::Http;
use crate::config::Settings;
use crate::error::{Error, ErrorKind, Peer, Result};
use crate::wire;

/// The largest answer, in bytes, where only a link or a short text is expected.
const SHORT_ANSWER: u64 = 1024 * 1024;

/// How many bytes of an error's body are read. Its message is at its beginning.
const ERROR_BODY: usize = 64 * 1024;

/// The limit on a body from outside, and the option that sets it.
#[derive(Clone, Copy)]
pub(crate) struct SizeLimit {
    pub what: &'static str,
    pub bytes: u64,
    pub option: &'static str,
}

impl SizeLimit {
    /// For answers that are always small.
    pub const SHORT: SizeLimit = SizeLimit {
        what: "the answer",
        bytes: SHORT_ANSWER,
        option: "a fixed limit",
    };

    /// For every download, whatever it goes to.
    pub fn of_downloads(settings: &Settings) -> SizeLimit {
        SizeLimit {
            what: "the packet",
            bytes: settings.max_download_bytes,
            option: "max_download_bytes",
        }
    }

    fn exceeded(self) -> Error {
        ErrorKind::TooLarge {
            what: self.what,
            limit: self.bytes,
            option: self.option,
        }
        .into()
    }
}

/// An answer. The exchange decides what it means.
pub(crate) struct Answer {
    pub http_status: u16,
    /// The name of the refusal, if API Gateway itself refused (`x-amzn-ErrorType`).
    pub error_type: Option<String>,
    /// The target of a redirect, without its query.
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.http_status)
    }
}

impl Http<'_> {
    /// Reads a whole answer. An answer for a failure that a retry may solve is returned as that error, whatever its
    /// body says.
    pub(super) async fn answer(
        &self,
        peer: Peer,
        mut response: Response,
        limit: SizeLimit,
    ) -> Result<Answer> {
        let http_status = response.status().as_u16();
        let body = match response.status().is_success() {
            true => self.whole_body(&mut response, limit).await?,
            false => self.start_of_body(&mut response).await,
        };
        // These say that no answer came from behind; whether a success is one, only its reader can tell.
        if !response.status().is_success() && !matches!(http_status, 408 | 502 | 504) {
            self.port.trace.answered();
        }
        let headers = response.headers();
        let server_message = || wire::server_message(&self.settings.api_key.redact_bytes(&body));
        let transient_code = peer == Peer::Storage && wire::is_transient_storage_error(&body);
        let slow_down = transient_code
            && wire::storage_error_code(&body).is_some_and(|code| code == "SlowDown");
        if http_status == 407 {
            let origin = response.url().origin().ascii_serialization();
            return Err(ErrorKind::ProxyRefused {
                proxy: super::proxy::name(&origin, &self.settings.proxy),
                schemes: schemes(headers),
            }
            .into());
        }
        if http_status == 429 || slow_down {
            return Err(ErrorKind::Throttled {
                peer,
                http_status,
                server_message: server_message(),
                retry_after: retry_after(headers),
            }
            .into());
        }
        if http_status == 408 || http_status >= 500 || transient_code {
            return Err(ErrorKind::ServerError {
                peer,
                http_status,
                server_message: server_message(),
                retry_after: retry_after(headers),
            }
            .into());
        }
        Ok(Answer {
            http_status,
            error_type: header(headers, "x-amzn-errortype"),
            location: header(headers, "location").map(|to| {
                let place = to.split(['?', '#']).next().unwrap_or_default();
                self.settings.api_key.redact(place)
            }),
            body,
        })
    }

    async fn whole_body(&self, response: &mut Response, limit: SizeLimit) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece(response, body.len() as u64, limit).await? {
            let len = body.len() as u64 + piece.len() as u64;
            body.try_reserve(piece.len())
                .map_err(|_| ErrorKind::OutOfMemory {
                    what: limit.what,
                    bytes: len,
                })?;
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// Reads the start of an error's body. If the body is huge, breaks off or stalls, the error is reported with what
    /// came.
    async fn start_of_body(&self, response: &mut Response) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < ERROR_BODY {
            let Ok(Ok(Some(piece))) = self.step("receiving", response.chunk()).await else {
                break;
            };
            body.extend_from_slice(&piece[..piece.len().min(ERROR_BODY - body.len())]);
        }
        body
    }

    /// The next piece of a body, within its limit.
    pub(super) async fn piece(
        &self,
        response: &mut Response,
        received: u64,
        limit: SizeLimit,
    ) -> Result<Option<Bytes>> {
        // Not `content_length()`: that counts only the bytes that are left.
        let announced = header(response.headers(), "content-length").and_then(|n| n.parse().ok());
        if announced.is_some_and(|length: u64| length > limit.bytes) {
            return Err(limit.exceeded());
        }
        let piece = self
            .step("receiving", response.chunk())
            .await?
            .map_err(|_| ErrorKind::Truncated {
                received,
                expected: announced,
            })?;
        match piece {
            Some(piece) if received + piece.len() as u64 > limit.bytes => Err(limit.exceeded()),
            piece => Ok(piece),
        }
    }
}

pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_string)
}

/// Reads `Retry-After`: a number of seconds, or an HTTP date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = header(headers, "retry-after")?;
    let wait = match value.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value.trim())
            .ok()?
            .duration_since(SystemTime::now())
            .ok()?,
    };
    // A year is longer than any call, and a larger value would overflow the clock.
    Some(wait.min(Duration::from_secs(365 * 86_400)))
}

/// The names in all `Proxy-Authenticate` headers: the first word of each.
fn schemes(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all("proxy-authenticate")
        .iter()
        .filter_map(|value| super::proxy::scheme(value.to_str().ok()?))
        .collect()
}
