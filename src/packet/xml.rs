//! What XML 1.0 allows: names and characters. And the escapes of what has a meaning of its own.

use std::borrow::Cow;

/// What a byte of a text needs before it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Plain,
    /// It is escaped in texts and in attributes.
    Escape,
    /// It is escaped in attributes alone.
    InAttribute,
    /// No escape makes it XML, or it begins a character that may be such a one.
    Doubtful,
}

const CARE: [Care; 256] = {
    let mut care = [Care::Plain; 256];
    let mut byte = 0;
    while byte < 0x20 {
        care[byte] = Care::Doubtful;
        byte += 1;
    }
    // The three first are layout in an attribute, which a parser makes spaces of; and in a text it makes \r a \n.
    care[b'\t' as usize] = Care::InAttribute;
    care[b'\n' as usize] = Care::InAttribute;
    care[b'"' as usize] = Care::InAttribute;
    care[b'\r' as usize] = Care::Escape;
    care[b'&' as usize] = Care::Escape;
    care[b'<' as usize] = Care::Escape;
    care[b'>' as usize] = Care::Escape;
    // U+FFFE and U+FFFF begin with it in UTF-8.
    care[0xEF] = Care::Doubtful;
    care
};

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Element,
    Attribute,
}

/// Calls `put` with the pieces of the escaped text. A character that XML cannot carry is replaced, or ends it with
/// `Break`.
pub(super) fn escape<E: From<Forbidden>>(
    text: &str,
    place: Place,
    replace: bool,
    mut put: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = text.as_bytes();
    let mut plain_from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let care = CARE[bytes[at] as usize];
        if care == Care::Plain || care == Care::InAttribute && place == Place::Element {
            at += 1;
            continue;
        }
        // All of these bytes begin a character.
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        let escaped = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\r' => "&#13;",
            '\n' => "&#10;",
            '\t' => "&#9;",
            _ if is_allowed(character) => {
                at += character.len_utf8();
                continue;
            }
            _ if replace => "\u{FFFD}",
            _ => {
                let number = character.into();
                return Err(Forbidden { number, at }.into());
            }
        };
        put(&text[plain_from..at])?;
        put(escaped)?;
        at += character.len_utf8();
        plain_from = at;
    }
    put(&text[plain_from..])
}

/// A character that XML cannot carry.
pub(super) struct Forbidden {
    number: u32,
    /// Where it is in the text, in bytes.
    pub at: usize,
}

impl Forbidden {
    /// Says so, as what is wrong with a text.
    pub fn problem(&self) -> String {
        let what = match self.number {
            0xD800..=0xDFFF => "half of a surrogate pair",
            _ => "the character",
        };
        format!("{what} U+{:04X} cannot stand in XML", self.number)
    }
}

/// Why the bytes of a host are no text.
pub(super) enum NoText {
    Forbidden(Forbidden),
    NotUtf8,
}

/// The text of a host. C has U+0000 as the bytes C0 80 in a text, since a NUL would end it. The texts of some languages
/// can hold half a surrogate pair, for which UTF-8 would have three bytes. Both are replaced or refused.
pub(super) fn host_text(bytes: &[u8], replace: bool) -> Result<Cow<'_, str>, NoText> {
    let mut text = match str::from_utf8(bytes) {
        Ok(text) => return Ok(text.into()),
        Err(_) => String::new(),
    };
    let mut rest = bytes;
    loop {
        let valid = match str::from_utf8(rest) {
            Ok(end) => end,
            Err(why) => str::from_utf8(&rest[..why.valid_up_to()]).unwrap_or_default(),
        };
        text.push_str(valid);
        rest = &rest[valid.len()..];
        let (number, len) = match *rest {
            [] => return Ok(text.into()),
            [0xC0, 0x80, ..] => (0, 2),
            [0xED, high @ 0xA0..=0xBF, low @ 0x80..=0xBF, ..] => (
                0xD000 | u32::from(high & 0x3F) << 6 | u32::from(low & 0x3F),
                3,
            ),
            _ => return Err(NoText::NotUtf8),
        };
        if !replace {
            let at = bytes.len() - rest.len();
            return Err(NoText::Forbidden(Forbidden { number, at }));
        }
        text.push(char::REPLACEMENT_CHARACTER);
        rest = &rest[len..];
    }
}

/// The first character of a text that XML cannot carry.
pub(super) fn forbidden(text: &str) -> Option<Forbidden> {
    if !needs_care(text.as_bytes()) {
        return None;
    }
    let mut characters = text.char_indices();
    let (at, character) = characters.find(|(_, character)| !is_allowed(*character))?;
    Some(Forbidden {
        number: character.into(),
        at,
    })
}

/// Whether a text may have a control character, a line end or a character that XML cannot carry. It looks at all bytes,
/// because a loop without an early end is the faster one.
pub(super) fn needs_care(text: &[u8]) -> bool {
    text.iter()
        .fold(false, |care, byte| care | (*byte < 0x20) | (*byte == 0xEF))
}

/// XML 1.0, production 2.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Why a text cannot be the name of an element or an attribute; `None` if it can. A colon would make a prefix of it.
pub(super) fn name_problem(name: &str) -> Option<String> {
    let mut characters = name.chars();
    let first = characters.next();
    let bad = match first {
        None => return Some("an empty name is no XML name".into()),
        Some(first) if !begins_name(first) => Some(first),
        Some(_) => characters.find(|character| !continues_name(*character)),
    };
    bad.map(|character| {
        format!(
            "\u{201c}{}\u{201d} is no XML name: {} cannot {} one; use letters, digits and _",
            crate::text::one_line(name, 80),
            crate::text::one_line(&format!("\u{201c}{character}\u{201d}"), 20),
            match first == Some(character) && !begins_name(character) && continues_name(character) {
                true => "begin",
                false => "stand in",
            }
        )
    })
}

/// XML 1.0, production 4, without the colon. And without joiners, the byte order mark, U+FFFD and characters beyond
/// U+FFFF: nobody means them in a name, and parsers of the fourth edition refuse them.
fn begins_name(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FEFE}'
        | '\u{FF00}'..='\u{FFDC}')
}

/// XML 1.0, production 4a, without the colon.
fn continues_name(character: char) -> bool {
    begins_name(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// White space, as XML has it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether a text is nothing but white space.
pub(super) fn is_white_space(text: &[u8]) -> bool {
    text.iter().all(|byte| is_space(*byte))
}
