//! Web pages. No answer of the portal or the storage is one.

use std::borrow::Cow;

use super::excerpt::words;

/// How many characters of a page's title are quoted. They leave room for the words around them.
const LONGEST_TITLE: usize = 200;

/// Whether a document starts with an HTML doctype or an `html` tag, after declarations and comments.
pub(super) fn is_page(text: &str) -> bool {
    let start = after_prolog(text).as_bytes();
    [&b"<!doctype html"[..], b"<html"].iter().any(|opening| {
        start
            .get(..opening.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(opening))
    })
}

/// The page's title; `None` if it has none, or the page was cut in the title.
pub(super) fn title(page: &str) -> Option<String> {
    let start = find_ignoring_case(page, "<title")?;
    let (_, title) = page.get(start..)?.split_once('>')?;
    let end = find_ignoring_case(title, "</title")?;
    let title = title.get(..end)?;
    // Entities that only HTML defines stay as they are.
    let shown = quick_xml::escape::unescape(title).unwrap_or(Cow::Borrowed(title));
    Some(words(&shown, LONGEST_TITLE)).filter(|title| !title.is_empty())
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

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes()
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}
