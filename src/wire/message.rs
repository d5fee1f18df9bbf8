//! What a body says to a person, and whether it is the portal that says it.

use super::body::Body;
use super::excerpt::words;
use super::fields::{Fields, Value};
use super::{html, json, storage_error, xml};

/// The most characters in a server's message.
const LONGEST: usize = 300;

/// The fields that hold a message, the most telling first.
const NAMES: [&str; 5] = [
    "message",
    "Message",
    "errorMessage",
    "error_description",
    "error",
];

/// What the body of an error says, on one line of at most 300 characters: the message in JSON or XML, the title of an HTML
/// page, or a plain text. `None` if it says nothing.
///
/// XML and plain text may be cut anywhere; JSON that is cut says nothing.
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

/// Whether the body of an error has the portal's form, so that the portal itself refused the request, and not something
/// between: a whole JSON object or XML element with a message or the field `success`, but no `<Error>` of the storage.
///
/// The portal's documentation describes no errors. This form is that of its answers (`success`), and of Amazon's API
/// Gateway, which it runs behind (`message`).
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

/// Whether a field or list of this name tells of an error.
pub(super) fn names_an_error(name: &str) -> bool {
    NAMES
        .iter()
        .chain(&["errors"])
        .any(|error| name.eq_ignore_ascii_case(error))
}

/// The message in a field, or in the fields of a JSON object inside one.
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
