//! What is quoted of a body.

use crate::text::{one_line, without_query};

/// Characters that are quoted of a body in an error of our own.
pub(super) const SHORT: usize = 80;

/// The start of a text on one line: at most `longest` characters, white space as single spaces, URLs without their
/// query.
pub(super) fn excerpt(text: &str, longest: usize) -> String {
    let words = text.split_whitespace().map(without_query);
    // Each word has a character or more, so these are enough.
    let start: Vec<&str> = words.take(longest + 1).collect();
    one_line(&start.join(" "), longest)
}
