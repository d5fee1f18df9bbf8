//! Properties that hold for any bytes. The targets in `fuzz/` check the same with more of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// The parts that bodies are made of, so that random bodies get past their first byte.
const PARTS: [&str; 60] = [
    "<",
    ">",
    "/",
    "</",
    "/>",
    "<?",
    "?>",
    "<!--",
    "-->",
    "<!-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    ":",
    ",",
    "&",
    "&amp;",
    "&#65;",
    "&#x",
    ";",
    "=",
    " ",
    "\r",
    "\n",
    "\0",
    "\u{FEFF}",
    "é",
    "\u{202E}",
    "<messages>",
    "</messages>",
    "<messages/>",
    "<message>",
    "</message>",
    "<id>",
    "</id>",
    "<url>",
    "</url>",
    "<receiptHandle>1</receiptHandle>",
    "<success>",
    "<Error>",
    "<Code>",
    "</Code>",
    "<html><title>",
    "</title>",
    "<?xml version='1.0' encoding='",
    "\"id\"",
    "\"receiptHandle\"",
    "\"url\":\"u\"",
    "\"success\"",
    "\"message\":",
    "true",
    "false",
    "-1.5e9",
    "https://",
];

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(number)
    }
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec(select(&PARTS[..]), 0..24).prop_map(|parts| parts.concat().into_bytes());
    prop_oneof![1 => vec(any::<u8>(), 0..200), 3 => pieces, 2 => damaged_list()]
}

/// A list with one byte changed.
fn damaged_list() -> impl Strategy<Value = Vec<u8>> {
    (any_list(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|((_, body), place, byte)| {
        let mut bytes = body.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        bytes
    })
}

/// Characters that XML cannot hold, characters of its markup, and others.
fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => any::<char>(),
        2 => select(vec!['<', '>', '&', '"', '\'', ']', ' ', '\t', '\r', '\n']),
        1 => select(vec!['\0', '\u{1}', '\u{1F}', '\u{FFFE}', '\u{7F}', '\u{85}', '\u{2028}']),
    ];
    vec(character, 0..12).prop_map(String::from_iter)
}

fn any_receipts() -> impl Strategy<Value = Vec<Receipt>> {
    let receipt =
        (any_text(), any_text()).prop_map(|(id, receipt_handle)| Receipt { id, receipt_handle });
    vec(receipt, 0..5)
}

fn any_packet() -> impl Strategy<Value = Packet> {
    let word = "[ -~é]{0,6}[!-~é]";
    let other = "[a-z]{9}";
    (
        word,
        word,
        word,
        proptest::option::of(word),
        proptest::option::of(any::<u64>()),
        vec((other, word), 0..3),
    )
        .prop_map(
            |(id, receipt_handle, url, mobile_user, size, other)| Packet {
                id: id.trim().into(),
                receipt_handle: receipt_handle.trim().into(),
                url: url.trim().into(),
                mobile_user: mobile_user.map(|user| user.trim().into()),
                size,
                other: other
                    .into_iter()
                    .map(|(name, value)| (name, value.trim().into()))
                    .collect(),
                ..Packet::default()
            },
        )
}

/// Packets, and a body that lists them, in either format.
fn any_list() -> impl Strategy<Value = (Vec<Packet>, String)> {
    (
        vec(any_packet(), 1..4),
        any::<bool>(),
        select(vec!["", "\n", "\u{FEFF} "]),
    )
        .prop_map(|(packets, as_xml, space)| {
            let list = if as_xml {
                as_xml_list(&packets)
            } else {
                as_json_list(&packets)
            };
            (
                packets,
                format!("{space}{list}{}", space.trim_start_matches('\u{FEFF}')),
            )
        })
}

/// An entry of a list: a packet, or an entry that is not a packet.
#[derive(Clone, Debug)]
enum Entry {
    Good(Box<Packet>),
    /// Its index in [`BAD_JSON`] and [`BAD_XML`].
    Bad(usize),
}

const BAD_JSON: [&str; 5] = [
    "null",
    "[[]]",
    r#"{"id":"b"}"#,
    r#"{"id":"b","receiptHandle":"h","url":"u","x":"\ud800"}"#,
    r#"{"id":"b","receiptHandle":{"a":1},"url":"u"}"#,
];

