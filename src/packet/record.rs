//! A record that was read.

use std::ops::Range;

use time::{Date, OffsetDateTime, Time};

use super::mistake::place;
use super::parse;
use super::tokens::PlainSink;
use super::value::Decimal;
use crate::error::{Error, ErrorKind, Result};

/// What a record says of the row that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[non_exhaustive]
pub enum RecordStatus {
    /// The record has no status. Only a reader gives this.
    None = 0,
    /// `inserted` or `insert`.
    Insert = 1,
    /// `updated` or `update`.
    Update = 2,
    /// `deleted` or `delete`.
    Delete = 3,
    /// `read`.
    Read = 4,
    /// A status that is none of these; it is among the attributes. Only a reader gives this.
    Other = 5,
}

impl RecordStatus {
    /// All of them.
    pub(crate) const ALL: [RecordStatus; 6] = [
        RecordStatus::None,
        RecordStatus::Insert,
        RecordStatus::Update,
        RecordStatus::Delete,
        RecordStatus::Read,
        RecordStatus::Other,
    ];

    pub(super) fn of(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "inserted" | "insert" => RecordStatus::Insert,
            "updated" | "update" => RecordStatus::Update,
            "deleted" | "delete" => RecordStatus::Delete,
            "read" => RecordStatus::Read,
            _ => RecordStatus::Other,
        }
    }
}

/// The parts of a record. Their texts stand one after another, and a NUL, which XML cannot hold, ends each: so C can have
/// them, and the next record needs no new memory. All of them are UTF-8.
#[derive(Default)]
pub(super) struct Parts {
    text: Vec<u8>,
    table: At,
    element: At,
    fields: Vec<FieldAt>,
    attributes: Vec<[At; 2]>,
    own_attributes: At,
    pub status: Option<RecordStatus>,
    pub number: u64,
    pub line: u64,
}

type At = Range<usize>;

struct FieldAt {
    name: At,
    value: At,
    attributes: At,
}

impl Parts {
    pub fn begin(&mut self, table: &str, element: &str, number: u64, line: u64) {
        self.text.clear();
        // A large record is no reason to keep its memory.
        self.text.shrink_to(256 * 1024);
        self.fields.clear();
        self.attributes.clear();
        self.own_attributes = 0..0;
        self.status = None;
        (self.number, self.line) = (number, line);
        self.table = self.add(table);
        self.element = self.add(element);
    }

    fn add(&mut self, text: &str) -> At {
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        self.end_text(start)
    }

    fn end_text(&mut self, start: usize) -> At {
        let end = self.text.len();
        self.text.push(0);
        start..end
    }

    /// Adds an attribute to the field that was begun last, or to the record before the first one.
    pub fn attribute(&mut self, name: &str, value: &str) {
        let pair = [self.add(name), self.add(value)];
        self.attributes.push(pair);
        let len = self.attributes.len();
        match self.fields.last_mut() {
            Some(field) => field.attributes.end = len,
            None => self.own_attributes = 0..len,
        }
    }

    pub fn field(&mut self, name: &str) {
        let name = self.add(name);
        let attributes = self.attributes.len()..self.attributes.len();
        self.fields.push(FieldAt {
            name,
            value: 0..0,
            attributes,
        });
    }

    /// Begins a field under the name of the record's own element.
    pub fn own_field(&mut self) {
        let name = str_of(&self.text[self.element.clone()]).to_string();
        self.field(&name);
        self.begin_value();
    }

    pub fn begin_value(&mut self) {
        let start = self.text.len();
        if let Some(field) = self.fields.last_mut() {
            field.value = start..start;
        }
    }

