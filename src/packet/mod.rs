//! Synchronization packets: writes the `NavMobileSync` XML of an ERP's data, and reads what mobile users sent.
//!
//! The files. Each file uses only files that are listed after it:
//!
//! * `check`: the mistakes in a packet
//! * `csv`: the rows of a CSV file
//! * `writer`: writes packets; `output`: where the written packet goes
//! * `rows`: many records of the same fields at once, read and written
//! * `reader`: reads packets; `tokens`: the tags and texts of XML, with their lines and limits
//! * `record`: a record that was read
//! * `value`: what a field holds; `parse`: the forms in which values are read
//! * `mistake`: what is wrong in a packet, and where
//! * `xml`: names, characters and escapes of XML

mod check;
mod csv;
mod mistake;
mod output;
pub(crate) mod parse;
mod reader;
mod record;
mod rows;
mod tokens;
mod value;
mod writer;
mod xml;

pub use self::check::{check_packet, check_packet_file};
pub use self::mistake::Mistake;
pub use self::reader::PacketReader;
pub use self::record::{Attribute, Record, RecordField, RecordStatus};
pub(crate) use self::rows::Rows;
pub use self::value::{Decimal, Value};
pub use self::writer::{Field, PacketWriter};
pub(crate) use self::writer::{RecordWriter, Refusal};

/// The names of the format, and its limits: what is written can be read.
mod names {
    pub const ROOT: &str = "NavMobileSync";
    pub const MOBILE_USER: &str = "salesmancode";
    pub const TABLE: &str = "table";
    pub const TABLE_NAME: &str = "tablename";
    pub const RECORD: &str = "r";
    pub const STATUS: &str = "status";
    pub const ROW_ID: &str = "DMS_ROWID";
    pub const STATE: &str = "state";
    pub const METADATA: &str = "$metadata";

    /// The attributes of records and fields that hold a truth value.
    pub const TRUTHS: [&str; 2] = ["validate", "directresponse"];

    /// The most fields of a record.
    pub const MOST_FIELDS: usize = 10_000;

    /// The most bytes of a record. A reader can be told another limit.
    pub const MAX_RECORD_BYTES: u64 = 64 * 1024 * 1024;

    /// The most bytes of a tag. Each of its attributes is compared with all others.
    pub const LONGEST_TAG: usize = 64 * 1024;

    /// Whether an element is a table or a record, or seems to be meant as one.
    pub fn looks_known(element: &str) -> bool {
        let mut known = [TABLE, RECORD].iter();
        known.any(|known| known.eq_ignore_ascii_case(element))
    }

    /// Whether a table holds something other than the ERP's data.
    pub fn is_system(table: &str) -> bool {
        table.starts_with('$')
    }
}
