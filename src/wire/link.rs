//! Temporary links to the storage.

use super::answer::{self, Unusable};
use super::body::Body;
use super::fault::{Fault, WireError};
use super::json;

/// Reads a download link: an absolute http or https URL.
///
/// The portal's documentation shows the bare URL; the vendor's own public clients read the field `url` of a JSON
/// object. A JSON string and an XML element are accepted as well.
pub fn parse_link(body: &[u8]) -> Result<String, WireError> {
    answer::read(body, "a download link", |body| {
        let link = match body {
            Body::Json(text) if text.starts_with('"') => json::string(text)?,
            Body::Text(text) => unquoted(text).to_owned(),
            _ => url_field(body)?,
        };
        let link = link.trim();
        if is_absolute_url(link) {
            Ok(link.to_owned())
        } else {
            Err(Fault::new("that holds no absolute http(s) URL").into())
        }
    })
}

fn url_field(body: &Body) -> Result<String, Unusable> {
    let fields = answer::object(body)?;
    answer::check_success(&fields)?;
    match fields.filled("url").or(fields.own_text()) {
        Some(url) => Ok(url.to_owned()),
        None => Err(Fault::new("without the field url").into()),
    }
}

/// Removes a pair of single quotes. Text in double quotes was read as JSON.
fn unquoted(text: &str) -> &str {
    let within = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    within.unwrap_or(text)
}

/// Whether the text looks like an absolute URL. Whoever uses the URL parses it.
pub(super) fn is_absolute_url(text: &str) -> bool {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let (head, rest) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    rest.is_some_and(|rest| !rest.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
