//! Quotes parts of a body in messages.

use crate::text::{one_line, without_query};

/// The start of a text, for one of the library's error messages.
pub(super) fn excerpt(text: &str) -> String {
    words(text, 80)
}

/// The words of a text on one line of at most `longest` characters. URLs are shown without their query.
pub(super) fn words(text: &str, longest: usize) -> String {
    let words = text.split_whitespace().map(without_query);
    // Each word has at least one character, so this many words are enough.
    let start: Vec<&str> = words.take(longest + 1).collect();
    one_line(&start.join(" "), longest)
}
