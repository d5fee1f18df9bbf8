//! What the answers of the portal and the storage mean.

use url::Url;

use crate::config::Settings;
use crate::error::{Error, ErrorKind, Missing, Peer, Result};
use crate::http::{Answer, Http, PortalRequest};
use crate::secret::ApiKey;
use crate::wire::{self, WireError};

/// What was asked for. The same refusal means different things for different questions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Something about the app area as a whole.
    AppArea,
    /// A link to one packet.
    Link,
    /// A push or a done. The portal may refuse what it names, such as a mobile user or a receipt handle.
    Change,
}

/// Sends a request to the portal and returns the body of a success.
pub(super) async fn ask(
    http: &Http<'_>,
    request: &PortalRequest,
    question: Question,
) -> Result<Vec<u8>> {
    let answer = http.portal(request).await?;
    if answer.is_success() {
        Ok(answer.body)
    } else {
        Err(refusal(http.settings, &answer, question))
    }
}

/// What an answer of the portal means that is not a success. The portal's documentation describes no errors; the rules
/// here are those of Amazon's API Gateway, which the portal runs behind.
pub(super) fn refusal(settings: &Settings, answer: &Answer, question: Question) -> Error {
    let http_status = answer.http_status;
    let server_message = message(settings, answer);
    let gateway = answer.error_type.as_deref().unwrap_or_default();
    let said = server_message.as_deref().unwrap_or_default();
    let app_area = settings.app_area.clone();
    let missing = |what| ErrorKind::NotFound {
        peer: Peer::Portal,
        what,
        http_status,
        server_message: server_message.clone(),
    };
    let kind = match http_status {
        300..=399 => redirect(answer),
        _ if wire::is_html(&answer.body) => ErrorKind::BadAnswer {
            http_status: Some(http_status),
            found: format!("{said} (HTTP {http_status})"),
        },
        401 => ErrorKind::AuthenticationFailed {
            app_area,
            http_status,
            server_message,
        },
        // API Gateway's answer for a path without an API.
        403 if gateway.starts_with("MissingAuthenticationToken")
            || said == "Missing Authentication Token" =>
        {
            missing(Missing::Address)
        }
        403 if gateway.starts_with("Forbidden") || said.is_empty() || said == "Forbidden" => {
            ErrorKind::AuthenticationFailed {
                app_area,
                http_status,
                server_message,
            }
        }
        403 | 404 if question == Question::AppArea && server_message.is_some() => {
            ErrorKind::UnknownAppArea {
                app_area,
                http_status,
                server_message,
            }
        }
        404 if question == Question::Link => missing(Missing::Packet),
        404 if server_message.is_none() => missing(Missing::Address),
        _ => ErrorKind::Rejected {
            http_status,
            server_message,
        },
    };
    kind.into()
}

/// What an answer of the storage means that is not a success.
pub(super) fn storage_refusal(settings: &Settings, answer: &Answer) -> Error {
    let http_status = answer.http_status;
    let server_message = message(settings, answer);
    let kind = match http_status {
        300..=399 => redirect(answer),
        404 => ErrorKind::NotFound {
            peer: Peer::Storage,
            what: Missing::Packet,
            http_status,
            server_message,
        },
        _ => ErrorKind::StorageRefused {
            http_status,
            server_message,
            code: wire::storage_error_code(&answer.body),
        },
    };
    kind.into()
}

/// S3 answers 403 for an expired link, and 400 `ExpiredToken` if the credentials behind the link expired earlier.
pub(super) fn may_be_expired(answer: &Answer) -> bool {
    answer.http_status == 403
        || wire::storage_error_code(&answer.body).is_some_and(|code| code == "ExpiredToken")
}

/// Parses the body of a success. If that fails, the body is parsed again without the key, so that the error cannot
/// quote it.
pub(super) fn parsed<T>(
    api_key: &ApiKey,
    body: &[u8],
    parse: impl Fn(&[u8]) -> std::result::Result<T, WireError>,
) -> Result<T> {
    parse(body).map_err(|why| {
        let clean = api_key.redact_bytes(body);
        misunderstood(api_key, parse(&clean).err().unwrap_or(why))
    })
}

fn misunderstood(api_key: &ApiKey, why: WireError) -> Error {
    let kind = match why {
        WireError::Refused { message } => ErrorKind::Rejected {
            http_status: 200,
            server_message: message.map(|text| api_key.redact(&text)),
        },
        other => ErrorKind::BadAnswer {
            http_status: Some(200),
            found: api_key.redact(&other.to_string()),
        },
    };
    kind.into()
}

/// Checks a temporary link from the portal.
pub(super) fn storage_link(settings: &Settings, link: &str) -> Result<Url> {
    let bad = |found: &str| {
        Error::from(ErrorKind::BadAnswer {
            http_status: Some(200),
            found: found.to_string(),
        })
    };
    let url = Url::parse(link).map_err(|_| bad("a temporary link that is not a URL"))?;
    match (url.scheme(), settings.base_url.scheme()) {
        ("https", _) | ("http", "http") => Ok(url),
        _ => Err(bad(
            "a temporary link without https, which would send the packet in the clear",
        )),
    }
}

fn message(settings: &Settings, answer: &Answer) -> Option<String> {
    wire::server_message(&settings.api_key.redact_bytes(&answer.body))
}

fn redirect(answer: &Answer) -> ErrorKind {
    ErrorKind::BadAnswer {
        http_status: Some(answer.http_status),
        found: format!(
            "a redirect (HTTP {}) to {}",
            answer.http_status,
            answer.location.as_deref().unwrap_or("nowhere")
        ),
    }
}
