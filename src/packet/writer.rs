//! Writes packets, a record at a time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::mistake::place;
use super::names;
use super::output::Output;
use super::record::RecordStatus;
use super::value::Value;
use super::xml::{Forbidden, NoText, Place, escape, host_text, name_problem};
use super::{csv, value};
use crate::content::{Source, Spool};
use crate::error::{Error, ErrorKind, Result};
use crate::text::one_line;

/// What is written at once, in bytes.
const PIECE: usize = 64 * 1024;

/// The most fields of a record. The reader also takes the writer's own, `DMS_ROWID` and `state`.
const MOST_FIELDS: usize = names::MOST_FIELDS - 2;

/// A field of a record that is written.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The name, which is the element's name.
    pub name: &'a str,
    /// The value. A [`Value::Null`] leaves the field out.
    pub value: Value<'a>,
    /// The attributes, such as `validate`: names and values.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// Writes a synchronization packet, a record at a time. Its memory does not grow with the packet.
///
/// ```
/// # fn main() -> dmerp::Result<()> {
/// use dmerp::{PacketWriter, RecordStatus, Value};
///
/// let mut packet = PacketWriter::new(Some("SOFIA01"));
/// packet.set("state", "true")?;
/// packet.table("ITEMS", Some("CODE"))?;
/// packet.record(RecordStatus::Insert, [("CODE", "I00001".into()), ("UNITPRICE", Value::Real(3.49))])?;
/// packet.finish()?;
/// assert_eq!(packet.count(), 1);
/// # Ok(())
/// # }
/// ```
///
/// What the format cannot hold is refused with [`Status::InvalidArgument`](crate::Status::InvalidArgument), and the
/// message names the table, the record and the field. Nothing of a refused record is written, and the writer can go on.
/// After a failed write to the disk it cannot. A packet that is not [finished](PacketWriter::finish) leaves nothing.
pub struct PacketWriter {
    output: Output,
    /// What was written, but not yet passed to `output`.
    pending: String,
    stage: Stage,
    mobile_user: Option<String>,
    attributes: Vec<(String, String)>,
    options: Options,
    tables: Vec<Table>,
    table_names: HashSet<String>,
    /// A table was refused, so the records that follow would come into the one before it.
    table_is_missing: bool,
    /// The field of the open table whose value is the row id, too.
    row_id: Option<String>,
    /// The names of the last record's fields. Most records have the same ones, which are then known to be good.
    layout: Vec<String>,
    /// The packet ids that were made for pushes, by mobile user: a push that is repeated must not make another packet.
    packet_ids: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written yet, so options can be set.
    Options,
    /// The root is open, and perhaps a table.
    Open,
    Finished,
    /// The disk failed: a part of the packet is lost.
    Failed,
}

#[derive(Default)]
struct Options {
    short_status: bool,
    state: bool,
    metadata: bool,
    omit_empty: bool,
    replace: bool,
}

struct Table {
    name: String,
    records: u64,
    began: Instant,
    took: Duration,
}

/// Why a record is not written.
pub(crate) enum Refusal {
    Refused { field: Option<String>, what: String },
    Memory(usize),
}

/// The host's values can be wrong before they are written.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::because(error.kind().to_string())
    }
}

impl From<Forbidden> for Refusal {
    fn from(forbidden: Forbidden) -> Self {
        let problem = forbidden.problem();
        Refusal::because(format!(
            "{problem}; remove it, or have the writer replace such characters (invalid_characters)"
        ))
    }
}

impl Refusal {
    pub(super) fn because(what: impl Into<String>) -> Self {
        Refusal::Refused {
            field: None,
            what: what.into(),
        }
    }

    fn of_attribute(self, name: &str) -> Self {
        match self {
            Refusal::Refused { field, what } => Refusal::Refused {
                field,
                what: format!("attribute {name}: {what}"),
            },
            memory => memory,
        }
    }

