//! Properties that hold for any packet and for any bytes. The targets in `fuzz/` check the same with more of them.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use dmerp::{Field, Value, check_packet};

use super::*;

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 1000,
        ..ProptestConfig::with_cases(number)
    }
}

/// XML 1.0, production 2.
fn in_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => any::<char>(),
        3 => select(vec!['<', '>', '&', '"', '\'', ']', ';', '#', ' ', '\t', '\r', '\n']),
        1 => select(vec!['\u{7F}', '\u{85}', '\u{A0}', '\u{2028}', '\u{FEFF}', '\u{FFFD}', '\u{E000}', '\u{10FFFF}']),
    ];
    let markup = select(vec![
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&#65;",
        "\r\n",
        "--",
        "<!--",
        "?>",
        "</r>",
        "\u{1FFFF}",
    ]);
    let piece = prop_oneof![8 => character.prop_filter("XML", |it| in_xml(*it)).prop_map(String::from), 1 => markup.prop_map(String::from)];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Names, some of which look like those of the format.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z_\u{C0}-\u{D6}\u{370}-\u{37D}\u{3001}-\u{D7FF}][A-Za-z0-9_.\u{B7}\u{300}-\u{36F}\u{203F}-]{0,5}",
        1 => select(vec!["r", "table", "status", "NavMobileSync", "state", "DMS_ROWID", "tablename", "xml"]).prop_map(String::from),
    ]
}

fn any_attributes() -> impl Strategy<Value = Vec<(String, String)>> {
    let one = btree_map(
        any_name().prop_filter("it is an argument", |name| name != "status"),
        any_text(),
        0..3,
    );
    prop_oneof![3 => Just(Vec::new()), 1 => one.prop_map(|all| all.into_iter().collect())]
}

/// A record that is written.
#[derive(Clone, Debug)]
struct Written {
    status: RecordStatus,
    attributes: Pairs,
    /// A value that is `None` is a null.
    fields: Vec<(String, Option<String>, Pairs)>,
}

fn any_record(names: Vec<String>) -> impl Strategy<Value = Written> {
    let statuses = vec![
        RecordStatus::Insert,
        RecordStatus::Update,
        RecordStatus::Delete,
        RecordStatus::Read,
    ];
    let len = names.len();
    (
        select(statuses),
        any_attributes(),
        vec((option::weighted(0.8, any_text()), any_attributes()), len),
        any::<Index>(),
        prop_oneof![4 => Just(len), 1 => 0..=len],
    )
        .prop_map(move |(status, attributes, values, from, len)| {
            let mut fields: Vec<_> = names
                .iter()
                .zip(values)
                .map(|(name, (value, its))| (name.clone(), value, its))
                .collect();
            if len < fields.len() {
                let at = from.index(fields.len());
                fields.rotate_left(at);
                fields.truncate(len);
            }
            Written {
                status,
                attributes,
                fields,
            }
        })
}

fn any_table() -> impl Strategy<Value = Vec<Written>> {
    proptest::collection::btree_set(any_name(), 0..6)
        .prop_flat_map(|names| vec(any_record(names.into_iter().collect()), 0..8))
}

fn any_packet() -> impl Strategy<Value = Vec<(String, Vec<Written>)>> {
    let name = any_text().prop_filter("a name of the ERP's", |name| {
        !name.is_empty() && !name.starts_with('$')
    });
    btree_map(name, any_table(), 0..4).prop_map(|tables| tables.into_iter().collect())
}

fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn write(tables: &[(String, Vec<Written>)]) -> String {
    written(|packet| {
        for (name, records) in tables {
            packet.table(name, None)?;
            for record in records {
                let attributes: Vec<_> = record
                    .fields
                    .iter()
                    .map(|(.., attributes)| borrowed(attributes))
                    .collect();
                let fields =
                    record
                        .fields
                        .iter()
                        .zip(&attributes)
                        .map(|((name, value, _), attributes)| Field {
                            name,
                            value: value.as_ref().into(),
                            attributes,
                        });
                packet.record_with(record.status, fields, &borrowed(&record.attributes))?;
            }
        }
        Ok(())
    })
}

/// The rows that reading must give, but for their lines.
fn expected(tables: &[(String, Vec<Written>)]) -> Vec<Row> {
    let row = |table: &String, number: u64, record: &Written| Row {
        table: table.clone(),
        element: "r".into(),
        status: record.status,
        number,
        line: 0,
        attributes: record.attributes.clone(),
        fields: record
            .fields
            .iter()
            .filter_map(|(name, value, attributes)| {
                Some(Cell {
                    name: name.clone(),
                    text: value.clone()?,
                    attributes: attributes.clone(),
                })
            })
            .collect(),
    };
    tables
        .iter()
        .flat_map(|(table, records)| {
            (1..)
                .zip(records)
                .map(move |(number, record)| row(table, number, record))
        })
        .collect()
}

