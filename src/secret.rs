//! The API key. It is shared, never shown, and wiped when the last copy is dropped. This module also removes it from
//! text that came from outside.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The text that replaces the key.
const HIDDEN: &str = "***";

/// The API key. Clones share the same bytes.
///
/// These bytes are wiped when the last clone is dropped. Copies that the HTTP and TLS libraries make in their buffers
/// are not wiped.
#[derive(Clone)]
pub(crate) struct ApiKey {
    bytes: Bytes,
    /// The key as a server may send it back: plain, or in one of several encodings. Longest first.
    forms: Arc<Vec<Zeroizing<String>>>,
}

struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl ApiKey {
    pub fn new(key: &str) -> Self {
        ApiKey {
            bytes: Bytes::from_owner(Wiped(Zeroizing::new(key.as_bytes().to_vec()))),
            forms: Arc::new(forms(key)),
        }
    }

    /// The key's bytes, shared and not copied: a header made from them is wiped too.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Removes the key from text that came from outside.
    pub fn redact(&self, text: &str) -> String {
        let clean = self.redact_bytes(text.as_bytes());
        String::from_utf8_lossy(&clean).into_owned()
    }

    /// Removes the key from a body. Do this before a part of the body is quoted: a cut could leave half of the key.
    pub fn redact_bytes(&self, body: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = body;
        while let Some(byte) = rest.first() {
            let found = self
                .forms
                .iter()
                .filter(|form| form.as_bytes().first() == Some(byte))
                .find_map(|form| strip_ignoring_hex_case(rest, form.as_bytes()));
            match found {
                Some(after) => {
                    clean.extend_from_slice(HIDDEN.as_bytes());
                    rest = after;
                }
                None => {
                    clean.push(*byte);
                    rest = &rest[1..];
                }
            }
        }
        clean
    }
}

/// Returns the rest of `text` after `form`. The hex digits of `%2F` and `\u002f` match in either case.
fn strip_ignoring_hex_case<'a>(text: &'a [u8], form: &[u8]) -> Option<&'a [u8]> {
    let head = text.get(..form.len())?;
    let escaped = |at: usize| {
        let from = |back: usize, mark: &[u8]| {
            at.checked_sub(back)
                .is_some_and(|start| form[start..].starts_with(mark))
        };
        (1..=2).any(|back| from(back, b"%")) || (2..=5).any(|back| from(back, b"\\u"))
    };
    let same = head
        .iter()
        .zip(form)
        .enumerate()
        .all(|(at, (a, b))| a == b || (escaped(at) && a.eq_ignore_ascii_case(b)));
    same.then(|| &text[form.len()..])
}

fn forms(key: &str) -> Vec<Zeroizing<String>> {
    let json = Zeroizing::new(serde_json::to_string(key).unwrap_or_default());
    let json = json
        .get(1..json.len().saturating_sub(1))
        .unwrap_or_default();
    let each = |escape: fn(char) -> String| key.chars().map(escape).collect::<String>();
    let mut forms: Vec<_> = [
        key.to_string(),
        json.replace('/', "\\/"),
        json.to_string(),
        each(|c| match c.is_ascii_alphanumeric() {
            true => c.to_string(),
            false => format!("\\u{:04x}", u32::from(c)),
        }),
        quick_xml::escape::escape(key).into_owned(),
        quick_xml::escape::partial_escape(key).into_owned(),
        quick_xml::escape::minimal_escape(key).into_owned(),
        utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
        each(|c| match c.is_ascii_alphanumeric() || "-._~".contains(c) {
            true => c.to_string(),
            false => format!("%{:02X}", u32::from(c)),
        }),
        STANDARD.encode(key),
        STANDARD_NO_PAD.encode(key),
        URL_SAFE.encode(key),
        URL_SAFE_NO_PAD.encode(key),
    ]
    .map(Zeroizing::new)
    .into();
    forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a/b&c+d\"e=~f";

    #[test]
    fn a_key_is_hidden_in_every_form() {
        let key = ApiKey::new(KEY);
        for form in [
            KEY,
            "a\\/b&c+d\\\"e=~f",
            "a/b&c+d\\\"e=~f",
            "a\\u002fb\\u0026c\\u002bd\\u0022e\\u003d\\u007ef",
            "a\\u002Fb\\u0026c\\u002Bd\\u0022e\\u003D\\u007Ef",
            "a/b&amp;c+d&quot;e=~f",
            "a/b&amp;c+d\"e=~f",
            "a%2Fb%26c%2Bd%22e%3D~f",
            "a%2fb%26c%2bd%22e%3d%7ef",
            "YS9iJmMrZCJlPX5m",
        ] {
            let told = key.redact(&format!("key {form}, refused"));
            assert_eq!(told, "key ***, refused", "{form}");
        }
    }

    #[test]
    fn what_is_not_the_key_stays() {
        let key = ApiKey::new(KEY);
        for text in ["", "A/b&c+d\"e=~f", "a/b&c+d", "é\u{0}\u{202e}"] {
            assert_eq!(key.redact(text), text);
        }
    }
}
