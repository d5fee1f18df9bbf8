//! What kind of body arrived, by the look of it: the portal's headers don't tell.

use super::message;

/// A body by its form, without byte order mark and surrounding white space.
pub(super) enum Body<'a> {
    Empty,
    Json(&'a str),
    Xml(&'a str),
    Html(&'a str),
    Text(&'a str),
    /// Not UTF-8, or not text at all: what it looks like.
    Opaque(String),
}

impl<'a> Body<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            // C callers get strings that end at the first NUL, and no text form has any use for one.
            Ok(text) if !text.contains('\0') => Body::of_text(text),
            _ => Body::Opaque(opaque(bytes)),
        }
    }

    pub(super) fn of_text(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).trim();
        match text.as_bytes().first() {
            None => Body::Empty,
            Some(b'{' | b'[' | b'"') => Body::Json(text),
            Some(b'<') if is_html(text) => Body::Html(text),
            Some(b'<') => Body::Xml(text),
            Some(_) => Body::Text(text),
        }
    }

    /// The body in words; `detail` says what is wrong with JSON or XML.
    pub(super) fn describe(&self, detail: &str) -> String {
        match self {
            Body::Empty => "an empty body".to_owned(),
            Body::Json(_) => format!("JSON {detail}"),
            Body::Xml(_) => format!("XML {detail}"),
            Body::Html(text) => match message::html_title(text) {
                Some(title) => format!("an HTML page titled “{title}”"),
                None => "an HTML page".to_owned(),
            },
            Body::Text(text) => format!("the text “{}”", message::excerpt(text)),
            Body::Opaque(looks_like) => looks_like.clone(),
        }
    }
}

/// Whether the first thing after declarations and comments is HTML's.
fn is_html(text: &str) -> bool {
    let start = after_prolog(text).as_bytes();
    [&b"<!doctype html"[..], b"<html"].iter().any(|opening| {
        start
            .get(..opening.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(opening))
    })
}

fn after_prolog(text: &str) -> &str {
    let mut rest = text;
    loop {
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ => return rest,
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return rest,
        }
    }
}

fn opaque(bytes: &[u8]) -> String {
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

/// The encoding that an XML declaration at the start names.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let declaration = bytes.strip_prefix(b"<?xml")?.utf8_chunks().next()?.valid();
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
