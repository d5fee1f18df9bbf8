//! What is wrong in a packet, and where.

use std::fmt;

use crate::text::one_line;

/// A mistake in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// The line, from 1. It is where the reader noticed the mistake.
    pub line: u64,
    /// The table, if it is in one.
    pub table: Option<String>,
    /// The number of the record in its table, from 1; 0 if it is in none.
    pub record: u64,
    /// The field, if it is in one.
    pub field: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.what)
    }
}

impl Mistake {
    /// Where it is.
    pub(super) fn place(&self) -> String {
        let (table, field) = (self.table.as_deref(), self.field.as_deref());
        let place = place(table, self.record, field);
        match place.is_empty() {
            true => format!("line {}", self.line),
            false => format!("line {}, {place}", self.line),
        }
    }
}

/// A place in a packet: `table ITEMS, record 3, field CODE`, as far as it is known.
pub(super) fn place(table: Option<&str>, record: u64, field: Option<&str>) -> String {
    let name = |what, name: Option<&str>| name.map(|name| format!("{what} {}", one_line(name, 80)));
    let record = (record > 0).then(|| format!("record {record}"));
    let parts = [name("table", table), record, name("field", field)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