    /// Adds to the value of the field that was begun last.
    pub fn add_value(&mut self, text: &str) -> Result<()> {
        self.text
            .try_reserve(text.len() + 1)
            .map_err(|_| ErrorKind::OutOfMemory {
                what: "a record",
                bytes: (self.text.len() + text.len()) as u64,
            })?;
        self.text.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// The value so far.
    pub fn value(&self) -> &str {
        let start = self.fields.last().map_or(0, |field| field.value.start);
        str_of(&self.text[start..])
    }

    pub fn replace_value(&mut self, text: &str) -> Result<()> {
        let start = self.fields.last().map_or(0, |field| field.value.start);
        self.text.truncate(start);
        self.add_value(text)
    }

    pub fn end_value(&mut self) {
        let start = self.fields.last().map_or(0, |field| field.value.start);
        let value = self.end_text(start);
        if let Some(field) = self.fields.last_mut() {
            field.value = value;
        }
    }

    /// Takes the field that was begun last back.
    pub fn drop_field(&mut self) {
        if let Some(field) = self.fields.pop() {
            self.attributes.truncate(field.attributes.start);
        }
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn name(&self, at: usize) -> &str {
        str_of(&self.text[self.fields[at].name.clone()])
    }
}

/// All texts were checked when they came in.
fn str_of(text: &[u8]) -> &str {
    str::from_utf8(text).unwrap_or_default()
}

/// Takes the fields of a plain record.
pub(super) struct PlainParts<'p> {
    pub parts: &'p mut Parts,
    pub names: &'p [String],
}

impl PlainSink for PlainParts<'_> {
    fn begin(&mut self, column: usize) {
        self.parts.field(&self.names[column]);
        self.parts.begin_value();
    }

    fn text(&mut self, text: &[u8]) {
        self.parts.text.extend_from_slice(text);
    }

    fn end(&mut self) {
        self.parts.end_value();
    }
}

/// A record of a packet, until the next one is read.
#[derive(Clone, Copy)]
pub struct Record<'r> {
    parts: &'r Parts,
}

impl<'r> Record<'r> {
    pub(super) fn new(parts: &'r Parts) -> Self {
        Record { parts }
    }

    fn text(self, at: &At) -> &'r str {
        str_of(&self.parts.text[at.clone()])
    }

    /// The table's name. Empty for an unknown element that stands outside the tables.
    pub fn table(self) -> &'r str {
        self.text(&self.parts.table)
    }

    /// The name of the element that holds the record: `r`, or another one if unknown elements are kept.
    pub fn element(self) -> &'r str {
        self.text(&self.parts.element)
    }

    /// What the record says of its row.
    pub fn status(self) -> RecordStatus {
        self.parts.status.unwrap_or(RecordStatus::None)
    }

    /// The record's number in its table, from 1.
    pub fn number(self) -> u64 {
        self.parts.number
    }

    /// The line in which the record begins, from 1.
    pub fn line(self) -> u64 {
        self.parts.line
    }

    /// The fields, in their order.
    pub fn fields(self) -> impl ExactSizeIterator<Item = RecordField<'r>> {
        self.parts.fields.iter().map(move |at| RecordField {
            record: self,
            name: self.text(&at.name),
            text: self.text(&at.value),
            attributes: at.attributes.clone().into(),
        })
    }

    /// The field of that name; `None` if the record has none, which is a null.
    pub fn get(self, name: &str) -> Option<RecordField<'r>> {
        self.fields().find(|field| field.name == name)
    }

    /// The record's own attributes, such as `directresponse`. A status that is known is not among them.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = Attribute<'r>> {
        self.attributes_at(self.parts.own_attributes.clone())
    }

    fn attributes_at(self, at: At) -> impl ExactSizeIterator<Item = Attribute<'r>> {
        self.parts.attributes[at]
            .iter()
            .map(move |[name, value]| Attribute {
                name: self.text(name),
                value: self.text(value),
            })
    }

    /// Whether the record or one of its fields has an attribute.
    pub(super) fn has_attributes(self) -> bool {
        !self.parts.attributes.is_empty()
    }

    /// The texts of the record as C has them: each with the NUL that ends it.
    pub(crate) fn raw(self) -> RawRecord<'r> {
        RawRecord { parts: self.parts }
    }
}

/// The texts of a record, each with the NUL that ends it.
#[derive(Clone, Copy)]
pub(crate) struct RawRecord<'r> {
    parts: &'r Parts,
}

