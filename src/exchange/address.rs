//! Builds the portal's URLs, and checks the names in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::http::{PortalRequest, SizeLimit};
use crate::wire::Format;

/// Escapes everything but RFC 3986's unreserved characters, so that any name reaches the server unchanged.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest name that a caller may give, in bytes.
const MAX_NAME: usize = 1024;

/// Builds a URL below the portal's `/erp`.
pub(super) fn url(settings: &Settings, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
    let base = settings.base_url.as_str().trim_end_matches('/');
    let mut url = format!("{base}/erp");
    for segment in path {
        url.push('/');
        url.extend(utf8_percent_encode(segment, NAME));
    }
    for (at, (key, value)) in query.iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(key);
        url.push('=');
        url.extend(utf8_percent_encode(value, NAME));
    }
    Url::parse(&url).map_err(|why| ErrorKind::Internal(format!("{url}: {why}")).into())
}

/// Builds a GET request to the portal.
pub(super) fn get(
    settings: &Settings,
    path: &[&str],
    query: &[(&str, &str)],
    limit: SizeLimit,
) -> Result<PortalRequest> {
    Ok(PortalRequest {
        url: url(settings, path, query)?,
        content_type: Format::Json.content_type(),
        body: None,
        limit,
    })
}

/// Checks a name from the caller.
pub(crate) fn check_name(what: &str, name: &str) -> Result<()> {
    let problem = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_NAME {
        "is longer than 1024 bytes"
    } else if name.chars().any(char::is_control) {
        "holds a control character, such as a line end"
    } else {
        return Ok(());
    };
    Err(ErrorKind::InvalidArgument(format!("the {what} {problem}")).into())
}

/// Checks a name that becomes one segment of a URL's path. `.` and `..` are not possible, not even percent-encoded: URL
/// parsers remove both.
pub(crate) fn check_segment(what: &str, name: &str) -> Result<()> {
    check_name(what, name)?;
    if matches!(name, "." | "..") {
        return Err(ErrorKind::InvalidArgument(format!(
            "the {what} is {name:?}, which no URL can hold"
        ))
        .into());
    }
    Ok(())
}