    pub(crate) fn in_field(self, name: &str) -> Self {
        match self {
            Refusal::Refused { field: None, what } => Refusal::Refused {
                field: Some(name.to_string()),
                what,
            },
            other => other,
        }
    }
}

impl PacketWriter {
    /// Makes a packet to be [pushed](crate::Client::push_packet) or [read](PacketWriter::content). Up to 1 MiB of it is
    /// in memory, and a larger one in an unnamed temporary file.
    ///
    /// `mobile_user` is the mobile user that the packet is for, the root's `salesmancode`. A packet for several has
    /// none; an empty text is none, too.
    pub fn new(mobile_user: Option<&str>) -> Self {
        Self::with_output(mobile_user, Output::Spool(Spool::new(None)))
    }

    /// Makes a packet in the file `path`. It is first written to a temporary file `.dmerp-*.part` in the same folder,
    /// which [`finish`](PacketWriter::finish) flushes to the disk and renames. So an older file of that name stays
    /// until the packet is complete.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError).
    pub fn to_file(path: impl AsRef<Path>, mobile_user: Option<&str>) -> Result<Self> {
        Ok(Self::with_output(
            mobile_user,
            Output::to_file(path.as_ref())?,
        ))
    }

    fn with_output(mobile_user: Option<&str>, output: Output) -> Self {
        PacketWriter {
            output,
            pending: String::new(),
            stage: Stage::Options,
            mobile_user: mobile_user
                .filter(|user| !user.is_empty())
                .map(str::to_string),
            attributes: Vec::new(),
            options: Options::default(),
            tables: Vec::new(),
            table_names: HashSet::new(),
            table_is_missing: false,
            row_id: None,
            layout: Vec::new(),
            packet_ids: Vec::new(),
        }
    }

    /// Sets an option, before the first table.
    ///
    /// | key | value | default | meaning |
    /// | --- | --- | --- | --- |
    /// | `status` | `inserted` or `insert` | `inserted` | how the status of a record is spelt |
    /// | `state` | `true` or `false` | `false` | whether a field `state` (1 inserted, 2 updated, 3 deleted) ends each record |
    /// | `metadata` | `true` or `false` | `false` | whether a table `$metadata` ends the packet |
    /// | `empty_texts` | `write` or `omit` | `write` | whether an empty text is an empty element, or is left out as a null is |
    /// | `invalid_characters` | `refuse` or `replace` | `refuse` | what becomes of a character that XML cannot carry; U+FFFD replaces it |
    /// | `temp_dir` | a folder | the system's | where the temporary file of a large packet goes |
    pub fn set(&mut self, key: &str, value: &str) -> Result<&mut Self> {
        self.expect_options("set an option")?;
        let choice = |others: [&str; 2]| match others.iter().position(|other| *other == value) {
            Some(at) => Ok(at == 1),
            None => Err(Error::invalid(format!(
                "the option {key} is {} or {}, not \u{201c}{}\u{201d}",
                others[0],
                others[1],
                one_line(value, 80)
            ))),
        };
        match key {
            "status" => self.options.short_status = choice(["inserted", "insert"])?,
            "state" => self.options.state = choice(["false", "true"])?,
            "metadata" => self.options.metadata = choice(["false", "true"])?,
            "empty_texts" => self.options.omit_empty = choice(["write", "omit"])?,
            "invalid_characters" => self.options.replace = choice(["refuse", "replace"])?,
            "temp_dir" => match &mut self.output {
                Output::Spool(spool) => *spool = Spool::new(Some(Path::new(value))),
                Output::File { .. } => {
                    return Err(Error::invalid(
                        "a packet that goes to a file has no temp_dir",
                    ));
                }
            },
            _ => {
                let known = "status, state, metadata, empty_texts, invalid_characters, temp_dir";
                let key = one_line(key, 80);
                return Err(Error::invalid(format!(
                    "a packet writer has no option \u{201c}{key}\u{201d}; it has {known}"
                )));
            }
        }
        Ok(self)
    }

