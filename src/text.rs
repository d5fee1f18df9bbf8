//! Makes text from outside fit for one line of a log.

/// The most characters in one of the library's own lines: an error's message, or a log record.
pub(crate) const LONGEST_LINE: usize = 4000;

/// Returns the text on one line of at most `longest` characters.
///
/// Characters that could start a new line, hide text or change the direction of writing are escaped, such as `\n` and
/// `\u{202e}`. A shortened text ends with `…`.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    // Where to cut the line so that `…` still fits.
    let mut cut = 0;
    for character in text.chars() {
        let escape = garbles(character).then(|| character.escape_default());
        length += escape.as_ref().map_or(1, ExactSizeIterator::len);
        if length > longest {
            line.truncate(cut);
            line.push('…');
            return line;
        }
        match escape {
            Some(escape) => line.extend(escape),
            None => line.push(character),
        }
        if length < longest {
            cut = line.len();
        }
    }
    line
}

/// Removes the query from a URL: the query of a temporary link is the right to use it. Text that is not a URL is
/// returned unchanged.
pub(crate) fn without_query(url: &str) -> &str {
    match url.split_once('?') {
        Some((address, _)) if address.contains("://") => address,
        _ => url,
    }
}

/// Control characters, line separators, and characters that change the direction of writing or that nobody sees.
fn garbles(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_a_line_or_turns_it() {
        assert_eq!(
            one_line("a\r\nb\u{1B}[31m  é\u{202E}\u{2028}\u{61C}\u{FEFF}", 100),
            r"a\r\nb\u{1b}[31m  é\u{202e}\u{2028}\u{61c}\u{feff}"
        );
    }

    #[test]
    fn a_line_is_as_long_as_it_may_be() {
        assert_eq!(one_line("éééé", 4), "éééé");
        assert_eq!(one_line("ééééé", 4), "ééé…");
        assert_eq!(one_line("", 0), "");
        for text in ["ab\n", "ab\u{202E}\u{202E}", "\n\n\n", "abcdefgh"] {
            let line = one_line(text, 4);
            assert!(line.chars().count() <= 4, "{line}");
            assert!(!line.ends_with('\\'), "an escape is cut: {line}");
        }
    }

    #[test]
    fn only_a_url_loses_its_query() {
        assert_eq!(without_query("https://a/b?c?d"), "https://a/b");
        assert_eq!(without_query("why?"), "why?");
        assert_eq!(without_query("path?to=https://a"), "path?to=https://a");
    }
}
