//! What a body that tells of an error says, fit for one line of a log.

use std::borrow::Cow;

use super::body::Body;
use super::fields::{Fields, Value};
use super::{json, xml};

/// Characters of a server's message that are kept.
const LONGEST: usize = 300;

/// Characters of an HTML page's title that are kept, to leave room for what is said around it.
const LONGEST_TITLE: usize = 200;

/// The names under which messages are found, the most telling first.
const NAMES: [&str; 5] = [
    "message",
    "Message",
    "errorMessage",
    "error_description",
    "error",
];

/// What the body of an error says, in one line of at most 300 characters: the message in JSON or XML, the title of an
/// HTML page, or a plain text. `None` if it says nothing.
///
/// The body may be cut at any byte.
pub fn server_message(body: &[u8]) -> Option<String> {
    match Body::of_text(readable(body)?) {
        Body::Json(text) if text.starts_with('"') => one_line(&json::string(text).ok()?),
        Body::Json(text) => of_fields(&json::object(text).ok()?),
        Body::Xml(text) => xml_message(text),
        Body::Html(text) => Some(
            html_title(text).map_or("HTML page".into(), |title| format!("HTML page \"{title}\"")),
        ),
        Body::Text(text) => one_line(text).filter(|line| line.contains(char::is_alphanumeric)),
        Body::Empty | Body::Opaque(_) => None,
    }
}

/// The `Code` of an error of the storage (S3).
pub fn storage_error_code(body: &[u8]) -> Option<String> {
    match Body::of_text(readable(body)?) {
        Body::Xml(text) => code(text),
        _ => None,
    }
}

/// Whether a field or list of this name tells of an error.
pub(super) fn names_an_error(name: &str) -> bool {
    NAMES
        .iter()
        .chain(&["errors"])
        .any(|error| name.eq_ignore_ascii_case(error))
}

/// The start of a text, for an error of our own.
pub(super) fn excerpt(text: &str) -> String {
    tidy(text, 80)
}

pub(super) fn html_title(text: &str) -> Option<String> {
    let start = find_ignoring_case(text, "<title")?;
    let (_, title) = text.get(start..)?.split_once('>')?;
    let end = find_ignoring_case(title, "</title")?;
    let title = title.get(..end)?;
    let shown = quick_xml::escape::unescape(title).unwrap_or(Cow::Borrowed(title));
    Some(tidy(&shown, LONGEST_TITLE)).filter(|line| !line.is_empty())
}

/// The body as text, if it is: without the part of a character it may have been cut in.
fn readable(body: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(body.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    Some(text).filter(|text| !text.contains('\0'))
}

/// The message in the fields of a JSON object, or in an object inside it.
pub(super) fn of_fields(fields: &Fields) -> Option<String> {
    named_text(fields).or_else(|| {
        NAMES.iter().find_map(|name| match fields.get(name)? {
            Value::Nested(inner) => named_text(&json::object(inner).ok()?),
            Value::Text(_) => None,
        })
    })
}

fn named_text(fields: &Fields) -> Option<String> {
    NAMES.iter().find_map(|name| one_line(fields.text(name)?))
}

fn xml_message(text: &str) -> Option<String> {
    let words = xml::find_text(text, |path, text| match path {
        [.., name] if NAMES.contains(name) => one_line(text),
        _ => None,
    });
    match (code(text), words) {
        (Some(code), Some(words)) => one_line(&format!("{code}: {words}")),
        (code, words) => words.or(code),
    }
}

fn code(text: &str) -> Option<String> {
    xml::find_text(text, |path, text| match path {
        [.., "Error", "Code"] => one_line(text),
        _ => None,
    })
}

fn one_line(text: &str) -> Option<String> {
    Some(tidy(text, LONGEST)).filter(|line| !line.is_empty())
}

/// The text in one line of at most `longest` characters, without any that could garble or forge a log.
fn tidy(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut room = longest;
    for word in text.split_whitespace() {
        let space = if line.is_empty() { "" } else { " " };
        for character in space.chars().chain(without_query(word).chars()) {
            if room == 0 {
                line.pop();
                line.push('…');
                return line;
            }
            line.push(if garbles(character) {
                '\u{FFFD}'
            } else {
                character
            });
            room -= 1;
        }
    }
    line
}

/// A URL without its query, which may be the right to use it.
fn without_query(word: &str) -> &str {
    match word.split_once('?') {
        Some((url, _)) if url.contains("://") => url,
        _ => word,
    }
}

/// Control characters, and those that turn the direction of writing.
fn garbles(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}