    /// Adds an attribute to the root, before the first table: `roleid`, `synctype` and so on.
    pub fn attribute(&mut self, name: &str, value: &str) -> Result<&mut Self> {
        self.expect_options("add an attribute to the root")?;
        let is_there = self.attributes.iter().any(|(other, _)| other == name);
        if let Some(problem) = attribute_problem(name) {
            return Err(Error::invalid(problem));
        } else if name.eq_ignore_ascii_case(names::MOBILE_USER) {
            return Err(Error::invalid(format!(
                "{name} is the mobile user, who is given when the writer is made"
            )));
        } else if is_there {
            return Err(Error::invalid(format!(
                "the root has an attribute {name} already"
            )));
        }
        self.attributes.push((name.to_string(), value.to_string()));
        Ok(self)
    }

    /// Begins a table. Each name can be used once. `row_id` names the field whose value is each record's primary key:
    /// it is written as `DMS_ROWID`, too. If the table is refused, records are refused until another begins: none comes
    /// into the table before it.
    pub fn table(&mut self, name: &str, row_id: Option<&str>) -> Result<&mut Self> {
        self.expect_open()?;
        self.close_table();
        let problem = match name {
            "" => Some("a table needs a name"),
            name if self.table_names.contains(name) => {
                Some("the packet has this table already; all records of a table stand together")
            }
            names::METADATA if self.options.metadata => {
                Some("the option metadata=true writes this table")
            }
            _ if row_id == Some("") => Some("the row id needs the name of a field"),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(refused(Some(name), 0, None, problem));
        }
        self.begin()?;
        let start = self.pending.len();
        let written = self.end_table().and_then(|()| {
            self.put("<table tablename=\"")?;
            let tag = self.pending.len();
            self.put_escaped(name, Place::Attribute)?;
            self.check_tag(tag)?;
            self.put("\">\n")
        });
        self.written(start, written, |_| (Some(name.to_string()), 0))?;
        self.tables.push(Table {
            name: name.to_string(),
            records: 0,
            began: Instant::now(),
            took: Duration::ZERO,
        });
        self.table_names.insert(name.to_string());
        self.table_is_missing = false;
        self.row_id = row_id.map(str::to_string);
        Ok(self)
    }

    /// Refuses records until a table begins.
    pub(crate) fn close_table(&mut self) {
        self.table_is_missing = true;
    }

    /// Writes a record of the open table: its fields in their order, each with a name and a value.
    pub fn record<'v, N: AsRef<str>, V: Into<Value<'v>>>(
        &mut self,
        status: RecordStatus,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<&mut Self> {
        self.put_record(status, &[], |record| {
            fields
                .into_iter()
                .try_for_each(|(name, value)| record.field(name.as_ref(), &value.into(), &[]))
        })
    }

    /// Like [`record`](PacketWriter::record), but the record and its fields can have attributes, such as
    /// `directresponse` and `validate`.
    pub fn record_with<'f>(
        &mut self,
        status: RecordStatus,
        fields: impl IntoIterator<Item = Field<'f>>,
        attributes: &[(&str, &str)],
    ) -> Result<&mut Self> {
        self.put_record(status, attributes, |record| {
            fields
                .into_iter()
                .try_for_each(|field| record.field(field.name, &field.value, field.attributes))
        })
    }

    /// Writes a record for each row: values in the order of `names`.
    pub fn records<'v, V: Into<Value<'v>>, R: IntoIterator<Item = V>>(
        &mut self,
        status: RecordStatus,
        names: &[&str],
        rows: impl IntoIterator<Item = R>,
    ) -> Result<&mut Self> {
        for row in rows {
            let mut row = row.into_iter();
            self.put_record(status, &[], |record| {
                for name in names {
                    let value = row
                        .next()
                        .ok_or_else(|| Refusal::because("the row has fewer values than names"))?;
                    record.field(name, &value.into(), &[])?;
                }
                match row.next() {
                    None => Ok(()),
                    Some(_) => Err(Refusal::because("the row has more values than names")),
                }
            })?;
        }
        Ok(self)
    }

