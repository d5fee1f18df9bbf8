//! The mistakes that a check lists.

use std::fs;

use dmerp::{Status, check_packet, check_packet_file};

use super::*;
use crate::support::fails;

/// The mistakes, each as a line.
fn mistakes(packet: &str) -> Vec<String> {
    let found = check_packet(packet.as_bytes()).expect("checked");
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_a_writer_writes_has_none() {
    let packet = written(|packet| {
        packet
            .set("state", "true")?
            .set("metadata", "true")?
            .attribute("roleid", "1")?
            .table("T", Some("A"))?;
        packet
            .record(RecordStatus::Insert, [("A", "<&>\u{1F600}\n")])?
            .table("U", None)?;
        Ok(())
    });
    assert_eq!(mistakes(&packet), [""; 0]);
}

/// Packets of which all can be read on, and how their mistakes begin.
const LISTED: &[(&str, &[&str])] = &[
    ("<NavMobileSync/>", &[]),
    (
        "<NavMobileSync><table tablename='T'>\n<r status='update'><A>1</A></r></table></NavMobileSync>",
        &[],
    ),
    (
        "<NavMobileSync>\n<table tablename='T'>\n<r/>\n<r status='new'/>\n<r status='read'/></table></NavMobileSync>",
        &[
            "line 3, table T, record 1: the record has no status",
            "line 4, table T, record 2: the status is none of",
        ],
    ),
    (
        "<NavMobileSync>text\n<table>\n<r status='insert'/></table>\n<table tablename='T'/>\n<table tablename='T'/></NavMobileSync>",
        &[
            "line 1: a text stands where a table should be",
            "line 2: a table has no tablename",
            "line 5, table T: the table stands there twice",
        ],
    ),
    (
        "<NavMobileSync><table tablename='T'>text<row><A/></row>\n<r status='insert'>text<A/>\n<A x='1'>2</A><B/>\n<B/></r></table>\n<hint/></NavMobileSync>",
        &[
            "line 1, table T: a text stands where a record should be",
            "line 1, table T: the element <row> is neither",
            "line 2, table T, record 1: a text stands where a field should be",
            "line 3, table T, record 1, field A: the field stands there twice",
            "line 4, table T, record 1, field B: the field stands there twice",
            "line 5: the element <hint> is neither",
        ],
    ),
    (
        "<NavMobileSync><table tablename='T'><r status='insert'>\n<A>1<x/>2</A>\n<B>&nbsp;&#1;\u{1}</B>\n<C validate='maybe'/>\n</r>\n<r status='insert' directresponse=''/></table></NavMobileSync>",
        &[
            "line 2, table T, record 1, field A: elements stand where the value should be",
            "line 3, table T, record 1, field B: &nbsp; is no entity",
            "line 3, table T, record 1, field B: ",
            "line 3, table T, record 1, field B: ",
            "line 4, table T, record 1, field C: the attribute validate is neither true nor false",
            "line 6, table T, record 2: the attribute directresponse is neither true nor false",
        ],
    ),
    (
        "<NavMobileSync><table tablename='$metadata'><packet><timestamp>0</timestamp></packet><r tablename='T'/></table></NavMobileSync>",
        &[],
    ),
    (
        "<n:NavMobileSync xmlns:n='urn:n'>\n<n:table tablename='T'>\n<n:r status='insert' n:x='1'>\n<n:A/>\n</n:r></n:table></n:NavMobileSync>",
        &[
            "line 1: \u{201c}n:NavMobileSync\u{201d} is no XML name",
            "line 2: \u{201c}n:table\u{201d} is no XML name",
            "line 3, table T, record 1: \u{201c}n:x\u{201d} is no XML name",
            "line 3, table T, record 1: \u{201c}n:r\u{201d} is no XML name",
            "line 4, table T, record 1, field A: \u{201c}n:A\u{201d} is no XML name",
        ],
    ),
    (
        "<?xml version='1.1' encoding='UTF-16'?><NavMobileSync/>",
        &[
            "line 1: the XML declaration is not <?xml version",
            "line 1: it declares the encoding utf-16, and is read as UTF-8",
        ],
    ),
    (
        "<NavMobileSync><table tablename='T'><r status='insert'><A>1\n2\u{1}3\n4</A></r></table></NavMobileSync>",
        &["line 2, table T, record 1, field A: the character U+0001"],
    ),
    (
        "<NavMobileSync><table tablename='T'>\n<r status='insert'><1A/></r></table></NavMobileSync>",
        &["line 2, table T, record 1, field 1A: \u{201c}1A\u{201d} is no XML name"],
    ),
];

#[test]
fn all_mistakes_are_listed_in_their_order() {
    for (packet, expected) in LISTED {
        let found = mistakes(packet);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(
                found.starts_with(expected),
                "{found:?} does not begin with {expected:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_on_from_is_the_last_mistake() {
    for (packet, last) in [
        ("", "line 1: it is empty"),
        ("{}", "line 1: it is JSON"),
        ("<messages/>", "line 1: the root element is <messages>"),
        (
            "<NavMobileSync>\n<table tablename='T'>\n<r/>\n<r><A>1</B></r>",
            "line 4, table T, record 2",
        ),
        (
            "<NavMobileSync>\n<table tablename='T'>\n<r/>\n<r><A>",
            "line 4, table T, record 2",
        ),
        (
            "<NavMobileSync>\n<table tablename='T'><r/></table></NavMobileSync><more/>",
            "line 2: something follows",
        ),
        (
            "<NavMobileSync><r/>\n<!DOCTYPE a></NavMobileSync>",
            "line 2: a document type",
        ),
    ] {
        let found = mistakes(packet);
        let end = found.last().expect("a mistake");
        assert!(
            end.starts_with(last),
            "{end:?} does not begin with {last:?}"
        );
    }
    let large = in_table(&format!(
        "<r status='insert'><A>{}</A></r>",
        "x".repeat(65 * 1024 * 1024)
    ));
    let found = mistakes(&large);
    assert!(
        found.len() == 1 && found[0].contains("max_record_bytes"),
        "{found:?}"
    );
}

#[test]
fn a_thousand_are_listed_and_the_others_counted() {
    let packet = |count: usize| in_table(&"<r/>\n".repeat(count));
    assert_eq!(mistakes(&packet(1000)).len(), 1000);
    let found = mistakes(&packet(5000));
    assert_eq!(found.len(), 1001);
    assert!(
        found[1000].ends_with("4000 more mistakes follow the last one above"),
        "{}",
        found[1000]
    );
    let broken = format!(
        "<NavMobileSync><table tablename='T'>{}",
        "<r/>\n".repeat(2000)
    );
    let found = mistakes(&broken);
    assert_eq!(found.len(), 1002);
    assert!(found[1001].contains("breaks off"), "{}", found[1001]);
}

#[test]
fn a_file_is_checked_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packet.xml");
    for (packet, _) in LISTED {
        fs::write(&path, packet).expect("written");
        assert_eq!(
            check_packet_file(&path).expect("checked"),
            check_packet(packet.as_bytes()).expect("checked")
        );
    }
    fails(
        check_packet_file(folder.path().join("none.xml")),
        Status::FileError,
        "none.xml",
    );
    fails(
        check_packet_file(folder.path()),
        Status::FileError,
        "not a regular file",
    );
}
