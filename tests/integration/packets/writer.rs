//! What a writer writes, and what it refuses.

use dmerp::{Decimal, Field, Status, Value};

use super::c;
use super::*;
use crate::support::fails;

const NONE: [(&str, Value<'static>); 0] = [];

/// A packet with a table T, and the records that `write` writes in it.
fn with_options(
    options: &[(&str, &str)],
    write: impl FnOnce(&mut PacketWriter) -> dmerp::Result<()>,
) -> String {
    let mut packet = PacketWriter::new(None);
    for (key, value) in options {
        packet.set(key, value).expect(key);
    }
    packet.table("T", None).expect("a table");
    write(&mut packet).expect("nothing is refused");
    content(&mut packet)
}

#[test]
fn a_packet_byte_for_byte() {
    let mut packet = PacketWriter::new(Some("SOFIA\"01"));
    packet.attribute("roleid", "<2>\n").expect("an attribute");
    packet.table("ITEMS", Some("CODE")).expect("a table");
    packet
        .record(
            RecordStatus::Insert,
            [
                ("CODE", "I1&".into()),
                ("PRICE", Decimal::new(350, 2).expect("a decimal").into()),
                ("NOTE", Value::Null),
            ],
        )
        .expect("a record");
    packet
        .record_with(
            RecordStatus::Update,
            [
                Field {
                    name: "CODE",
                    value: "I2".into(),
                    attributes: &[("validate", "false"), ("x", "\t\"<>&'")],
                },
                Field {
                    name: "NOTE",
                    value: "".into(),
                    attributes: &[("validate", "true")],
                },
            ],
            &[("directresponse", "true")],
        )
        .expect("a record");
    packet.table("EMPTY \"&", None).expect("a table");
    packet.finish().expect("finished");
    assert_eq!(packet.count(), 2);
    assert_eq!(
        content(&mut packet),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <NavMobileSync salesmancode=\"SOFIA&quot;01\" roleid=\"&lt;2&gt;&#10;\">\n\
         <table tablename=\"ITEMS\">\n\
         <r status=\"inserted\"><CODE>I1&amp;</CODE><PRICE>3.50</PRICE><DMS_ROWID>I1&amp;</DMS_ROWID></r>\n\
         <r status=\"updated\" directresponse=\"true\"><CODE validate=\"false\" x=\"&#9;&quot;&lt;&gt;&amp;'\">I2</CODE>\
         <NOTE validate=\"true\"/><DMS_ROWID>I2</DMS_ROWID></r>\n\
         </table>\n\
         <table tablename=\"EMPTY &quot;&amp;\">\n</table>\n\
         </NavMobileSync>\n"
    );
    // What was finished stays.
    packet.finish().expect("a second call does nothing");
    assert_eq!(content(&mut packet), content(&mut packet));
}

#[test]
fn a_packet_without_anything() {
    let mut packet = PacketWriter::new(None);
    assert_eq!(
        content(&mut packet),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync>\n</NavMobileSync>\n"
    );
    assert_eq!((packet.count(), packet.mobile_user()), (0, None));
}

#[test]
fn options_change_how_records_are_written() {
    let all = [
        RecordStatus::Insert,
        RecordStatus::Update,
        RecordStatus::Delete,
        RecordStatus::Read,
    ];
    let records = |packet: &mut PacketWriter| {
        for status in all {
            packet.record(status, [("A", "")])?;
        }
        Ok(())
    };
    for (options, expected) in [
        (
            &[][..],
            [
                "inserted\"><A/>",
                "updated\"><A/>",
                "deleted\"><A/>",
                "read\"><A/>",
            ],
        ),
        (
            &[("status", "insert")],
            [
                "insert\"><A/>",
                "update\"><A/>",
                "delete\"><A/>",
                "read\"><A/>",
            ],
        ),
        (
            &[("status", "insert"), ("status", "inserted")],
            [
                "inserted\"><A/>",
                "updated\"><A/>",
                "deleted\"><A/>",
                "read\"><A/>",
            ],
        ),
        (
            &[("state", "true")],
            [
                "inserted\"><A/><state>1</state>",
                "updated\"><A/><state>2</state>",
                "deleted\"><A/><state>3</state>",
                "read\"><A/>",
            ],
        ),
        (
            &[("empty_texts", "omit")],
            ["inserted\">", "updated\">", "deleted\">", "read\">"],
        ),
    ] {
        let packet = with_options(options, records);
        let records: Vec<_> = packet
            .lines()
            .filter(|line| line.starts_with("<r"))
            .collect();
        assert_eq!(
            records,
            expected.map(|rest| format!("<r status=\"{rest}</r>")),
            "{options:?}"
        );
        let statuses: Vec<_> = read(packet.as_bytes(), &[])
            .whole()
            .iter()
            .map(|row| row.status)
            .collect();
        assert_eq!(statuses, all);
        assert_eq!(dmerp::check_packet(packet.as_bytes()).expect("checked"), []);
    }
}

#[test]
fn the_row_id_and_the_state_follow_the_fields() {
    let packet = written(|packet| {
        packet.set("state", "true")?.table("T", Some("NO"))?;
        packet.record(
            RecordStatus::Insert,
            [("A", Value::from("<")), ("NO", 7.into())],
        )?;
        packet.record_with(
            RecordStatus::Delete,
            [Field {
                name: "NO",
                value: "a&b".into(),
                attributes: &[("validate", "true")],
            }],
            &[],
        )?;
        packet
            .table("U", None)?
            .record(RecordStatus::Update, [("NO", 1), ("DMS_ROWID", 2)])?;
        Ok(())
    });
    assert_eq!(
        read(packet.as_bytes(), &[]).shown(),
        [
            "T 1 Insert: A=< NO=7 DMS_ROWID=7 state=1",
            "T 2 Delete: NO{validate=true}=a&b DMS_ROWID=a&b state=3",
            "U 1 Update: NO=1 DMS_ROWID=2 state=2",
        ]
    );
}

#[test]
fn metadata_ends_the_packet() {
    let before = time::OffsetDateTime::now_utc()
        .replace_nanosecond(0)
        .expect("a time");
    let packet = written(|packet| {
        packet.set("metadata", "true")?.table("T&", None)?;
        packet
            .records(RecordStatus::Insert, &["A"], [[1], [2]])?
            .table("U", None)?;
        Ok(())
    });
    // It is none of the data.
    assert_eq!(read(packet.as_bytes(), &[]).whole().len(), 2);
    assert_eq!(dmerp::check_packet(packet.as_bytes()).expect("checked"), []);
    let mut reader = PacketReader::new(packet.as_bytes());
    reader.set("system_tables", "true").expect("an option");
    let mut system = Vec::new();
    while let Some(record) = reader.next().expect("a packet") {
        if record.table() == "$metadata" {
            if let Some(timestamp) = record.get("timestamp") {
                let timestamp = timestamp.instant().expect("an instant").expect("not null");
                assert!(timestamp >= before && timestamp <= time::OffsetDateTime::now_utc());
            }
            system.push(Row::from(record));
        }
    }
    assert_eq!(system[0].element, "packet");
    let tables: Vec<_> = system[1..]
        .iter()
        .map(|row| {
            let names: Vec<_> = row.fields.iter().map(|field| field.name.as_str()).collect();
            assert_eq!(names, ["duration", "durationDesc", "recordsCount"]);
            (row.attributes[0].1.as_str(), row.fields[2].text.as_str())
        })
        .collect();
    assert_eq!(tables, [("T&", "2"), ("U", "0")]);
    // Without the option it is a table as any other.
    let own = written(|packet| packet.table("$metadata", None).map(drop));
    assert!(own.contains("\"$metadata\""));
}

#[test]
fn characters_that_xml_cannot_carry_are_replaced_if_that_is_wanted() {
    let bad = "a\0b\u{1}\u{FFFE}\u{FFFF}\u{1F}\u{FFFD}c\u{EFFF}\t\n\r";
    let mut packet = PacketWriter::new(Some(bad));
    packet
        .set("invalid_characters", "replace")
        .expect("an option");
    packet.attribute("b", bad).expect("an attribute");
    packet.table(bad, Some("A")).expect("a table");
    packet
        .record_with(
            RecordStatus::Insert,
            [Field {
                name: "A",
                value: bad.into(),
                attributes: &[("c", bad)],
            }],
            &[("d", bad)],
        )
        .expect("a record");
    let good = "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}c\u{EFFF}\t\n\r";
    let packet = content(&mut packet);
    let rows = read(packet.as_bytes(), &[]).whole();
    assert_eq!(rows, judged(&packet));
    let row = rows[0].clone();
    assert_eq!(
        (row.table.as_str(), row.attributes[0].1.as_str()),
        (good, good)
    );
    assert_eq!(
        (row.fields[0].text.as_str(), row.fields[1].text.as_str()),
        (good, good)
    );
    assert_eq!(
        row.fields[0].attributes,
        [("c".to_string(), good.to_string())]
    );
    let mut reader = PacketReader::new(packet.as_bytes());
    assert_eq!(reader.mobile_user().expect("a root"), Some(good));
}

/// A call that a writer with the table T and one record refuses, and what it says.
type Refused = (
    &'static str,
    &'static str,
    fn(&mut PacketWriter) -> dmerp::Result<()>,
);

const REFUSED: &[Refused] = &[
    (
        "more fields than a reader takes",
        "table T, record 2, field F9998: a record has at most 9998 fields",
        |packet| {
            let fields = (0..10_001).map(|at| (format!("F{at}"), 1));
            packet.record(RecordStatus::Insert, fields).map(drop)
        },
    ),
    (
        "a longer tag than a reader takes",
        "table T, record 2, field A: its name and its attributes are too long",
        |packet| with_attributes(packet, &[], &[("a", &"x".repeat(65_536))]),
    ),
    (
        "a truth of a field that is none",
        "table T, record 2, field A: attribute validate: it is true or false",
        |packet| with_attributes(packet, &[], &[("validate", "maybe")]),
    ),
    (
        "a truth of a record that is none",
        "table T, record 2: attribute directresponse: it is true or false",
        |packet| with_attributes(packet, &[("directresponse", "")], &[]),
    ),
    (
        "no name",
        "table T, record 2, field : an empty name",
        |packet| insert(packet, "", "x"),
    ),
    (
        "a name with a space",
        "table T, record 2, field A B: \u{201c}A B\u{201d} is no XML name",
        |packet| insert(packet, "A B", "x"),
    ),
    (
        "a name that begins with a digit",
        "\u{201c}1\u{201d} cannot begin one",
        |packet| insert(packet, "1A", "x"),
    ),
    (
        "a name that begins with a hyphen",
        "\u{201c}-\u{201d} cannot begin one",
        |packet| insert(packet, "-A", "x"),
    ),
    (
        "a name with a prefix",
        "\u{201c}:\u{201d} cannot stand in one",
        |packet| insert(packet, "a:B", "x"),
    ),
    (
        "a name of markup",
        "\u{201c}>\u{201d} cannot stand in one",
        |packet| insert(packet, "A>", "x"),
    ),
    ("a name with a NUL", "is no XML name", |packet| {
        insert(packet, "A\0", "x")
    }),
    ("a name of a null", "is no XML name", |packet| {
        insert(packet, "A/", Value::Null)
    }),
    (
        "a character that XML cannot carry",
        "field B: the character U+0007 cannot stand in XML; remove it, or have the writer replace such characters (invalid_characters)",
        |packet| insert(packet, "B", "\u{7}"),
    ),
    (
        "a field twice",
        "table T, record 2, field A: the field stands there twice",
        |packet| {
            packet
                .record(RecordStatus::Insert, [("A", "1"), ("B", "2"), ("A", "3")])
                .map(drop)
        },
    ),
    (
        "a null twice",
        "field B: the field stands there twice",
        |packet| {
            packet
                .record(
                    RecordStatus::Insert,
                    [("B", Value::Null), ("B", Value::Null)],
                )
                .map(drop)
        },
    ),
    (
        "no status",
        "table T, record 2: a record is written as",
        |packet| packet.record(RecordStatus::None, NONE).map(drop),
    ),
    (
        "an unknown status",
        "table T, record 2: a record is written as",
        |packet| packet.record(RecordStatus::Other, NONE).map(drop),
    ),
    (
        "a state of one's own",
        "field state: the writer adds this field itself",
        |packet| insert(packet, "state", 1),
    ),
    (
        "a record's attribute without a name",
        "table T, record 2: an empty name is no XML name",
        |packet| with_attributes(packet, &[("", "x")], &[]),
    ),
    (
        "a record's attribute with a bad name",
        "table T, record 2: \u{201c}a b\u{201d} is no XML name",
        |packet| with_attributes(packet, &[("a b", "x")], &[]),
    ),
    (
        "a record's attribute with a bad value",
        "table T, record 2: attribute a: the character U+0001",
        |packet| with_attributes(packet, &[("a", "\u{1}")], &[]),
    ),
    (
        "a record's attribute twice",
        "the attribute a stands there twice",
        |packet| with_attributes(packet, &[("a", "1"), ("a", "1")], &[]),
    ),
    (
        "a record's attribute that is its status",
        "the status of a record is an argument of its own",
        |packet| with_attributes(packet, &[("status", "x")], &[]),
    ),
    (
        "a record's namespace",
        "table T, record 2: xmlns is no attribute",
        |packet| with_attributes(packet, &[("xmlns", "urn:x")], &[]),
    ),
    (
        "a field's attribute with a bad name",
        "table T, record 2, field A: \u{201c}1\u{201d} is no XML name",
        |packet| with_attributes(packet, &[], &[("1", "x")]),
    ),
    (
        "a field's attribute with a bad value",
        "table T, record 2, field A: attribute a: the character U+FFFF",
        |packet| with_attributes(packet, &[], &[("a", "\u{FFFF}")]),
    ),
    (
        "a field's attribute twice",
        "field A: the attribute a stands there twice",
        |packet| with_attributes(packet, &[], &[("a", "1"), ("b", "2"), ("a", "1")]),
    ),
    (
        "too few values",
        "table T, record 2: the row has fewer values",
        |packet| {
            packet
                .records(RecordStatus::Insert, &["A", "B"], [[1]])
                .map(drop)
        },
    ),
    (
        "too many values",
        "table T, record 2: the row has more values",
        |packet| {
            packet
                .records(RecordStatus::Insert, &["A"], [[1, 2]])
                .map(drop)
        },
    ),
    (
        "an option too late",
        "too late to set an option",
        |packet| packet.set("state", "false").map(drop),
    ),
    (
        "an attribute too late",
        "too late to add an attribute",
        |packet| packet.attribute("a", "1").map(drop),
    ),
];

fn insert(
    packet: &mut PacketWriter,
    name: &str,
    value: impl Into<Value<'static>>,
) -> dmerp::Result<()> {
    packet
        .record(
            RecordStatus::Insert,
            [("X", "1".into()), (name, value.into())],
        )
        .map(drop)
}

fn with_attributes(
    packet: &mut PacketWriter,
    record: &[(&str, &str)],
    field: &[(&str, &str)],
) -> dmerp::Result<()> {
    let field = Field {
        name: "A",
        value: "x".into(),
        attributes: field,
    };
    packet
        .record_with(RecordStatus::Insert, [field], record)
        .map(drop)
}

#[test]
fn what_is_refused_says_where_and_the_writer_goes_on() {
    let written = |between: &dyn Fn(&mut PacketWriter)| {
        let mut packet = PacketWriter::new(None);
        packet.set("state", "true").expect("an option");
        packet.set("metadata", "true").expect("an option");
        packet.table("T", None).expect("a table");
        packet
            .record(RecordStatus::Insert, [("A", 1), ("B", 2)])
            .expect("a record");
        between(&mut packet);
        packet
            .record(RecordStatus::Update, [("A", 1), ("B", 2)])
            .expect("a record");
        assert_eq!(packet.count(), 2);
        packet.table("U", None).expect("a table");
        between(&mut packet);
        let packet = content(&mut packet);
        packet
            .split("<table tablename=\"$metadata\">")
            .next()
            .expect("the data")
            .to_owned()
    };
    let expected = written(&|_| {});
    assert_eq!(expected.matches("<r").count(), 2);
    for (case, says, refused) in REFUSED {
        let got = written(&|packet| {
            let is_second = packet.count() == 2;
            let says = match is_second {
                true => says.replace("table T, record 2", "table U, record 1"),
                false => says.to_string(),
            };
            let error = refused(packet).expect_err(case);
            assert_eq!(error.status(), Status::InvalidArgument, "{case}");
            assert!(
                error.to_string().contains(&says),
                "{case}: {says:?} is not in {error}"
            );
        });
        assert_eq!(got, expected, "{case}");
    }
    // All of them, one after the other.
    let all = written(&|packet| {
        for (case, _, refused) in REFUSED {
            refused(packet).expect_err(case);
        }
    });
    assert_eq!(all, expected);
}

#[test]
fn what_the_row_id_needs() {
    let mut packet = PacketWriter::new(None);
    packet.table("T", Some("NO")).expect("a table");
    for (fields, says) in [
        (
            vec![("A", "1".into())],
            "field NO: the field is the table's row id",
        ),
        (
            vec![("NO", Value::Null)],
            "field NO: the field is the table's row id",
        ),
        (
            vec![("NO", "".into())],
            "field NO: the field is the table's row id",
        ),
        (
            vec![("NO", "1".into()), ("DMS_ROWID", "1".into())],
            "field DMS_ROWID: the writer adds this field itself",
        ),
    ] {
        let refused = packet.record(RecordStatus::Insert, fields).map(drop);
        fails(refused, Status::InvalidArgument, says);
    }
    packet
        .record(RecordStatus::Insert, [("NO", "1")])
        .expect("a record");
    assert_eq!(
        read(content(&mut packet).as_bytes(), &[]).shown(),
        ["T 1 Insert: NO=1 DMS_ROWID=1"]
    );

    // A key that has that name already is not written twice.
    let mut packet = PacketWriter::new(None);
    packet.table("T", Some("DMS_ROWID")).expect("a table");
    packet
        .record(RecordStatus::Insert, [("DMS_ROWID", 1), ("A", 2)])
        .expect("a record");
    let refused = packet.record(RecordStatus::Insert, [("A", 2)]).map(drop);
    fails(refused, Status::InvalidArgument, "field DMS_ROWID");
    assert_eq!(
        read(content(&mut packet).as_bytes(), &[]).shown(),
        ["T 1 Insert: DMS_ROWID=1 A=2"]
    );
}

#[test]
fn what_is_refused_outside_the_tables() {
    let new = || PacketWriter::new(Some("SOFIA01"));
    type Case = (&'static str, fn(&mut PacketWriter) -> dmerp::Result<()>);
    let cases: &[Case] = &[
        ("begin one first", |packet| {
            packet.record(RecordStatus::Insert, NONE).map(drop)
        }),
        ("begin one first", |packet| {
            packet
                .csv(RecordStatus::Insert, &b"A\n1\n"[..], b',')
                .map(drop)
        }),
        (
            "no option \u{201c}x\u{201d}; it has status, state",
            |packet| packet.set("x", "1").map(drop),
        ),
        (
            "status is inserted or insert, not \u{201c}new\u{201d}",
            |packet| packet.set("status", "new").map(drop),
        ),
        ("state is false or true", |packet| {
            packet.set("state", "1").map(drop)
        }),
        ("metadata is false or true", |packet| {
            packet.set("metadata", "").map(drop)
        }),
        ("empty_texts is write or omit", |packet| {
            packet.set("empty_texts", "true").map(drop)
        }),
        ("invalid_characters is refuse or replace", |packet| {
            packet.set("invalid_characters", "drop").map(drop)
        }),
        ("salesmancode is the mobile user, who is given", |packet| {
            packet.attribute("salesmancode", "x").map(drop)
        }),
        ("the root has an attribute a already", |packet| {
            packet.attribute("a", "1")?.attribute("a", "2").map(drop)
        }),
        ("is no XML name", |packet| {
            packet.attribute("a b", "1").map(drop)
        }),
        ("xmlns", |packet| {
            packet.attribute("xmlns", "urn:x").map(drop)
        }),
    ];
    for (says, refused) in cases {
        let mut packet = new();
        fails(refused(&mut packet), Status::InvalidArgument, says);
        packet.table("T", None).expect("a table");
    }
    // Whether a bad character is replaced is known when the root is written.
    for packet in [
        &mut PacketWriter::new(Some("a\u{1}")),
        new().attribute("roleid", "a\u{1}").expect("an attribute"),
    ] {
        for _ in 0..2 {
            fails(
                packet.table("T", None).map(drop),
                Status::InvalidArgument,
                "the character U+0001",
            );
        }
        fails(
            packet.finish(),
            Status::InvalidArgument,
            "the character U+0001",
        );
    }
    let mut packet = new();
    packet.finish().expect("finished");
    for refused in [
        packet.table("T", None).map(drop),
        packet.record(RecordStatus::Insert, NONE).map(drop),
        packet.set("state", "true").map(drop),
    ] {
        fails(refused, Status::InvalidArgument, "");
    }
}

#[test]
fn records_of_a_refused_table_do_not_come_into_another() {
    let mut packet = PacketWriter::new(None);
    packet.set("metadata", "true").expect("an option");
    for name in ["T", "U"] {
        packet.table(name, None).expect("a table");
    }
    for (refused, why) in [
        ("T", "table T: the packet has this table already"),
        ("", "a table needs a name"),
        ("a\u{1}", "table a\\u{1}: the character U+0001"),
        (
            "$metadata",
            "table $metadata: the option metadata=true writes this table",
        ),
    ] {
        fails(
            packet.table(refused, None).map(drop),
            Status::InvalidArgument,
            why,
        );
        for _ in 0..2 {
            let record = packet.record(RecordStatus::Insert, [("A", 1)]).map(drop);
            fails(
                record,
                Status::InvalidArgument,
                "the last table was refused",
            );
        }
    }
    packet.table("V", None).expect("a table");
    fails(
        packet.table("W", Some("")).map(drop),
        Status::InvalidArgument,
        "table W: the row id needs the name of a field",
    );
    packet.table("W", Some("A")).expect("a table");
    packet
        .record(RecordStatus::Insert, [("A", 1)])
        .expect("a record");
    assert_eq!(
        read(content(&mut packet).as_bytes(), &[]).shown(),
        ["W 1 Insert: A=1 DMS_ROWID=1"]
    );
}

#[test]
fn what_the_reader_would_refuse_is_not_written() {
    let mut packet = PacketWriter::new(None);
    packet.set("state", "true").expect("an option");
    packet.table("T", Some("F0")).expect("a table");
    let fields = |count: usize| (0..count).map(|at| (format!("F{at}"), at as i64));
    packet
        .record(RecordStatus::Insert, fields(9_998))
        .expect("the most fields");
    let many = packet.record(RecordStatus::Insert, fields(9_999)).map(drop);
    fails(many, Status::InvalidArgument, "at most 9998 fields");
    let mut large = |len: usize| {
        let picture = vec![0; len];
        let fields = [
            ("F0", Value::from(1)),
            ("PICTURE", picture.as_slice().into()),
        ];
        packet.record(RecordStatus::Insert, fields).map(drop)
    };
    large(50_331_000).expect("a large record");
    fails(
        large(50_331_648),
        Status::InvalidArgument,
        "table T, record 3: the record is larger than 67108864 bytes",
    );
    let packet = packet.content().expect("in memory");
    assert_eq!(dmerp::check_packet(&packet).expect("checked"), []);
    assert_eq!(read(&packet, &[]).whole().len(), 2);
}

#[test]
fn names_that_other_parsers_refuse_are_refused() {
    let mut packet = PacketWriter::new(None);
    packet.table("T", None).expect("a table");
    for bad in [
        "\u{FEFF}A",
        "A\u{FEFF}",
        "A\u{FFFD}",
        "A\u{200D}B",
        "\u{10400}",
    ] {
        let record = packet.record(RecordStatus::Insert, [(bad, 1)]).map(drop);
        let error = fails(record, Status::InvalidArgument, "is no XML name");
        let seen = error.to_string();
        assert!(!seen.contains(['\u{FEFF}', '\u{200D}']), "nobody sees it");
    }
}

#[test]
fn a_root_attribute_that_is_refused_is_named() {
    for (user, attribute) in [(Some("a\u{1}"), "b"), (None, "a\u{1}")] {
        let mut packet = PacketWriter::new(user);
        packet.attribute("roleid", attribute).expect("an attribute");
        let name = if user.is_some() {
            "salesmancode"
        } else {
            "roleid"
        };
        fails(
            packet.table("T", None).map(drop),
            Status::InvalidArgument,
            name,
        );
    }
}

#[test]
fn many_records_from_an_iterator() {
    let packet = written(|packet| {
        packet.table("T", None)?;
        let rows = (0..3).map(|at| {
            [
                Value::from(at),
                if at == 1 { Value::Null } else { "x".into() },
            ]
        });
        packet.records(RecordStatus::Insert, &["A", "B"], rows)?;
        packet.records(RecordStatus::Read, &[], [[0; 0]; 2])?;
        Ok(())
    });
    assert_eq!(
        read(packet.as_bytes(), &[]).shown(),
        [
            "T 1 Insert: A=0 B=x",
            "T 2 Insert: A=1",
            "T 3 Insert: A=2 B=x",
            "T 4 Read:",
            "T 5 Read:"
        ]
    );
    let mut packet = PacketWriter::new(None);
    packet.table("T", None).expect("a table");
    let refused = packet
        .records(RecordStatus::Insert, &["A"], [["1"], ["2"], ["\0"], ["4"]])
        .map(drop);
    fails(
        refused,
        Status::InvalidArgument,
        "table T, record 3, field A",
    );
    assert_eq!(packet.count(), 2, "those before it stay");
}

#[test]
fn rows_of_c_are_records() {
    let mut writer = c::Writer::new(&[]);
    assert_eq!(
        writer.rows(b"A\0B\0", b"1\0x\0\xFF\0\0\xC3\xA9&\0\xFF\0", 3),
        (3, Ok(()))
    );
    assert_eq!(writer.rows(b"A\0B\0", b"4\0y\0", 1), (1, Ok(())));
    assert_eq!(writer.rows(b"", b"", 2), (2, Ok(())));
    assert_eq!(writer.rows(b"A\0", b"", 0), (0, Ok(())));
    // Texts that are longer than what is written at once.
    let long = "<>".repeat(100_000);
    assert_eq!(
        writer.rows(b"A\0", format!("{long}\0").as_bytes(), 1),
        (1, Ok(()))
    );
    let packet = writer.content();
    let shown = read(packet.as_bytes(), &[]).shown();
    let (last, others) = shown.split_last().expect("records");
    assert_eq!(
        others,
        [
            "T 1 Insert: A=1 B=x",
            "T 2 Insert: B=",
            "T 3 Insert: A=é&",
            "T 4 Insert: A=4 B=y",
            "T 5 Insert:",
            "T 6 Insert:"
        ]
    );
    assert!(*last == format!("T 7 Insert: A={long}"));
}

#[test]
fn rows_of_c_that_are_refused() {
    for (names, values, count, written, says) in [
        (
            &b"A\0"[..],
            &b"x\0y\0z\0"[..],
            2,
            0,
            "the number of values is 3, but that of records is 2, and that of names 1",
        ),
        (
            b"A\0B\0",
            b"x\0y\0",
            2,
            0,
            "the number of values is 2, but that of records is 2, and that of names 2",
        ),
        (
            b"A\0",
            b"x\0y\0z",
            2,
            0,
            "the last of the values does not end with a NUL",
        ),
        (
            b"A\0B",
            b"x\0y\0",
            1,
            0,
            "the last of the names does not end with a NUL",
        ),
        (
            b"A\0",
            b"x\0\0\0\x01\0y\0",
            5,
            3,
            "table T, record 4, field A: the character U+0001",
        ),
        (
            b"A\0",
            b"1\0a\xC0\x80\0",
            2,
            1,
            "table T, record 2, field A: the character U+0000",
        ),
        (
            b"A\0",
            b"1\0a\xED\xBF\xBF\0",
            2,
            1,
            "field A: half of a surrogate pair U+DFFF",
        ),
        (b"A\0", b"\xFE\0", 1, 0, "field A: the text is not UTF-8"),
        (
            b"A\0",
            b"\xFF\xFF\0",
            1,
            0,
            "field A: the text is not UTF-8",
        ),
        (
            b"A\0",
            b"\xC3\0\xA9\0",
            2,
            0,
            "field A: the text is not UTF-8",
        ),
        (
            b"A\0A\0",
            b"x\0y\0",
            1,
            0,
            "field A: the field stands there twice",
        ),
        (b"A\0\0", b"x\0y\0", 1, 0, "an empty name"),
        (
            b"A \0",
            b"\xFF\0",
            1,
            0,
            "field A : \u{201c}A \u{201d} is no XML name",
        ),
        (
            b"A\0N\xFF\0",
            b"x\0y\0",
            1,
            0,
            "table T, record 1: the name of a field, \u{201c}N\u{FFFD}\u{201d}, is not UTF-8",
        ),
    ] {
        let mut writer = c::Writer::new(&[]);
        let (count, end) = writer.rows(names, values, count);
        let failure = end.expect_err(says);
        assert_eq!(
            (failure.status, count),
            (Status::InvalidArgument as i32, written),
            "{says}"
        );
        assert!(failure.message.contains(says), "{failure:?}");
        // Those before it stay, and it goes on.
        assert_eq!(writer.rows(b"B\0", b"end\0", 1), (1, Ok(())));
        let rows = read(writer.content().as_bytes(), &[]).whole();
        assert_eq!(rows.len(), written + 1);
    }
    let mut writer = c::Writer::new(&[("invalid_characters", "replace"), ("empty_texts", "omit")]);
    let values = b"a\xC0\x80\0\xED\xA0\x80\xED\xB0\x80b\0\x01\0\0";
    assert_eq!(writer.rows(b"A\0", values, 4), (4, Ok(())));
    let shown = read(writer.content().as_bytes(), &[]).shown();
    assert_eq!(
        shown,
        [
            "T 1 Insert: A=a\u{FFFD}",
            "T 2 Insert: A=\u{FFFD}\u{FFFD}b",
            "T 3 Insert: A=\u{FFFD}",
            "T 4 Insert:"
        ]
    );
}