    /// Writes a record for each row of CSV (RFC 4180, UTF-8), whose first row names the fields. An empty value is a
    /// null. Returns how many records were written. On an error those before it stay written.
    pub fn csv(&mut self, status: RecordStatus, from: impl Read, delimiter: u8) -> Result<u64> {
        self.expect_table()?;
        let table = self.tables.last().map(|table| table.name.clone());
        // What is wrong with the CSV itself is wrong in this table.
        let in_table = |error: Error| match error.kind() {
            ErrorKind::InvalidArgument(what) => refused(table.as_deref(), 0, None, what),
            _ => error,
        };
        let mut rows = csv::Rows::new(from, delimiter).map_err(in_table)?;
        let mut known = HashSet::new();
        let problem = rows.names().find_map(|name| match known.insert(name) {
            true => name_problem(name),
            false => Some(format!("the field {name} stands there twice")),
        });
        if let Some(problem) = problem {
            let first = "in the first row, which names the fields";
            let problem = format!("{first}, {problem}; is the delimiter right?");
            return Err(refused(table.as_deref(), 0, None, &problem));
        }
        let mut written = 0;
        while let Some(row) = rows.next().map_err(in_table)? {
            let record = self.put_record(status, &[], |record| {
                row.fields().try_for_each(|(name, value)| match value {
                    Ok("") => record.field(name, &Value::Null, &[]),
                    Ok(text) => record.field(name, &text.into(), &[]),
                    Err(_) => Err(Refusal::because("the text is not UTF-8").in_field(name)),
                })
            });
            record.map_err(|error| match error.kind() {
                ErrorKind::InvalidArgument(what) => {
                    Error::invalid(format!("line {} of the CSV, {what}", row.line()))
                }
                _ => error,
            })?;
            written += 1;
        }
        Ok(written)
    }

    /// Like [`csv`](PacketWriter::csv), but from a file.
    pub fn csv_file(
        &mut self,
        status: RecordStatus,
        path: impl AsRef<Path>,
        delimiter: u8,
    ) -> Result<u64> {
        let path = path.as_ref();
        let file = crate::content::open_to_read(path)?;
        self.csv(status, file, delimiter)
            .map_err(|error| error.trying(format!("a table from {}", path.display())))
    }

    /// How many records were written. Those of `$metadata` are not counted.
    pub fn count(&self) -> u64 {
        self.tables.iter().map(|table| table.records).sum()
    }

    /// The mobile user that the packet is for.
    pub fn mobile_user(&self) -> Option<&str> {
        self.mobile_user.as_deref()
    }

    /// Ends the packet. A file gets its name. No record can follow; a second call does nothing.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError).
    pub fn finish(&mut self) -> Result<()> {
        if self.stage == Stage::Finished {
            return Ok(());
        }
        self.expect_open()?;
        self.begin()?;
        let start = self.pending.len();
        let written = self
            .end_table()
            .and_then(|()| match self.options.metadata {
                true => self.put_metadata(),
                false => Ok(()),
            })
            .and_then(|()| self.put("</NavMobileSync>\n"));
        self.written(start, written, |_| (None, 0))?;
        self.pass_on()?;
        // If the file cannot get its name, it is removed, and a second call cannot succeed.
        self.stage = Stage::Failed;
        self.output.finish()?;
        self.stage = Stage::Finished;
        Ok(())
    }

