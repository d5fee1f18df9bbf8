//! Finds the message for a person in a body, and whether the portal itself wrote that body.

use super::body::Body;
use super::excerpt::words;
use super::fields::{Fields, Value};
use super::{html, json, storage_error, xml};

/// The most characters of a server's message that are kept.
const LONGEST: usize = 300;

/// The fields that may hold a message, the most useful first.
const NAMES: [&str; 5] = [
    "message",
    "Message",
    "errorMessage",
    "error_description",
    "error",
];

/// The message in the body of an error, on one line of at most 300 characters: from JSON or XML, from the title of an
/// HTML page, or plain text. `None` if there is none.
///
/// XML and plain text may be cut anywhere. JSON that is cut gives no message.
pub fn server_message(body: &[u8]) -> Option<String> {
    match Body::of_cut(body) {
        Body::Json(text) if text.starts_with('"') => line(&json::string(text).ok()?),
        Body::Json(text) => message_in_fields(&json::object(text).fields),
        Body::Xml(text) => message_in_xml(text),
        Body::Html(page) => Some(
            html::title(&page).map_or("HTML page".into(), |title| format!("HTML page \"{title}\"")),
        ),
        Body::Text(text) => line(text).filter(|line| line.contains(char::is_alphanumeric)),
        Body::Empty | Body::Opaque(_) => None,
    }
}

/// Whether the body of an error has the portal's form: then the portal itself refused the request, and not a proxy or
/// another server. The form is a whole JSON object or XML element with a message or the field `success`, but not the
/// storage's `<Error>`.
///
/// The portal's documentation describes no errors. The field `success` is that of its answers; `message` is that of
/// Amazon's API Gateway, which the portal runs behind.
pub fn is_portal_refusal(body: &[u8]) -> bool {
    let fields = match Body::of(body) {
        Body::Json(text) => json::object(text).whole(),
        Body::Xml(text) if xml::root(text) != Some("Error") => {
            xml::object(text).and_then(|reading| reading.whole())
        }
        _ => return false,
    };
    fields.is_ok_and(|fields| {
        fields.filled("success").is_some() || message_in_fields(&fields).is_some()
    })
}

/// Whether a field or a list of this name reports an error.
pub(super) fn names_an_error(name: &str) -> bool {
    NAMES
        .iter()
        .chain(&["errors"])
        .any(|error| name.eq_ignore_ascii_case(error))
}

/// The message in a field, or in a JSON object in a field.
pub(super) fn message_in_fields(fields: &Fields) -> Option<String> {
    first_named(fields).or_else(|| {
        NAMES.iter().find_map(|name| match fields.get(name)? {
            Value::Nested { source, .. } => first_named(&json::object(source).fields),
            Value::Text(_) => None,
        })
    })
}

fn first_named(fields: &Fields) -> Option<String> {
    NAMES.iter().find_map(|name| line(fields.filled(name)?))
}

fn message_in_xml(text: &str) -> Option<String> {
    let message = xml::find_text(text, |path, text| match path {
        [.., name] if NAMES.contains(name) => line(text),
        _ => None,
    });
    match (storage_error::code(text), message) {
        (Some(code), Some(message)) => line(&format!("{code}: {message}")),
        (code, message) => message.or(code),
    }
}

fn line(text: &str) -> Option<String> {
    Some(words(text, LONGEST)).filter(|line| !line.is_empty())
}