const BAD_XML: [&str; 5] = [
    "<message/>",
    "<message>text</message>",
    "<message><id>b</id></message>",
    "<message><id>b</id><receiptHandle>h</receiptHandle><url>u</url><x>&nbsp;</x></message>",
    "<message><id>b</id><receiptHandle><a>1</a></receiptHandle><url>u</url></message>",
];

fn any_entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = prop_oneof![
        any_packet().prop_map(|packet| Entry::Good(Box::new(packet))),
        (0..BAD_JSON.len()).prop_map(Entry::Bad),
    ];
    vec(entry, 0..12)
}

fn wire_fields(packet: &Packet) -> Vec<(&str, String)> {
    let mut fields = vec![
        ("id", packet.id.clone()),
        ("receiptHandle", packet.receipt_handle.clone()),
        ("url", packet.url.clone()),
    ];
    fields.extend(packet.mobile_user.clone().map(|user| ("userName", user)));
    fields.extend(packet.size.map(|size| ("size", size.to_string())));
    fields.extend(
        packet
            .other
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone())),
    );
    fields
}

fn as_xml_list<'a>(packets: impl IntoIterator<Item = &'a Packet>) -> String {
    let messages: String = packets.into_iter().map(as_xml).collect();
    format!("<?xml version=\"1.0\"?><messages>{messages}</messages>")
}

fn as_xml(packet: &Packet) -> String {
    let field = |(name, value): (&str, String)| {
        format!("<{name}>{}</{name}>", quick_xml::escape::escape(value))
    };
    let fields: String = wire_fields(packet).into_iter().map(field).collect();
    format!("<message>{fields}</message>\n")
}

fn as_json_list(packets: &[Packet]) -> String {
    let objects: Vec<String> = packets.iter().map(as_json).collect();
    format!("[{}]", objects.join(","))
}

fn as_json(packet: &Packet) -> String {
    let fields = wire_fields(packet).into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), serde_json::Value::from(value)))
        .collect::<serde_json::Value>()
        .to_string()
}

/// Reads XML text without the library, as the specification says.
fn receipts_in_xml(body: &str) -> Vec<Receipt> {
    // Any line end is read as a line feed.
    let mut rest = &*body.replace("\r\n", "\n").replace('\r', "\n");
    let mut receipts = Vec::new();
    rest = rest.strip_prefix("<messages>").unwrap();
    while let Some(message) = rest.strip_prefix("<message>") {
        let (id, after) = first_field(message, "id");
        let (handle, after) = first_field(after, "receiptHandle");
        receipts.push(receipt(&id, &handle));
        rest = after.strip_prefix("</message>").unwrap();
    }
    assert_eq!(rest, "</messages>");
    receipts
}

fn first_field<'a>(xml: &'a str, name: &str) -> (String, &'a str) {
    let content = xml.strip_prefix(&format!("<{name}>")).unwrap();
    let (text, rest) = content.split_once('<').unwrap();
    assert!(!text.contains('>') && text.chars().all(in_xml), "{text:?}");
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').unwrap();
        plain.push(character_of(entity));
        plain.push_str(after);
    }
    (plain, rest.strip_prefix(&format!("/{name}>")).unwrap())
}

fn character_of(entity: &str) -> char {
    match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        number => {
            let code = number.strip_prefix('#').unwrap().parse().unwrap();
            char::from_u32(code)
                .filter(|&character| in_xml(character))
                .unwrap()
        }
    }
}

/// XML 1.0, production 2.
fn in_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn receipts_in_json(body: &str) -> Vec<Receipt> {
    let list: Vec<std::collections::BTreeMap<String, String>> = serde_json::from_str(body).unwrap();
    list.iter()
        .map(|entry| {
            assert_eq!(entry.len(), 2);
            receipt(&entry["id"], &entry["receiptHandle"])
        })
        .collect()
}