/// The parts that packets are made of, so that random bytes get past the root.
const PARTS: [&str; 72] = [
    "<table tablename='T'>",
    "<table tablename=\"U\">",
    "<table tablename='$m'>",
    "<table>",
    "</table>",
    "<table tablename='E'/>",
    "<r>",
    "<r status='inserted'>",
    "<r status='x'>",
    "<r a='1'>",
    "</r>",
    "<r/>",
    "<r status=\"delete\"/>",
    "<A>",
    "</A>",
    "<A/>",
    "<A>1</A>",
    "<A>1</A>",
    "<B>2</B>",
    "<B>2</B>",
    "<C x='1'>3</C>",
    "<C/>",
    "<n:A>",
    "</n:A>",
    "<hint>",
    "</hint>",
    "<hint/>",
    "</NavMobileSync>",
    "<NavMobileSync>",
    "<",
    ">",
    "/",
    "</",
    "/>",
    "<?",
    "?>",
    "<?p q?>",
    "<!--",
    "-->",
    "<!-- c -->",
    "<!",
    "<![CDATA[",
    "]]>",
    "<![CDATA[<d>]]>",
    "<!DOCTYPE a>",
    "&",
    ";",
    "&amp;",
    "&#65;",
    "&#0;",
    "&#xD800;",
    "&nbsp;",
    "'",
    "\"",
    "=",
    ":",
    " ",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{1}",
    "\u{FFFE}",
    "\u{FEFF}",
    "text",
    "é",
    "\u{1F600}",
    "xmlns='u'",
    "a='1'",
    "status='update'",
    "]",
];

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = || vec(select(&PARTS[..]), 0..30).prop_map(|parts| parts.concat());
    let tables = pieces().prop_map(|parts| in_root(&parts).into_bytes());
    let records = pieces().prop_map(|parts| in_table(&parts).into_bytes());
    let fields =
        pieces().prop_map(|parts| in_table(&format!("<r>{parts}</r><r><A>1</A></r>")).into_bytes());
    let damaged = (any_packet(), any::<Index>(), any::<u8>()).prop_map(|(tables, place, byte)| {
        let mut bytes = write(&tables).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        bytes
    });
    prop_oneof![
        1 => vec(any::<u8>(), 0..100),
        1 => pieces().prop_map(String::into_bytes),
        2 => tables,
        3 => records,
        3 => fields,
        2 => damaged,
    ]
}