    /// The finished packet, in memory. [`finish`](PacketWriter::finish) is called first.
    ///
    /// # Errors
    /// [`Status::OutOfMemory`](crate::Status::OutOfMemory), [`Status::FileError`](crate::Status::FileError); and
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) for a packet that goes to a file.
    pub fn content(&mut self) -> Result<Vec<u8>> {
        if let Output::File { path, .. } = &self.output {
            let path = path.display();
            return Err(Error::invalid(format!(
                "the packet is in the file {path}: read it there"
            )));
        }
        let mut source = self.source()?;
        let mut content = Vec::new();
        let size = source.len();
        let room = usize::try_from(size)
            .ok()
            .and_then(|size| size.checked_add(1));
        room.and_then(|room| content.try_reserve_exact(room).ok())
            .ok_or(ErrorKind::OutOfMemory {
                what: "the packet",
                bytes: size,
            })?;
        while let Some(piece) = source.next_piece()? {
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    /// The packet id of every push to that mobile user for which the host names none.
    pub(crate) fn id_for(&mut self, mobile_user: &str, new: impl FnOnce() -> String) -> String {
        let mut ids = self.packet_ids.iter();
        if let Some((_, id)) = ids.find(|(user, _)| user == mobile_user) {
            return id.clone();
        }
        let id = new();
        self.packet_ids.push((mobile_user.to_string(), id.clone()));
        id
    }

    /// The finished packet, to send it.
    pub(crate) fn source(&mut self) -> Result<Box<dyn Source + Send + '_>> {
        self.finish()?;
        self.output.source()
    }

    fn expect_options(&self, doing: &str) -> Result<()> {
        match self.stage {
            Stage::Options => Ok(()),
            _ => Err(Error::invalid(format!(
                "it is too late to {doing}: the packet's root is written with the first table"
            ))),
        }
    }

    fn expect_open(&self) -> Result<()> {
        match self.stage {
            Stage::Options | Stage::Open => Ok(()),
            Stage::Finished => Err(Error::invalid("the packet is finished")),
            Stage::Failed => Err(Error::invalid(
                "an earlier write of this packet failed, so a part of it is missing; write it anew",
            )),
        }
    }

    fn expect_table(&self) -> Result<()> {
        self.expect_open()?;
        if self.table_is_missing {
            return Err(Error::invalid(
                "the last table was refused, so there is none for its records; begin another",
            ));
        }
        match self.tables.is_empty() {
            true => Err(Error::invalid("a record is in a table: begin one first")),
            false => Ok(()),
        }
    }

    /// Writes the root's start, once.
    fn begin(&mut self) -> Result<()> {
        if self.stage != Stage::Options {
            return Ok(());
        }
        let user = self.mobile_user.clone();
        let user = user.iter().map(|user| (names::MOBILE_USER, user.as_str()));
        let attributes = std::mem::take(&mut self.attributes);
        let all = attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let written = self
            .put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<")
            .and_then(|()| self.put(names::ROOT))
            .and_then(|()| {
                user.chain(all)
                    .try_for_each(|(name, value)| self.put_attribute(name, value))
            })
            .and_then(|()| self.check_tag(0))
            .and_then(|()| self.put(">\n"));
        self.attributes = attributes;
        self.written(0, written, |_| (None, 0))?;
        self.stage = Stage::Open;
        Ok(())
    }

    fn end_table(&mut self) -> std::result::Result<(), Refusal> {
        let Some(open) = self.tables.last_mut() else {
            return Ok(());
        };
        open.took = open.began.elapsed();
        self.put("</table>\n")
    }

    /// Writes a record, of which `put_fields` writes the fields.
    pub(crate) fn put_record(
        &mut self,
        status: RecordStatus,
        attributes: &[(&str, &str)],
        put_fields: impl FnOnce(&mut RecordWriter<'_>) -> std::result::Result<(), Refusal>,
    ) -> Result<&mut Self> {
        self.expect_table()?;
        let start = self.pending.len();
        let written = self.try_put_record(status, attributes, put_fields);
        self.written(start, written, |writer| {
            let table = writer.tables.last();
            (
                table.map(|table| table.name.clone()),
                table.map_or(1, |table| table.records + 1),
            )
        })?;
        if let Some(table) = self.tables.last_mut() {
            table.records += 1;
        }
        if self.pending.len() >= PIECE {
            self.pass_on()?;
        }
        Ok(self)
    }

    fn try_put_record(
        &mut self,
        status: RecordStatus,
        attributes: &[(&str, &str)],
        put_fields: impl FnOnce(&mut RecordWriter<'_>) -> std::result::Result<(), Refusal>,
    ) -> std::result::Result<(), Refusal> {
        let (spelling, state) = match (status, self.options.short_status) {
            (RecordStatus::Insert, false) => ("inserted", 1),
            (RecordStatus::Insert, true) => ("insert", 1),
            (RecordStatus::Update, false) => ("updated", 2),
            (RecordStatus::Update, true) => ("update", 2),
            (RecordStatus::Delete, false) => ("deleted", 3),
            (RecordStatus::Delete, true) => ("delete", 3),
            (RecordStatus::Read, _) => ("read", 0),
            (RecordStatus::None | RecordStatus::Other, _) => {
                return Err(Refusal::because(
                    "a record is written as an insert, an update, a delete or a read",
                ));
            }
        };
        let start = self.pending.len();
        self.put("<r status=\"")?;
        self.put(spelling)?;
        self.put("\"")?;
        for (at, (name, value)) in attributes.iter().enumerate() {
            self.check_attribute(attributes, at)?;
            if *name == names::STATUS {
                return Err(Refusal::because(
                    "the status of a record is an argument of its own",
                ));
            }
            self.put_attribute(name, value)?;
        }
        self.check_tag(start)?;
        self.put(">")?;
        let mut record = RecordWriter {
            writer: self,
            fields: 0,
            as_before: true,
            row_id: None,
        };
        put_fields(&mut record)?;
        let (fields, row_id) = (record.fields, record.row_id);
        self.layout.truncate(fields);
        if let Some(name) = &self.row_id {
            let Some(value) = row_id else {
                return Err(Refusal::because(
                    "the field is the table's row id, so it needs a value",
                )
                .in_field(name));
            };
            if name != names::ROW_ID {
                self.check_new(names::ROW_ID)?;
                // The value is escaped already.
                let value = self.pending[value].to_string();
                self.put_element(names::ROW_ID, &value)?;
            }
        }
        if self.options.state && state > 0 {
            self.check_new(names::STATE)?;
            self.put_element(names::STATE, &state.to_string())?;
        }
        self.put("</r>\n")?;
        match (self.pending.len() - start) as u64 > names::MAX_RECORD_BYTES {
            true => Err(Refusal::because(format!(
                "the record is larger than {} bytes",
                names::MAX_RECORD_BYTES
            ))),
            false => Ok(()),
        }
    }

    /// Refuses a name that the record has as a field of its own.
    fn check_new(&self, name: &str) -> std::result::Result<(), Refusal> {
        match self.layout.iter().any(|other| other == name) {
            true => Err(Refusal::because(
                "the writer adds this field itself: DMS_ROWID if the table has a row id, state if state=true is set",
            )
            .in_field(name)),
            false => Ok(()),
        }
    }

    fn check_attribute(&self, all: &[(&str, &str)], at: usize) -> std::result::Result<(), Refusal> {
        let (name, value) = all[at];
        if names::TRUTHS.contains(&name) && !matches!(value, "true" | "false") {
            return Err(Refusal::because("it is true or false").of_attribute(name));
        }
        if let Some(problem) = attribute_problem(name) {
            return Err(Refusal::because(problem));
        }
        match all[..at].iter().any(|(other, _)| *other == name) {
            true => Err(Refusal::because(format!(
                "the attribute {name} stands there twice"
            ))),
            false => Ok(()),
        }
    }

    /// Refuses a tag that the reader would refuse.
    fn check_tag(&self, start: usize) -> std::result::Result<(), Refusal> {
        match self.pending.len() - start > names::LONGEST_TAG - 64 {
            true => Err(Refusal::because("its name and its attributes are too long")),
            false => Ok(()),
        }
    }

    /// The table `$metadata`, as the vendor's own extension writes it.
    fn put_metadata(&mut self) -> std::result::Result<(), Refusal> {
        self.put("<table tablename=\"$metadata\">\n<packet>")?;
        let now = OffsetDateTime::now_utc().replace_nanosecond(0);
        let now = now.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let mut timestamp = String::new();
        Value::Instant(now)
            .write_to(&mut timestamp)
            .map_err(|value::Unwritable(why)| Refusal::because(why))?;
        self.put_element("timestamp", &timestamp)?;
        self.put("</packet>\n")?;
        let tables = std::mem::take(&mut self.tables);
        let written = tables.iter().try_for_each(|table| {
            self.put("<r")?;
            self.put_attribute(names::TABLE_NAME, &table.name)?;
            self.put(">")?;
            let took = table.took;
            self.put_element(
                "duration",
                &format!("{}.{:03}", took.as_secs(), took.subsec_millis()),
            )?;
            self.put_element("durationDesc", &in_words(took))?;
            self.put_element("recordsCount", &table.records.to_string())?;
            self.put("</r>\n")
        });
        self.tables = tables;
        written?;
        self.put("</table>\n")
    }

    fn put_element(&mut self, name: &str, escaped: &str) -> std::result::Result<(), Refusal> {
        for part in ["<", name, ">", escaped, "</", name, ">"] {
            self.put(part)?;
        }
        Ok(())
    }

    fn put_attribute(&mut self, name: &str, value: &str) -> std::result::Result<(), Refusal> {
        self.put(" ")?;
        self.put(name)?;
        self.put("=\"")?;
        self.put_escaped(value, Place::Attribute)
            .map_err(|refusal| refusal.of_attribute(name))?;
        self.put("\"")
    }

    fn put_escaped(&mut self, text: &str, place: Place) -> std::result::Result<(), Refusal> {
        let pending = &mut self.pending;
        escape(text, place, self.options.replace, |piece| {
            put(pending, piece)
        })
    }

    fn put(&mut self, text: &str) -> std::result::Result<(), Refusal> {
        put(&mut self.pending, text)
    }

    /// Takes back what was written since `start` if it was refused, and tells where that was.
    fn written(
        &mut self,
        start: usize,
        written: std::result::Result<(), Refusal>,
        place: impl FnOnce(&Self) -> (Option<String>, u64),
    ) -> Result<()> {
        let Err(refusal) = written else {
            return Ok(());
        };
        self.pending.truncate(start);
        let (table, record) = place(self);
        Err(match refusal {
            Refusal::Refused { field, what } => {
                refused(table.as_deref(), record, field.as_deref(), &what)
            }
            Refusal::Memory(bytes) => ErrorKind::OutOfMemory {
                what: "a record",
                bytes: bytes as u64,
            }
            .into(),
        })
    }

    fn pass_on(&mut self) -> Result<()> {
        let written = self.output.write(self.pending.as_bytes());
        if written.is_err() {
            self.stage = Stage::Failed;
        }
        self.pending.clear();
        // A large record is no reason to keep its memory.
        self.pending.shrink_to(4 * PIECE);
        written
    }
}

/// Writes the fields of one record.
pub(crate) struct RecordWriter<'w> {
    writer: &'w mut PacketWriter,
    /// How many fields there are so far, null or not.
    fields: usize,
    /// The names so far are those of the record before.
    as_before: bool,
    /// Where the escaped value of the row id is.
    row_id: Option<std::ops::Range<usize>>,
}

impl RecordWriter<'_> {
    pub(crate) fn field(
        &mut self,
        name: &str,
        value: &Value<'_>,
        attributes: &[(&str, &str)],
    ) -> std::result::Result<(), Refusal> {
        self.try_field(name, value, attributes)
            .map_err(|refusal| refusal.in_field(name))
    }

    /// A text of the host's.
    pub(crate) fn text<'t>(&self, bytes: &'t [u8]) -> std::result::Result<Cow<'t, str>, Refusal> {
        host_text(bytes, self.writer.options.replace).map_err(|why| match why {
            NoText::Forbidden(forbidden) => forbidden.into(),
            NoText::NotUtf8 => Refusal::because("the text is not UTF-8"),
        })
    }

    fn try_field(
        &mut self,
        name: &str,
        value: &Value<'_>,
        attributes: &[(&str, &str)],
    ) -> std::result::Result<(), Refusal> {
        self.check_name(name)?;
        let writer = &mut *self.writer;
        let is_left_out = match value {
            Value::Null => true,
            Value::Text(text) => text.is_empty() && writer.options.omit_empty,
            _ => false,
        };
        if is_left_out {
            return Ok(());
        }
        // Room for the start and the value at once.
        let room = match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len() / 3 * 4 + 4,
            _ => 64,
        };
        reserve(&mut writer.pending, name.len() + room + 2)?;
        let start = writer.pending.len();
        writer.pending.push('<');
        writer.pending.push_str(name);
        for (at, (attribute, value)) in attributes.iter().enumerate() {
            writer.check_attribute(attributes, at)?;
            writer.put_attribute(attribute, value)?;
        }
        writer.check_tag(start)?;
        if !attributes.is_empty() {
            reserve(&mut writer.pending, room + 1)?;
        }
        writer.pending.push('>');
        let start = writer.pending.len();
        match value {
            Value::Text(text) => writer.put_escaped(text, Place::Element)?,
            value => value.write_to(&mut writer.pending)?,
        }
        let end = writer.pending.len();
        if start == end {
            writer.pending.pop();
            return writer.put("/>");
        }
        if writer.row_id.as_deref() == Some(name) {
            self.row_id = Some(start..end);
        }
        reserve(&mut writer.pending, name.len() + 3)?;
        writer.pending.push_str("</");
        writer.pending.push_str(name);
        writer.pending.push('>');
        Ok(())
    }

    fn check_name(&mut self, name: &str) -> std::result::Result<(), Refusal> {
        let layout = &mut self.writer.layout;
        let at = self.fields;
        if at == MOST_FIELDS {
            let problem = format!("a record has at most {MOST_FIELDS} fields");
            return Err(Refusal::because(problem));
        }
        self.fields += 1;
        if self.as_before && layout.get(at).is_some_and(|before| before == name) {
            return Ok(());
        }
        self.as_before = false;
        layout.truncate(at);
        if let Some(problem) = name_problem(name) {
            return Err(Refusal::because(problem));
        }
        if layout.iter().any(|other| other == name) {
            return Err(Refusal::because("the field stands there twice"));
        }
        layout.push(name.to_string());
        Ok(())
    }
}

