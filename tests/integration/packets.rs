//! Synchronization packets: written, checked, read, pushed and received.

mod c;
mod check;
mod csv;
mod files;
mod properties;
mod reader;
mod row;
mod values;
mod writer;

use dmerp::{PacketReader, PacketWriter, RecordStatus};

use self::row::{Cell, Outcome, Pairs, Row, judged, read, read_all, read_drops};

/// The packet that `write` writes.
pub fn written(write: impl FnOnce(&mut PacketWriter) -> dmerp::Result<()>) -> String {
    let mut packet = PacketWriter::new(Some("SOFIA01"));
    write(&mut packet).expect("nothing is refused");
    content(&mut packet)
}

pub fn content(packet: &mut PacketWriter) -> String {
    let content = packet.content().expect("a packet in memory");
    String::from_utf8(content).expect("UTF-8")
}

/// The tables of a packet, in the root.
pub fn in_root(tables: &str) -> String {
    format!("<NavMobileSync>{tables}</NavMobileSync>")
}

/// The records of a packet, in a table.
pub fn in_table(records: &str) -> String {
    in_root(&format!("<table tablename=\"T\">{records}</table>"))
}