const OPTIONS: [&[(&str, &str)]; 4] = [
    &[],
    &[("system_tables", "true")],
    &[("unknown_elements", "keep")],
    &[
        ("unknown_elements", "keep"),
        ("system_tables", "true"),
        ("max_record_bytes", "60"),
    ],
];

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_is_written_is_read_and_another_parser_reads_the_same(tables in any_packet()) {
        let packet = write(&tables);
        let mut rows = read(packet.as_bytes(), &[]).whole();
        prop_assert_eq!(&rows, &judged(&packet));
        let (by_rows, end, _) = c::read_by_rows(packet.as_bytes(), &[]);
        prop_assert_eq!((&by_rows, end), (&rows, Ok(())));
        rows.iter_mut().for_each(|row| row.line = 0);
        prop_assert_eq!(rows, expected(&tables));
    }

    #[test]
    fn a_part_of_a_packet_is_never_taken_for_the_whole(tables in any_packet(), place in any::<Index>()) {
        let packet = write(&tables);
        let end = place.index(packet.trim_end().len());
        let outcome = read(&packet.as_bytes()[..end], &[]);
        prop_assert!(outcome.end.is_err());
        let whole = read(packet.as_bytes(), &[]).whole();
        prop_assert_eq!(&outcome.rows[..], &whole[..outcome.rows.len()]);
    }

    #[test]
    fn numbers_come_back(integer in any::<i64>(), digits in any::<i128>(), scale in 0..=28_u32, real in any::<f64>()) {
        let decimal = dmerp::Decimal::new(digits, scale).expect("a scale");
        let real = if real.is_finite() { real } else { 0.5 };
        let packet = written(|packet| {
            packet.table("T", None)?;
            let fields: [(&str, Value); 3] = [("I", integer.into()), ("D", decimal.into()), ("R", real.into())];
            packet.record(RecordStatus::Insert, fields)?;
            Ok(())
        });
        let mut reader = PacketReader::new(packet.as_bytes());
        let record = reader.next().expect("a packet").expect("a record");
        let field = |name| record.get(name).expect("a field");
        prop_assert_eq!(field("I").integer().expect("an integer"), Some(integer));
        prop_assert_eq!(field("D").decimal().expect("a decimal"), Some(decimal));
        let read = field("R").real().expect("a number").expect("not null");
        prop_assert_eq!(read.to_bits(), real.to_bits());
        prop_assert!(!field("R").text.contains(['e', 'E']));
    }

    #[test]
    fn times_come_back(milliseconds in -62_135_596_800_000..253_402_300_800_000_i64, bytes in vec(any::<u8>(), 0..20)) {
        let instant = time::OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(milliseconds);
        let packet = written(|packet| {
            packet.table("T", None)?;
            let fields: [(&str, Value); 4] =
                [("I", instant.into()), ("D", instant.date().into()), ("T", instant.time().into()), ("B", bytes.clone().into())];
            packet.record(RecordStatus::Insert, fields)?;
            Ok(())
        });
        let mut reader = PacketReader::new(packet.as_bytes());
        let record = reader.next().expect("a packet").expect("a record");
        let field = |name| record.get(name).expect("a field");
        prop_assert_eq!(field("I").instant().expect("an instant"), Some(instant));
        prop_assert_eq!(field("D").date().expect("a date"), Some(instant.date()));
        prop_assert_eq!(field("T").time().expect("a time"), Some(instant.time()));
        prop_assert_eq!(field("B").bytes().expect("base64").unwrap_or_default(), bytes);
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn any_bytes_are_read_alike_in_both_ways_and_checked(packet in any_bytes(), options in select(&OPTIONS[..])) {
        let outcome = read(&packet, options);
        let (by_rows, end, _) = c::read_by_rows(&packet, options);
        prop_assert_eq!(&by_rows, &outcome.rows);
        prop_assert_eq!(
            end.map_err(|failure| failure.message),
            outcome.end.as_ref().copied().map_err(ToString::to_string)
        );
        let drops = read_drops(&packet, options);
        prop_assert_eq!(&drops.rows, &outcome.rows);
        let is_limited = options.iter().any(|(key, _)| *key == "max_record_bytes");
        let told = |end: &dmerp::Result<()>| end.as_ref().map_err(|error| match is_limited {
            // A limit may come before another mistake is reached.
            true => String::new(),
            false => error.to_string(),
        }).copied();
        prop_assert_eq!(told(&drops.end), told(&outcome.end));
        let mistakes = check_packet(&packet).expect("checked");
        if mistakes.is_empty() && !is_limited {
            prop_assert!(outcome.end.is_ok() && outcome.skipped == 0);
        }
        if read(&packet, &[("system_tables", "true")]).end.is_err() {
            prop_assert!(!mistakes.is_empty());
        }
        // What is taken has one meaning.
        for row in &outcome.rows {
            let texts = row.fields.iter().map(|field| field.text.as_str());
            prop_assert!(texts.chain([row.table.as_str()]).all(|text| text.chars().all(in_xml)));
            let names = row.fields.iter().map(|field| field.name.as_str());
            prop_assert!(names.clone().all(|name| !name.is_empty() && name.chars().all(in_xml)));
            prop_assert_eq!(names.clone().collect::<std::collections::BTreeSet<_>>().len(), row.fields.len());
        }
    }

    #[test]
    fn what_has_no_mistakes_another_parser_reads_alike(packet in any_bytes()) {
        if check_packet(&packet).expect("checked").is_empty() {
            let packet = str::from_utf8(&packet).expect("a check looks at all bytes");
            // The other parser makes no line end of a carriage return that stands before a reference.
            prop_assume!(!packet.contains("\r&"));
            let rows = read(packet.as_bytes(), &[("system_tables", "true")]).whole();
            match judged_fields(packet.trim_start_matches('\u{FEFF}')) {
                Ok(judged) => prop_assert_eq!(fields(&rows), judged),
                Err(why) => prop_assert!(false, "{why}: {packet:?}"),
            }
        }
    }
}

/// The names and texts of the fields of each record.
fn fields(rows: &[Row]) -> Vec<Pairs> {
    let records = rows.iter().filter(|row| row.element == "r");
    records
        .map(|row| {
            row.fields
                .iter()
                .map(|field| (field.name.clone(), field.text.clone()))
                .collect()
        })
        .collect()
}

/// The same, as another XML parser reads them in any packet.
fn judged_fields(packet: &str) -> Result<Vec<Pairs>, roxmltree::Error> {
    let document = roxmltree::Document::parse(packet)?;
    let elements = |node: roxmltree::Node<'_, '_>| -> Vec<_> {
        node.children()
            .filter(roxmltree::Node::is_element)
            .map(|node| node.id())
            .collect()
    };
    let node = |id| document.get_node(id).expect("a node");
    let text = |field: roxmltree::Node<'_, '_>| -> String {
        field
            .children()
            .filter(roxmltree::Node::is_text)
            .filter_map(|text| text.text())
            .collect()
    };
    let tables = elements(document.root_element()).into_iter().map(node);
    let records = tables.flat_map(|table| elements(table).into_iter().map(node));
    let records = records.filter(|record| record.tag_name().name() == "r");
    Ok(records
        .map(|record| {
            let fields = elements(record).into_iter().map(node);
            fields
                .map(|field| (field.tag_name().name().to_owned(), text(field)))
                .collect()
        })
        .collect())
}
