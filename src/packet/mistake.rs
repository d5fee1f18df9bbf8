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
        write!(f, "line {}", self.line)?;
        place(
            f,
            self.table.as_deref(),
            self.record,
            self.field.as_deref(),
            ", ",
        )?;
        write!(f, ": {}", self.what)
    }
}

/// The place of what the writer refuses.
pub(super) fn place_in_writer(table: Option<&str>, record: u64, field: Option<&str>) -> String {
    struct Place<'a>(Option<&'a str>, u64, Option<&'a str>);
    impl fmt::Display for Place<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            place(f, self.0, self.1, self.2, "")
        }
    }
    Place(table, record, field).to_string()
}

fn place(
    f: &mut fmt::Formatter<'_>,
    table: Option<&str>,
    record: u64,
    field: Option<&str>,
    mut separator: &str,
) -> fmt::Result {
    let named = [("table", table), ("field", field)]
        .map(|(what, name)| name.map(|name| (what, one_line(name, 80))));
    let [table, field] = named;
    let record = (record > 0).then(|| ("record", record.to_string()));
    for (what, name) in [table, record, field].into_iter().flatten() {
        write!(f, "{separator}{what} {name}")?;
        separator = ", ";
    }
    Ok(())
}
