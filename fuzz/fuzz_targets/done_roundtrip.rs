//! What done writes comes back from other libraries as it was, and its answer never brings the parser down.
#![no_main]

use dmerp::fuzzing::{Format, Receipt, WireError, check_writable, parse_done, write_done};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<(String, String)>, &[u8])| {
    let (pairs, answer) = input;
    let _ = parse_done(answer);

    let receipt = |(id, receipt_handle)| Receipt { id, receipt_handle };
    let receipts: Vec<Receipt> = pairs.into_iter().map(receipt).collect();
    let json = write_done(&receipts, Format::Json).expect("JSON carries any text");
    assert_eq!(in_json(&json), receipts);
    let xml = write_done(&receipts, Format::Xml);
    assert_eq!(check_writable(&receipts, Format::Xml).is_ok(), xml.is_ok());
    match xml {
        Ok(xml) => assert_eq!(in_xml(&xml), receipts),
        Err(WireError::NotWritable {
            place, character, ..
        }) => {
            assert!(place >= 1 && place <= receipts.len());
            assert!(character < ' ' || character == '\u{FFFE}' || character == '\u{FFFF}');
        }
        Err(other) => panic!("{other}"),
    }
});

fn in_json(body: &[u8]) -> Vec<Receipt> {
    let list: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(body).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    list.iter()
        .map(|entry| Receipt {
            id: text(&entry["id"]),
            receipt_handle: text(&entry["receiptHandle"]),
        })
        .collect()
}

fn in_xml(body: &[u8]) -> Vec<Receipt> {
    let text = std::str::from_utf8(body).expect("UTF-8");
    let document = roxmltree::Document::parse(text).expect("XML");
    let field = |message: roxmltree::Node, name| {
        let field = message
            .children()
            .find(|node| node.has_tag_name(name))
            .expect("a field");
        field.text().unwrap_or_default().to_owned()
    };
    let messages = document.root_element().children();
    messages
        .map(|message| Receipt {
            id: field(message, "id"),
            receipt_handle: field(message, "receiptHandle"),
        })
        .collect()
}
