//! Finds out what a body is from its first bytes: the portal's headers do not say it.

use std::borrow::Cow;

use super::excerpt::excerpt;
use super::html;

/// What a body is. The text is without byte order mark and surrounding white space.
pub(super) enum Body<'a> {
    Empty,
    /// Begins like a JSON object, array or string.
    Json(&'a str),
    /// Begins with `<`, but is not a web page.
    Xml(&'a str),
    /// A web page. Bytes that are not UTF-8 are replaced.
    Html(Cow<'a, str>),
    /// Any other text.
    Text(&'a str),
    /// Not UTF-8, or contains a NUL. Holds a description of it.
    Opaque(String),
}

impl<'a> Body<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Body::of_text(text),
            Err(_) => Body::of_bytes(bytes),
        }
    }

    /// Reads a body that may have been cut anywhere: half a character at its end is dropped.
    pub(super) fn of_cut(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => Body::of_text(valid_start(bytes)),
            _ => Body::of(bytes),
        }
    }

    fn of_text(whole: &'a str) -> Self {
        let text = content(whole);
        match text.as_bytes().first() {
            // C strings end at the first NUL, and neither JSON, XML nor HTML needs one.
            _ if text.contains('\0') => Body::of_bytes(whole.as_bytes()),
            None => Body::Empty,
            Some(b'{' | b'[' | b'"') => Body::Json(text),
            Some(b'<') if html::is_page(text) => Body::Html(Cow::Borrowed(text)),
            Some(b'<') => Body::Xml(text),
            Some(_) => Body::Text(text),
        }
    }

    /// A body that is not text: a web page if it begins like one.
    fn of_bytes(bytes: &'a [u8]) -> Self {
        if html::is_page(content(valid_start(bytes))) {
            Body::Html(String::from_utf8_lossy(bytes))
        } else {
            Body::Opaque(looks_like(bytes))
        }
    }

    /// Describes the body. `detail` says what is wrong with JSON or XML.
    pub(super) fn describe(&self, detail: &str) -> String {
        match self {
            Body::Empty => "an empty body".to_owned(),
            Body::Json(_) => format!("JSON {detail}"),
            Body::Xml(_) => format!("XML {detail}"),
            Body::Html(page) => match html::title(page) {
                Some(title) => format!("an HTML page titled “{title}”"),
                None => "an HTML page".to_owned(),
            },
            Body::Text(text) => format!("the text “{}”", excerpt(text)),
            Body::Opaque(looks_like) => looks_like.clone(),
        }
    }
}

/// Whether a body is a web page. No answer of the portal or the storage is one. Its beginning is enough: the rest may
/// be cut off, or in any encoding.
pub fn is_html(body: &[u8]) -> bool {
    matches!(Body::of(body), Body::Html(_))
}

/// The part before the first byte that is not UTF-8.
fn valid_start(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

/// The text without byte order mark and surrounding white space.
fn content(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text).trim()
}

fn looks_like(bytes: &[u8]) -> String {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return "UTF-16 text".to_owned();
    }
    match (declared_encoding(bytes), std::str::from_utf8(bytes)) {
        (Some(encoding), _) if !encoding.eq_ignore_ascii_case("utf-8") => {
            format!("XML in the encoding {encoding}")
        }
        (_, Err(error)) if error.error_len().is_none() => {
            "text that ends in the middle of a character".to_owned()
        }
        _ => "binary data".to_owned(),
    }
}

/// The encoding in an XML declaration at the start.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let declaration = valid_start(bytes.strip_prefix(b"<?xml")?);
    let value = declaration
        .split_once("?>")?
        .0
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = value.get(1..)?.split_once(quote)?.0;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (name.len() <= 40 && name.chars().all(plain)).then_some(name)
}
