//! Storage keys made of names that come from outside.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use crate::portal::Format;

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'_').remove(b'-');

/// The key of a packet that a mobile user sent, as the portal's `url` field shows it.
pub(crate) fn outgoing(area: &str, hour: &str, mobile_user: &str, name: &str) -> String {
    format!(
        "push_done/{}/{hour}/{}/{}",
        part(area, 24),
        part(mobile_user, 40),
        part(name, 64)
    )
}

/// The key in one form of a packet that the storage has in both.
pub(crate) fn outgoing_form(
    area: &str,
    hour: &str,
    mobile_user: &str,
    stem: &str,
    format: Format,
) -> String {
    format!(
        "push_done/{}/{hour}/{}/{}",
        part(area, 24),
        part(mobile_user, 40),
        form(&part(stem, 54), format)
    )
}

/// The same packet's key in the other form, or the same: its last two segments name the form.
pub(crate) fn in_form(key: &str, format: Format) -> String {
    let mut segments = key.rsplitn(3, '/');
    let (name, _form, folder) = (segments.next(), segments.next(), segments.next());
    let stem = name.and_then(|name| name.rsplit_once('.'));
    match (folder, stem) {
        (Some(folder), Some((stem, _))) => format!("{folder}/{}", form(stem, format)),
        _ => unreachable!("{key} was made by outgoing_form"),
    }
}

fn form(stem: &str, format: Format) -> String {
    let form = format.name();
    format!("{form}/{stem}.{form}")
}

/// The key an ERP's packet is uploaded to: the same for every push of the same packet.
pub(crate) fn incoming(
    area: &str,
    mobile_user: &str,
    packet_unique_id: &str,
    extension: &str,
) -> String {
    format!(
        "push/{}/{}/{}.{extension}",
        part(area, 24),
        part(mobile_user, 40),
        part(packet_unique_id, 60)
    )
}

/// One path segment: harmless to a file system, and different for different texts.
///
/// Short, because s3s-fs names a file beside the object after the Base64 of the whole key, and file systems take
/// 255 bytes a name.
fn part(text: &str, longest: usize) -> String {
    let escaped = match text {
        // Never the outcome of escaping anything else.
        "" => "%".to_owned(),
        "." | ".." => text.replace('.', "%2E"),
        _ => utf8_percent_encode(text, ESCAPED).to_string(),
    };
    if escaped.len() <= longest {
        return escaped;
    }
    let digest = Sha256::digest(text.as_bytes());
    let digest: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // `~` is always escaped above, so no shorter text gives this segment.
    format!("{}~{digest}", &escaped[..longest - 17])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(
            outgoing("DMDEV01", "2020010101", "user1", "a-1.xml"),
            "push_done/DMDEV01/2020010101/user1/a-1.xml"
        );
    }

    #[test]
    fn a_key_names_its_form_twice() {
        let json = outgoing_form("A", "2020010101", "user1", "a.1", Format::Json);
        assert_eq!(json, "push_done/A/2020010101/user1/json/a.1.json");
        let xml = in_form(&json, Format::Xml);
        assert_eq!(xml, "push_done/A/2020010101/user1/xml/a.1.xml");
        assert_eq!(in_form(&xml, Format::Json), json);
    }

    #[test]
    fn no_name_leaves_its_segment() {
        for name in ["..", ".", "", "../../etc/passwd", "a/b", "C:\\x", "a\0b"] {
            let part = part(name, 64);
            assert!(
                !part.is_empty()
                    && part != "."
                    && part != ".."
                    && !part.contains(['/', '\\', ':', '\0']),
                "{part}"
            );
        }
    }

    #[test]
    fn long_names_are_cut_but_stay_different() {
        let (one, two) = (part(&"ж".repeat(300), 40), part(&"ж".repeat(301), 40));
        assert_eq!((one.len(), two.len()), (40, 40));
        assert_ne!(one, two);
    }
}