impl<'r> RawRecord<'r> {
    fn text(self, at: &At) -> &'r [u8] {
        &self.parts.text[at.start..=at.end]
    }

    pub fn table(self) -> &'r [u8] {
        self.text(&self.parts.table)
    }

    pub fn element(self) -> &'r [u8] {
        self.text(&self.parts.element)
    }

    /// The name and the value of each field, and which of the attributes are its own.
    pub fn fields(self) -> impl Iterator<Item = (&'r [u8], &'r [u8], Range<usize>)> {
        let parts = self.parts;
        parts.fields.iter().map(move |field| {
            let attributes = field.attributes.clone();
            (self.text(&field.name), self.text(&field.value), attributes)
        })
    }

    /// The name and the value of each attribute: of the record's own, and then of those of the fields.
    pub fn attributes(self) -> impl Iterator<Item = [&'r [u8]; 2]> {
        let attributes = &self.parts.attributes;
        attributes
            .iter()
            .map(move |[name, value]| [self.text(name), self.text(value)])
    }

    /// How many attributes are the record's own.
    pub fn own_attributes(self) -> usize {
        self.parts.own_attributes.len()
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<_> = self
            .fields()
            .map(|field| (field.name, field.text))
            .collect();
        f.debug_struct("Record")
            .field("table", &self.table())
            .field("status", &self.status())
            .field("number", &self.number())
            .field("fields", &fields)
            .finish_non_exhaustive()
    }
}

/// An attribute: of the root, of a record or of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'r> {
    /// Its name.
    pub name: &'r str,
    /// Its value.
    pub value: &'r str,
}

/// A field of a record. The functions that give a typed value give `None` for an empty text.
///
/// # Errors
/// [`Status::InvalidArgument`](crate::Status::InvalidArgument) for a text that is not such a value.
#[derive(Clone, Copy)]
pub struct RecordField<'r> {
    record: Record<'r>,
    /// The name.
    pub name: &'r str,
    /// The value, as it stands in the packet.
    pub text: &'r str,
    attributes: AttributesAt,
}

#[derive(Clone, Copy)]
struct AttributesAt(usize, usize);

impl From<At> for AttributesAt {
    fn from(at: At) -> Self {
        AttributesAt(at.start, at.end)
    }
}

impl<'r> RecordField<'r> {
    /// The field's attributes, such as `validate`.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = Attribute<'r>> {
        self.record
            .attributes_at(self.attributes.0..self.attributes.1)
    }

    /// `true`, `false`, `1` or `0`, in any case.
    pub fn boolean(self) -> Result<Option<bool>> {
        parse::boolean(self.text).map_err(|error| self.failed(error))
    }

    /// A whole number.
    pub fn integer(self) -> Result<Option<i64>> {
        parse::integer(self.text).map_err(|error| self.failed(error))
    }

    /// A decimal number, with a point and without thousands separators.
    pub fn decimal(self) -> Result<Option<Decimal>> {
        parse::decimal(self.text).map_err(|error| self.failed(error))
    }

    /// A number, which may have an exponent.
    pub fn real(self) -> Result<Option<f64>> {
        parse::real(self.text).map_err(|error| self.failed(error))
    }

    /// `2026-11-24`.
    pub fn date(self) -> Result<Option<Date>> {
        parse::date(self.text).map_err(|error| self.failed(error))
    }

    /// `09:42:19` or `09:42:19.382`, with or without a `Z`.
    pub fn time(self) -> Result<Option<Time>> {
        parse::time(self.text).map_err(|error| self.failed(error))
    }

    /// `2026-11-24T09:42:19Z` or `2026-11-24T09:42:19.382Z`.
    pub fn instant(self) -> Result<Option<OffsetDateTime>> {
        parse::instant(self.text).map_err(|error| self.failed(error))
    }

    /// Base64, or what stands after the comma of a data URL.
    pub fn bytes(self) -> Result<Option<Vec<u8>>> {
        parse::bytes(self.text).map_err(|error| self.failed(error))
    }

    fn failed(self, error: Error) -> Error {
        let record = self.record;
        let table = Some(record.table()).filter(|table| !table.is_empty());
        let place = place(table, record.number(), Some(self.name));
        error.trying(format!("line {}, {place}", record.line()))
    }
}

impl std::fmt::Debug for RecordField<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordField")
            .field("name", &self.name)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}
