//! Tests the settings without touching a packet.

use super::answers::{Question, parsed, refusal};
use super::link;
use crate::error::{Result, Status};
use crate::http::{Answer, Http};
use crate::stats::Verb;
use crate::wire;

/// The path that the check asks a link for. Nothing is ever stored there.
const CHECK_PATH: &str = "dmerp-connection-check";

pub(crate) async fn check(http: &Http<'_>) -> Result<()> {
    let request = link::request(http.settings, CHECK_PATH)?;
    let answer = http.portal(&request).await?;
    meaning(http, &answer)?;
    http.counters.succeeded(Verb::Check);
    Ok(())
}

fn meaning(http: &Http<'_>, answer: &Answer) -> Result<()> {
    match answer.http_status {
        // The portal has looked at the path, so the key and the app area are right.
        200..=299 => match parsed(&http.settings.api_key, &answer.body, wire::parse_link) {
            Err(error) if error.status() != Status::Rejected => Err(error),
            _ => Ok(()),
        },
        // Other web servers and proxies also answer 400, so only a body in the portal's form counts.
        400 if wire::is_portal_refusal(&answer.body) => Ok(()),
        _ => Err(refusal(http.settings, answer, Question::AppArea)),
    }
}
