//! The storage's errors (Amazon S3): `<Error><Code>AccessDenied</Code><Message>Request has expired</Message>…</Error>`.

use super::body::Body;
use super::excerpt::excerpt;
use super::xml;

/// The codes that Amazon's S3 API reference ("Error responses") describes as temporary: the same request can succeed
/// later.
const TRANSIENT: [&str; 4] = [
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
];

/// The `Code` in the body of a storage error. The body may be cut anywhere.
pub fn storage_error_code(body: &[u8]) -> Option<String> {
    match Body::of_cut(body) {
        Body::Xml(text) => code(text),
        _ => None,
    }
}

/// Whether the body of a storage error reports a temporary failure, whatever its HTTP status: `RequestTimeout` comes
/// with 400. The body may be cut anywhere.
pub fn is_transient_storage_error(body: &[u8]) -> bool {
    storage_error_code(body).is_some_and(|code| TRANSIENT.contains(&&*code))
}

pub(super) fn code(text: &str) -> Option<String> {
    xml::find_text(text, |path, text| match path {
        [.., "Error", "Code"] if !text.is_empty() => Some(excerpt(text)),
        _ => None,
    })
}
