//! A try of the settings that touches no packet.

use super::answers::{Question, parsed, refusal};
use super::link;
use crate::error::{Result, Status};
use crate::http::Http;
use crate::wire;

/// A link asked for by the check; nothing is ever stored there.
const CHECK_PATH: &str = "dmerp-connection-check";

pub(crate) async fn check(http: &Http<'_>) -> Result<()> {
    let request = link::request(http.settings, CHECK_PATH)?;
    let answer = http.portal(&request).await?;
    match answer.http_status {
        // The portal got as far as looking at the path, so key and area are good.
        200..=299 => match parsed(&http.settings.api_key, &answer.body, wire::parse_link) {
            Err(error) if error.status() != Status::Rejected => Err(error),
            _ => Ok(()),
        },
        // Web servers and proxies answer 400 as well, to what they do not understand.
        400 if wire::is_portal_refusal(&answer.body) => Ok(()),
        _ => Err(refusal(http.settings, &answer, Question::AppArea)),
    }
}