fn holds_nul(packet: &Packet) -> bool {
    let known = [
        &packet.mobile_user,
        &packet.company_id,
        &packet.app_code,
        &packet.packet_type,
        &packet.on_date,
    ];
    let texts = [&packet.id, &packet.receipt_handle, &packet.url]
        .into_iter()
        .chain(known.into_iter().flatten());
    texts
        .chain(packet.other.keys())
        .chain(packet.other.values())
        .any(|text| text.contains('\0'))
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn any_bytes_are_answered(body in any_bytes()) {
        let list = parse_pull(&body).unwrap_or_default();
        prop_assert!(list.unreadable.is_empty() || !list.packets.is_empty());
        for entry in &list.unreadable {
            prop_assert!(entry.place > 0 && entry.place <= list.packets.len() + list.unreadable.len());
            prop_assert!(entry.reason.len() > "JSON ".len() && !entry.reason.contains(char::is_control));
        }
        for packet in list {
            prop_assert!(!packet.id.is_empty() && !packet.receipt_handle.is_empty() && !packet.url.is_empty());
            prop_assert!(!holds_nul(&packet));
        }
        if let Ok(url) = parse_link(&body) {
            prop_assert!(url.to_ascii_lowercase().starts_with("http") && !url.contains(char::is_control));
        }
        if let Ok(answer) = parse_push(&body) {
            prop_assert!(answer.upload_path.to_ascii_lowercase().starts_with("http"));
        }
        let _ = parse_done(&body);
        prop_assert!(!is_transient_storage_error(&body) || storage_error_code(&body).is_some());
        prop_assert!(!is_portal_refusal(&body) || !is_html(&body));
        if let Some(message) = server_message(&body) {
            prop_assert!(!message.is_empty() && message.chars().count() <= 300);
            prop_assert!(!message.contains(char::is_control));
        }
    }

    #[test]
    fn done_comes_back_as_written(receipts in any_receipts()) {
        let checked = check_writable(&receipts, Format::Xml);
        prop_assert_eq!(write_done(&receipts, Format::Xml).map(|_| ()), checked);
        prop_assert_eq!(&receipts_in_json(&written(&receipts, Format::Json)), &receipts);
        if receipts.iter().all(|r| r.id.chars().chain(r.receipt_handle.chars()).all(in_xml)) {
            prop_assert_eq!(&receipts_in_xml(&written(&receipts, Format::Xml)), &receipts);
        } else {
            let refused = matches!(write_done(&receipts, Format::Xml), Err(WireError::NotWritable { .. }));
            prop_assert!(refused);
        }
    }
}

proptest! {
    // Each case makes as many tests as its body has bytes.
    #![proptest_config(cases(64))]

    #[test]
    fn a_list_is_read_whole_or_not_at_all((packets, body) in any_list()) {
        prop_assert_eq!(readable_list(body.as_bytes()), Ok(packets.clone()));
        for end in 0..body.len() {
            let cut = &body.as_bytes()[..end];
            match readable_list(cut) {
                Err(_) => {}
                Ok(read) if read == packets => prop_assert!(body.as_bytes()[end..].trim_ascii().is_empty()),
                // An empty body is an empty list: only the transport can know that it was cut.
                Ok(read) => {
                    let blank = String::from_utf8_lossy(cut).trim_start_matches('\u{FEFF}').trim().is_empty();
                    prop_assert!(blank && read.is_empty());
                }
            }
        }
    }

    #[test]
    fn unreadable_entries_hold_up_no_others(entries in any_entries()) {
        let json: Vec<String> = entries.iter().map(|entry| match entry {
            Entry::Good(packet) => as_json(packet),
            Entry::Bad(which) => BAD_JSON[*which].to_owned(),
        }).collect();
        let xml: String = entries.iter().map(|entry| match entry {
            Entry::Good(packet) => as_xml(packet),
            Entry::Bad(which) => BAD_XML[*which].to_owned(),
        }).collect();
        let good: Vec<Packet> = entries.iter().filter_map(|entry| match entry {
            Entry::Good(packet) => Some((**packet).clone()),
            Entry::Bad(_) => None,
        }).collect();
        let bad: Vec<usize> = (1..).zip(&entries).filter(|(_, entry)| matches!(entry, Entry::Bad(_)))
            .map(|(place, _)| place).collect();
        for body in [
            format!("[{}]", json.join(",")),
            format!("{{\"messages\": [{}]}}", json.join(" , ")),
            format!("<messages>{xml}</messages>"),
        ] {
            let read = parse_pull(body.as_bytes());
            if good.is_empty() && !bad.is_empty() {
                prop_assert!(matches!(read, Err(WireError::NotUnderstood { .. })), "{read:?}");
                continue;
            }
            let list = read.unwrap();
            prop_assert_eq!(&list.packets, &good);
            let places: Vec<usize> = list.unreadable.iter().map(|entry| entry.place).collect();
            prop_assert_eq!(places, bad.clone());
        }
    }
}
