//! What is written is read as it was, by the library and by another parser; and what is refused leaves no trace.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/integration/packets/row.rs"]
mod row;

use dmerp::{Field, PacketWriter, RecordStatus, Value};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use row::{Cell, Pairs, Row, judged, read};

#[derive(Arbitrary, Debug)]
struct Packet {
    mobile_user: Option<String>,
    tables: Vec<(String, Vec<Record>)>,
}

#[derive(Arbitrary, Debug)]
struct Record {
    status: u8,
    attributes: Vec<(Name, String)>,
    fields: Vec<(Name, Option<String>, Vec<(Name, String)>)>,
}

/// A name that is usually good, and often there already.
#[derive(Arbitrary, Debug)]
enum Name {
    Usual(u8),
    Any(String),
}

impl Name {
    fn text(&self) -> String {
        match self {
            Name::Usual(number) => format!("N{}", number % 8),
            Name::Any(text) => text.clone(),
        }
    }
}

fuzz_target!(|packet: Packet| {
    let mut writer = PacketWriter::new(packet.mobile_user.as_deref());
    let mut expected = Vec::new();
    for (table, records) in &packet.tables {
        // A mobile user that XML cannot carry refuses each table.
        if writer.table(table, None).is_err() {
            continue;
        }
        let mut number = 0;
        for record in records {
            if let Some(row) = write(&mut writer, table, number + 1, record) {
                expected.push(row);
                number += 1;
            }
        }
    }
    assert_eq!(writer.count(), expected.len() as u64);
    let Ok(content) = writer.content() else {
        assert!(expected.is_empty());
        return;
    };
    let content = String::from_utf8(content).expect("UTF-8");
    assert_eq!(
        dmerp::check_packet(content.as_bytes()).expect("checked"),
        []
    );
    let outcome = read(content.as_bytes(), &[("system_tables", "true")]);
    outcome.end.expect("a packet");
    assert_eq!(outcome.rows, judged(&content));
    let without_lines = |row: Row| Row { line: 0, ..row };
    let rows: Vec<Row> = outcome.rows.into_iter().map(without_lines).collect();
    assert_eq!(rows, expected);
});

/// Writes a record, and returns it as it must be read; `None` if it is refused.
fn write(writer: &mut PacketWriter, table: &str, number: u64, record: &Record) -> Option<Row> {
    let status = match record.status % 4 {
        0 => RecordStatus::Insert,
        1 => RecordStatus::Update,
        2 => RecordStatus::Delete,
        _ => RecordStatus::Read,
    };
    let named = |all: &[(Name, String)]| -> Pairs {
        all.iter()
            .map(|(name, value)| (name.text(), value.clone()))
            .collect()
    };
    let own = named(&record.attributes);
    let cells = record
        .fields
        .iter()
        .map(|(name, value, attributes)| (name.text(), value, named(attributes)));
    let cells: Vec<(String, &Option<String>, Pairs)> = cells.collect();
    let borrowed: Vec<_> = cells
        .iter()
        .map(|(.., attributes)| pairs(attributes))
        .collect();
    let fields = cells
        .iter()
        .zip(&borrowed)
        .map(|((name, value, _), attributes)| Field {
            name,
            value: value.as_ref().map_or(Value::Null, Value::from),
            attributes,
        });
    writer.record_with(status, fields, &pairs(&own)).ok()?;
    let cell = |(name, value, attributes): (String, &Option<String>, Pairs)| {
        let text = value.clone()?;
        Some(Cell {
            name,
            text,
            attributes,
        })
    };
    Some(Row {
        table: table.into(),
        element: "r".into(),
        status,
        number,
        line: 0,
        attributes: own,
        fields: cells.into_iter().filter_map(cell).collect(),
    })
}

fn pairs(owned: &Pairs) -> Vec<(&str, &str)> {
    owned
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