impl From<value::Unwritable> for Refusal {
    fn from(value::Unwritable(why): value::Unwritable) -> Self {
        Refusal::because(why)
    }
}

fn put(pending: &mut String, text: &str) -> std::result::Result<(), Refusal> {
    reserve(pending, text.len())?;
    pending.push_str(text);
    Ok(())
}

fn reserve(pending: &mut String, more: usize) -> std::result::Result<(), Refusal> {
    pending
        .try_reserve(more)
        .map_err(|_| Refusal::Memory(pending.len() + more))
}

/// Why an attribute cannot have that name.
fn attribute_problem(name: &str) -> Option<String> {
    match name {
        "xmlns" => {
            Some("xmlns is no attribute: it declares a namespace, and a packet has none".into())
        }
        name => name_problem(name),
    }
}

fn refused(table: Option<&str>, record: u64, field: Option<&str>, what: &str) -> Error {
    match place(table, record, field) {
        place if place.is_empty() => Error::invalid(what),
        place => Error::invalid(format!("{place}: {what}")),
    }
}

/// `1 minute 2 seconds 30 milliseconds`.
fn in_words(took: Duration) -> String {
    let seconds = took.as_secs();
    let parts = [
        (seconds / 3600, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
        (u64::from(took.subsec_millis()), "millisecond"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}{}", if *number == 1 { "" } else { "s" }))
        .collect();
    match words.is_empty() {
        true => "0 milliseconds".into(),
        false => words.join(" "),
    }
}
