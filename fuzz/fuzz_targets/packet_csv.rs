//! Any bytes are taken as CSV or refused, what is written is a packet without mistakes, and what is taken is what another parser of CSV
//! reads.
#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/integration/packets/row.rs"]
mod row;

use dmerp::{PacketWriter, RecordStatus};
use libfuzzer_sys::fuzz_target;
use row::read;

fuzz_target!(|csv: &[u8]| {
    let mut packet = PacketWriter::new(None);
    packet.table("T", None).expect("a table");
    let taken = packet.csv(RecordStatus::Insert, csv, b',');
    let count = packet.count();
    let content = packet.content().expect("a packet");
    assert_eq!(dmerp::check_packet(&content).expect("checked"), []);
    let rows = read(&content, &[]).whole();
    assert_eq!(rows.len() as u64, count);
    if taken.is_err() {
        return;
    }
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    let names = reader.headers().expect("names").clone();
    // It passes over empty lines, which are records where there is one column.
    let mut rows = rows.iter().filter(|row| !row.fields.is_empty());
    for record in reader.records() {
        let record = record.expect("a record");
        let fields = names
            .iter()
            .zip(&record)
            .filter(|(_, value)| !value.is_empty());
        let fields: Vec<_> = fields.collect();
        if fields.is_empty() {
            continue;
        }
        let row = rows.next().expect("the same record");
        let found = row
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.text.as_str()));
        assert_eq!(found.collect::<Vec<_>>(), fields);
    }
    assert!(rows.next().is_none());
});
