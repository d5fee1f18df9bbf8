//! Reads packets, a record at a time.

use std::collections::HashSet;
use std::io::{BufRead, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use quick_xml::XmlVersion;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::input::{Exceeded, Input};
use super::mistake::Mistake;
use super::names;
use super::parse;
use super::record::{Attribute, Parts, Record, RecordStatus};
use super::xml::{forbidden, is_white_space, name_problem};
use crate::content::open_to_read;
use crate::error::{Error, ErrorKind, Result};
use crate::text::one_line;

/// The default of the option `max_record_bytes`.
pub(super) const MAX_RECORD_BYTES: u64 = 64 * 1024 * 1024;

/// How deep elements may stand in each other.
const DEEPEST: usize = 64;

/// How many names of a record's fields are compared one by one.
const FEW: usize = 32;

/// Reads a synchronization packet, a record at a time. Its memory does not grow with the packet.
///
/// ```
/// # fn main() -> dmerp::Result<()> {
/// let packet = br#"<NavMobileSync salesmancode="SOFIA01"><table tablename="ORDERS">
///     <r status="inserted"><NO>1</NO><QUANTITY>12</QUANTITY></r></table></NavMobileSync>"#;
/// let mut packet = dmerp::PacketReader::new(packet)?;
/// while let Some(record) = packet.next()? {
///     assert_eq!(record.table(), "ORDERS");
///     assert_eq!(record.get("QUANTITY").unwrap().integer()?, Some(12));
/// }
/// # Ok(())
/// # }
/// ```
///
/// It takes what the vendor's own ERP extension takes, and refuses what would lose data with
/// [`Status::BadPacket`](crate::Status::BadPacket): a field that stands twice in a record, a text where a record should
/// be, a packet that breaks off. The records before the refused place are handed over. No entity is expanded but XML's
/// own five, and nothing outside the packet is read.
pub struct PacketReader<'b> {
    xml: quick_xml::Reader<Input<'b>>,
    buffer: Vec<u8>,
    /// What belongs to the piece that was read last: a tag without its brackets, a text, an entity's name, an encoding.
    text: String,
    /// The length of the name in a tag.
    name_len: usize,
    state: State,
}

/// A piece of XML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Open,
    Close,
    Text,
    CData,
    Reference,
    /// The XML declaration.
    Declaration,
    DocType,
    /// A comment or an instruction, which says nothing.
    Layout,
    End,
}

struct State {
    /// What is read, for the messages.
    file: Option<PathBuf>,
    stage: Stage,
    keep_unknown: bool,
    system_tables: bool,
    root: Vec<(String, String)>,
    table: String,
    /// The record in the open table, from 1.
    number: u64,
    parts: Parts,
    /// The record in `parts` was not handed over yet.
    waits: bool,
    /// Whether a record, and whether the value of its last field, is being read: for the place of a mistake.
    in_record: bool,
    in_value: bool,
    /// The names of the last record's fields. Most records have the same ones, which are then known to be different.
    layout: Vec<String>,
    skipped: u64,
    /// What a check finds. Without it the first mistake is an error.
    found: Option<Found>,
}

enum Stage {
    /// Before the root.
    Start,
    Root,
    Table,
    End,
    Failed(Error),
}

/// The mistakes that a check found.
#[derive(Default)]
pub(super) struct Found {
    pub mistakes: Vec<Mistake>,
    pub more: u64,
    tables: HashSet<String>,
}

impl Found {
    /// The most mistakes that are kept.
    const MOST: usize = 1000;

    fn add(&mut self, mistake: Mistake) {
        match self.mistakes.len() < Self::MOST {
            true => self.mistakes.push(mistake),
            false => self.more += 1,
        }
    }

    /// Whether the packet had no such table yet. So many names are told apart that a packet cannot fill the memory.
    fn is_new_table(&mut self, table: &str) -> bool {
        self.tables.len() >= 100_000 || self.tables.insert(table.to_string())
    }
}

impl<'b> PacketReader<'b> {
    /// Reads a packet in memory.
    pub fn new(packet: &'b [u8]) -> Result<Self> {
        Self::from_reader(packet)
    }

    /// Reads a packet from a file.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut reader = Self::from_reader(open_to_read(path)?)?;
        reader.state.file = Some(path.to_path_buf());
        Ok(reader)
    }

    /// Reads a packet from a stream.
    pub fn from_reader(packet: impl Read + Send + 'b) -> Result<Self> {
        let mut xml = quick_xml::Reader::from_reader(Input::new(Box::new(packet)));
        xml.config_mut().expand_empty_elements = true;
        Ok(PacketReader {
            xml,
            buffer: Vec::new(),
            text: String::new(),
            name_len: 0,
            state: State {
                file: None,
                stage: Stage::Start,
                keep_unknown: false,
                system_tables: false,
                root: Vec::new(),
                table: String::new(),
                number: 0,
                parts: Parts::default(),
                waits: false,
                in_record: false,
                in_value: false,
                layout: Vec::new(),
                skipped: 0,
                found: None,
            },
        })
    }

    /// Reads the packet for its mistakes, and not for its records.
    pub(super) fn checking(mut self) -> Self {
        self.state.found = Some(Found::default());
        self.state.system_tables = true;
        self
    }

    /// What a check has found.
    pub(super) fn into_found(self) -> Found {
        self.state.found.unwrap_or_default()
    }

    /// Sets an option, before the first record.
    ///
    /// | key | value | default | meaning |
    /// | --- | --- | --- | --- |
    /// | `unknown_elements` | `skip` or `keep` | `skip` | what becomes of an element that is no table and no record: it is kept as a record with its own [`element`](Record::element) name, and a text in it as a field of that name. Elements in a value are refused, or kept as XML |
    /// | `system_tables` | `true` or `false` | `false` | whether the tables whose name begins with `$` are read; they hold no data of the ERP |
    /// | `max_record_bytes` | 1 or more | 67108864 | the size of the largest record |
    pub fn set(&mut self, key: &str, value: &str) -> Result<&mut Self> {
        let problem = |allowed: &str| {
            let value = one_line(value, 80);
            invalid(format!(
                "the option {key} is {allowed}, not \u{201c}{value}\u{201d}"
            ))
        };
        if !matches!(self.state.stage, Stage::Start | Stage::Root) || self.state.waits {
            return Err(invalid(
                "it is too late to set an option: the packet is being read".into(),
            ));
        }
        match (key, value) {
            ("unknown_elements", "skip") => self.state.keep_unknown = false,
            ("unknown_elements", "keep") => self.state.keep_unknown = true,
            ("unknown_elements", _) => return Err(problem("skip or keep")),
            ("system_tables", "false") => self.state.system_tables = false,
            ("system_tables", "true") => self.state.system_tables = true,
            ("system_tables", _) => return Err(problem("true or false")),
            ("max_record_bytes", value) => match value.parse() {
                Ok(limit @ 1..) => self.xml.get_mut().set_limit(limit),
                _ => return Err(problem("a number of bytes, 1 or more")),
            },
            _ => {
                let known = "unknown_elements, system_tables, max_record_bytes";
                let key = one_line(key, 80);
                return Err(invalid(format!(
                    "a packet reader has no option \u{201c}{key}\u{201d}; it has {known}"
                )));
            }
        }
        Ok(self)
    }

    /// The root's attributes.
    pub fn attributes(&mut self) -> Result<impl ExactSizeIterator<Item = Attribute<'_>>> {
        self.open_root()?;
        Ok(self
            .state
            .root
            .iter()
            .map(|(name, value)| Attribute { name, value }))
    }

    /// The mobile user that sent the packet, or that it is for: the root's `salesmancode` or `salesmanCode`.
    pub fn mobile_user(&mut self) -> Result<Option<&str>> {
        let mut attributes = self.attributes()?;
        let user =
            attributes.find(|attribute| attribute.name.eq_ignore_ascii_case(names::MOBILE_USER));
        Ok(user.map(|attribute| attribute.value))
    }

    /// How many unknown elements were skipped so far.
    pub fn skipped(&self) -> u64 {
        self.state.skipped
    }

    /// Reads the next record; `None` at the end of the packet.
    ///
    /// # Errors
    /// [`Status::BadPacket`](crate::Status::BadPacket), [`Status::TooLarge`](crate::Status::TooLarge) (a record, see
    /// `max_record_bytes`), [`Status::OutOfMemory`](crate::Status::OutOfMemory),
    /// [`Status::FileError`](crate::Status::FileError). Every later call then fails likewise.
    #[allow(
        clippy::should_implement_trait,
        reason = "an Iterator cannot lend its items"
    )]
    pub fn next(&mut self) -> Result<Option<Record<'_>>> {
        let is_there = self.peek()?;
        self.state.waits = false;
        Ok(is_there.then(|| Record::new(&self.state.parts)))
    }

    /// Reads the next record, but does not hand it over. Returns whether there is one.
    pub(super) fn peek(&mut self) -> Result<bool> {
        if !self.state.waits {
            self.state.waits = self.guarded(Self::advance)?;
        }
        Ok(self.state.waits)
    }

    /// The record that [`peek`](PacketReader::peek) has read.
    pub(super) fn waiting(&self) -> Record<'_> {
        Record::new(&self.state.parts)
    }

    /// Hands over the record that [`peek`](PacketReader::peek) has read.
    pub(super) fn take(&mut self) {
        self.state.waits = false;
    }

    /// Reads the root's tag, unless it was read before.
    fn open_root(&mut self) -> Result<()> {
        self.guarded(|reader| match reader.state.stage {
            Stage::Start => reader.read_root(),
            _ => Ok(()),
        })
    }

    /// After an error, every call fails likewise.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if let Stage::Failed(error) = &self.state.stage {
            return Err(error.clone());
        }
        work(self).map_err(|error| {
            let error = match &self.state.file {
                Some(path) => error.trying(format!("packet {}", path.display())),
                None => error,
            };
            self.state.stage = Stage::Failed(error.clone());
            error
        })
    }

    fn read_root(&mut self) -> Result<()> {
        self.check_start()?;
        loop {
            match self.piece()? {
                Piece::Declaration => self.check_encoding()?,
                Piece::Open => break,
                Piece::Text if is_white_space(&self.text) => {}
                Piece::Layout => {}
                Piece::DocType => return Err(self.bad(NO_DOCTYPE)),
                Piece::End => return Err(self.bad("it is empty, or has no element")),
                _ => return Err(self.bad("it is not XML")),
            }
        }
        if self.name() != names::ROOT {
            let root = one_line(self.name(), 80);
            return Err(self.bad(format!(
                "the root element is <{root}>, not <{}>",
                names::ROOT
            )));
        }
        let mut root = Vec::new();
        self.attributes_of_tag(|name, value| root.push((name.to_string(), value.to_string())))?;
        self.state.root = root;
        self.state.stage = Stage::Root;
        Ok(())
    }

    /// Recognizes what cannot be read by its first bytes.
    fn check_start(&mut self) -> Result<()> {
        let start = match self.xml.get_mut().fill_buf() {
            Ok(start) => start,
            Err(why) => return Err(self.failed(why.into())),
        };
        let problem = match start {
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
                "it is in UTF-16: write it as UTF-8"
            }
            [b'{' | b'[', ..] => "it is JSON: receive it with the format XML",
            [0x1F, 0x8B, ..] => "it is compressed with gzip",
            [b'P', b'K', 3, 4, ..] => "it is a ZIP archive",
            _ => return Ok(()),
        };
        Err(self.bad(problem))
    }

    /// .NET declares UTF-16 in texts that are UTF-8 when they arrive here.
    fn check_encoding(&mut self) -> Result<()> {
        match self.text.to_ascii_lowercase().as_str() {
            "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" => Ok(()),
            _ => {
                let encoding = one_line(&self.text, 40);
                Err(self.bad(format!(
                    "it declares the encoding {encoding}: write it as UTF-8"
                )))
            }
        }
    }

    /// Reads to the next record. Returns whether there is one.
    fn advance(&mut self) -> Result<bool> {
        loop {
            match self.state.stage {
                Stage::Start => self.read_root()?,
                Stage::Root => match self.child()? {
                    true if self.name() == names::TABLE => self.open_table()?,
                    true if self.state.keep_unknown => {
                        self.state.table.clear();
                        self.state.number = 0;
                        return self.read_record();
                    }
                    true => self.skip_unknown()?,
                    false => {
                        self.state.stage = Stage::End;
                        self.read_end()?;
                    }
                },
                Stage::Table => match self.child()? {
                    true if self.name() == names::RECORD
                        || self.state.keep_unknown
                        || names::is_system(&self.state.table) =>
                    {
                        return self.read_record();
                    }
                    true => self.skip_unknown()?,
                    false => self.close_table(),
                },
                Stage::End | Stage::Failed(_) => return Ok(false),
            }
        }
    }

    /// Reads to the next element inside the open one, and opens it; or to the end of the open one, and returns false.
    fn child(&mut self) -> Result<bool> {
        let expected = match self.state.stage {
            Stage::Table => "a record",
            _ => "a table",
        };
        loop {
            self.xml.get_mut().begin_record();
            match self.piece()? {
                Piece::Open => return Ok(true),
                Piece::Close => return Ok(false),
                other => self.between(other, expected)?,
            }
        }
    }

    /// What may stand where no value is: white space and comments.
    fn between(&mut self, piece: Piece, expected: &str) -> Result<()> {
        match piece {
            Piece::Layout => Ok(()),
            Piece::Text if is_white_space(&self.text) => Ok(()),
            Piece::DocType => Err(self.bad(NO_DOCTYPE)),
            Piece::End => Err(self.broken_off()),
            _ => self.mistake(format!("a text stands where {expected} should be")),
        }
    }

    /// Checks that nothing follows the root.
    fn read_end(&mut self) -> Result<()> {
        loop {
            match self.piece()? {
                Piece::End => return Ok(()),
                Piece::Layout => {}
                Piece::Text if is_white_space(&self.text) => {}
                _ => return Err(self.bad("something follows the end of the packet")),
            }
        }
    }

    fn open_table(&mut self) -> Result<()> {
        let mut name = None;
        self.attributes_of_tag(|attribute, value| {
            if attribute == names::TABLE_NAME {
                name = Some(value.to_string());
            }
        })?;
        self.state.table = name.unwrap_or_default();
        self.state.number = 0;
        if self.state.table.is_empty() {
            self.mistake("a table has no tablename")?;
        }
        self.state.stage = Stage::Table;
        let table = self.state.table.clone();
        if self
            .state
            .found
            .as_mut()
            .is_some_and(|found| !found.is_new_table(&table))
        {
            self.oddity("the table stands there twice");
        }
        if names::is_system(&table) && !self.state.system_tables {
            self.skip()?;
            self.close_table();
        }
        Ok(())
    }

    fn close_table(&mut self) {
        self.state.stage = Stage::Root;
        self.state.table.clear();
    }

    fn skip_unknown(&mut self) -> Result<()> {
        self.state.skipped += 1;
        let name = one_line(self.name(), 80);
        self.oddity(format!(
            "the element <{name}> is neither a table nor a record"
        ));
        self.skip()
    }

    /// Reads the open element to its end.
    fn skip(&mut self) -> Result<()> {
        let mut depth = 1;
        while depth > 0 {
            if depth == 1 {
                self.xml.get_mut().begin_record();
            }
            match self.piece()? {
                Piece::Open if depth == DEEPEST => return Err(self.bad(TOO_DEEP)),
                Piece::Open => depth += 1,
                Piece::Close => depth -= 1,
                Piece::DocType => return Err(self.bad(NO_DOCTYPE)),
                Piece::End => return Err(self.broken_off()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the record whose tag is open. Always returns true: there is a record.
    fn read_record(&mut self) -> Result<bool> {
        self.begin_record()?;
        let mut as_before = true;
        let mut seen = HashSet::new();
        loop {
            match self.piece()? {
                Piece::Open => {
                    let is_new = self.begin_field(&mut as_before, &mut seen)?;
                    let first = self.piece()?;
                    self.read_value(first)?;
                    if !is_new {
                        self.state.parts.drop_field();
                    }
                }
                Piece::Close => break,
                text if self.is_value_of_unknown(text) => {
                    self.state.parts.own_field();
                    self.state.in_value = true;
                    self.read_value(text)?;
                    as_before = false;
                    break;
                }
                other => self.between(other, "a field")?,
            }
        }
        self.state.in_record = false;
        if !as_before {
            let State { layout, parts, .. } = &mut self.state;
            layout.clear();
            layout.extend((0..parts.len()).map(|at| parts.name(at).to_string()));
        }
        Ok(true)
    }

    /// Whether an unknown element that is kept has a text instead of fields.
    fn is_value_of_unknown(&self, piece: Piece) -> bool {
        let is_text = match piece {
            Piece::Text => !is_white_space(&self.text),
            Piece::CData | Piece::Reference => true,
            _ => false,
        };
        let parts = &self.state.parts;
        is_text && parts.len() == 0 && Record::new(parts).element() != names::RECORD
    }

    fn begin_record(&mut self) -> Result<()> {
        self.state.number += 1;
        self.state.in_record = true;
        let line = self.line();
        let name = self.local_name_of_tag();
        let State {
            parts,
            table,
            number,
            ..
        } = &mut self.state;
        parts.begin(table, &self.text[name], *number, line);
        let (is_data, is_checked) = (!names::is_system(table), self.state.found.is_some());
        let mut status = None;
        self.attributes_of_field(|parts, name, value| {
            if name == names::STATUS {
                let known = RecordStatus::of(value);
                status = Some(known);
                if known != RecordStatus::Other {
                    return;
                }
            }
            parts.attribute(name, value);
        })?;
        self.state.parts.status = status;
        if is_checked && is_data {
            match status {
                None => self.oddity("the record has no status"),
                Some(RecordStatus::Other) => {
                    self.oddity("the status is none of inserted, updated, deleted and read")
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Begins a field. Returns false if the record has it already, which a check goes on after.
    fn begin_field(&mut self, as_before: &mut bool, seen: &mut HashSet<String>) -> Result<bool> {
        let at = self.local_name_of_tag();
        let name = &self.text[at];
        let parts = &mut self.state.parts;
        let index = parts.len();
        let mut is_new = true;
        if !*as_before
            || self
                .state
                .layout
                .get(index)
                .is_none_or(|before| before != name)
        {
            *as_before = false;
            is_new = match index {
                ..FEW => (0..index).all(|other| parts.name(other) != name),
                _ => {
                    if seen.is_empty() {
                        seen.extend((0..index).map(|other| parts.name(other).to_string()));
                    }
                    seen.insert(name.to_string())
                }
            };
        }
        parts.field(name);
        self.state.in_value = true;
        if self.state.found.is_some()
            && let Some(problem) = name_problem(&self.text[..self.name_len])
        {
            self.oddity(problem);
        }
        if !is_new {
            self.mistake("the field stands there twice")?;
        }
        self.attributes_of_field(Parts::attribute)?;
        self.state.parts.begin_value();
        Ok(is_new)
    }

    /// Reads the value of the field that was begun last. Its first piece was read before.
    fn read_value(&mut self, mut piece: Piece) -> Result<()> {
        let mut is_xml = false;
        loop {
            match piece {
                Piece::Close => break,
                Piece::Layout | Piece::Declaration => {}
                Piece::DocType => return Err(self.bad(NO_DOCTYPE)),
                Piece::End => return Err(self.broken_off()),
                Piece::Open if self.state.keep_unknown => {
                    if !is_xml {
                        let escaped =
                            quick_xml::escape::escape(self.state.parts.value()).into_owned();
                        self.state.parts.replace_value(&escaped)?;
                        is_xml = true;
                    }
                    self.read_xml()?;
                }
                Piece::Open => {
                    self.mistake("elements stand where the value should be; unknown_elements=keep gives them as XML")?;
                    self.skip()?;
                }
                text if is_xml => self.add_xml(text)?,
                Piece::Text | Piece::CData => self.add_text()?,
                Piece::Reference => match resolve(&self.text) {
                    Some(character) => {
                        self.text.clear();
                        self.text.push(character);
                        self.check_characters()?;
                        self.state.parts.add_value(&self.text)?;
                    }
                    None => self.mistake(format!(
                        "&{}; is no entity that XML knows",
                        one_line(&self.text, 40)
                    ))?,
                },
            }
            piece = self.piece()?;
        }
        self.state.parts.end_value();
        self.state.in_value = false;
        Ok(())
    }

    /// Adds a text to the value. A parser makes one line end of each.
    fn add_text(&mut self) -> Result<()> {
        self.check_characters()?;
        let text = &self.text;
        let lines = text
            .contains('\r')
            .then(|| text.replace("\r\n", "\n").replace('\r', "\n"));
        self.state.parts.add_value(lines.as_deref().unwrap_or(text))
    }

    fn check_characters(&mut self) -> Result<()> {
        match forbidden(&self.text) {
            Some(forbidden) => self.mistake(forbidden.problem()),
            None => Ok(()),
        }
    }

    /// Adds the open element to the value, as XML.
    fn read_xml(&mut self) -> Result<()> {
        let mut open: Vec<String> = Vec::new();
        let mut piece = Piece::Open;
        loop {
            match piece {
                Piece::Open if open.len() == DEEPEST => return Err(self.bad(TOO_DEEP)),
                Piece::Open => {
                    open.push(self.text[..self.name_len].to_string());
                    let tag = format!("<{}>", self.text);
                    self.state.parts.add_value(&tag)?;
                }
                Piece::Close => {
                    let name = open.pop().unwrap_or_default();
                    self.state.parts.add_value(&format!("</{name}>"))?;
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                Piece::DocType => return Err(self.bad(NO_DOCTYPE)),
                Piece::End => return Err(self.broken_off()),
                other => self.add_xml(other)?,
            }
            piece = self.piece()?;
        }
    }

    /// Adds what is not a tag to a value that is XML.
    fn add_xml(&mut self, piece: Piece) -> Result<()> {
        self.check_characters()?;
        let text = &self.text;
        match piece {
            Piece::Text => self.state.parts.add_value(text),
            Piece::CData => self
                .state
                .parts
                .add_value(&quick_xml::escape::escape(text.as_str())),
            Piece::Reference if resolve(text).is_some() => {
                self.state.parts.add_value(&format!("&{text};"))
            }
            Piece::Reference => self.mistake(format!(
                "&{}; is no entity that XML knows",
                one_line(text, 40)
            )),
            _ => Ok(()),
        }
    }

    /// Reads the next piece. What belongs to it is in `text`.
    fn piece(&mut self) -> Result<Piece> {
        self.buffer.clear();
        self.text.clear();
        // A large value is no reason to keep its memory.
        self.buffer.shrink_to(KEPT);
        self.text.shrink_to(KEPT);
        let event = match self.xml.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(self.failed(error)),
        };
        let (piece, text): (Piece, &str) = match &event {
            Event::Start(tag) => {
                self.name_len = tag.name().as_ref().len();
                (Piece::Open, tag)
            }
            Event::End(_) => (Piece::Close, ""),
            Event::Text(text) => (Piece::Text, text),
            Event::CData(text) => (Piece::CData, text),
            Event::GeneralRef(name) => (Piece::Reference, name),
            Event::DocType(_) => (Piece::DocType, ""),
            Event::Eof => (Piece::End, ""),
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding() {
                    self.text.push_str(&encoding);
                }
                return Ok(Piece::Declaration);
            }
            Event::Comment(_) | Event::PI(_) | Event::Empty(_) => (Piece::Layout, ""),
        };
        if self.text.try_reserve(text.len()).is_err() {
            let bytes = text.len() as u64;
            return Err(ErrorKind::OutOfMemory {
                what: "a record",
                bytes,
            }
            .into());
        }
        self.text.push_str(text);
        // quick-xml takes everything up to `>` for one tag. A `<` in it means that a tag lost its end.
        if piece == Piece::Open && (self.name_len == 0 || text.contains('<')) {
            return Err(self.bad("a tag is broken"));
        }
        Ok(piece)
    }

    /// The name in the tag that was opened last, without its prefix.
    fn name(&self) -> &str {
        &self.text[self.local_name_of_tag()]
    }

    fn local_name_of_tag(&self) -> Range<usize> {
        let name = &self.text[..self.name_len];
        name.find(':').map_or(0, |colon| colon + 1)..self.name_len
    }

    /// Calls `take` with the attributes of the tag that was opened last. Declarations of namespaces are none.
    fn attributes_of_tag(&mut self, mut take: impl FnMut(&str, &str)) -> Result<()> {
        self.attributes_of_field(|_, name, value| take(name, value))
    }

    fn attributes_of_field(&mut self, mut take: impl FnMut(&mut Parts, &str, &str)) -> Result<()> {
        // Most tags have none.
        if self.text.len() == self.name_len {
            return Ok(());
        }
        let mut problem = None;
        let mut odd = None;
        for attribute in BytesStart::from_content(self.text.as_str(), self.name_len).attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(why) => {
                    problem = Some(format!(
                        "an attribute is broken ({})",
                        one_line(&why.to_string(), 200)
                    ));
                    break;
                }
            };
            let name: &str = attribute.key.as_ref();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = match value {
                Ok(value) if forbidden(&value).is_none() => value,
                _ => {
                    problem = Some(format!(
                        "the value of the attribute {} cannot be read",
                        one_line(name, 80)
                    ));
                    break;
                }
            };
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let is_truth = ["validate", "directresponse"].contains(&name);
            if is_truth && !matches!(parse::boolean(&value), Ok(Some(_))) {
                odd = Some(format!("the attribute {name} is neither true nor false"));
            }
            take(&mut self.state.parts, name, &value);
        }
        if let Some(odd) = odd {
            self.oddity(odd);
        }
        problem.map_or(Ok(()), |problem| Err(self.bad(problem)))
    }

    /// The line that was reached.
    pub(super) fn line(&self) -> u64 {
        self.xml.get_ref().line()
    }

    /// What loses data: an error, unless all mistakes are looked for.
    fn mistake(&mut self, what: impl Into<String>) -> Result<()> {
        let mistake = self.here(what.into());
        match &mut self.state.found {
            Some(found) => {
                found.add(mistake);
                Ok(())
            }
            None => Err(ErrorKind::BadPacket(mistake).into()),
        }
    }

    /// What loses nothing, but may be refused elsewhere: only a check tells it.
    fn oddity(&mut self, what: impl Into<String>) {
        if self.state.found.is_some() {
            let _ = self.mistake(what);
        }
    }

    /// What ends the reading.
    fn bad(&self, what: impl Into<String>) -> Error {
        ErrorKind::BadPacket(self.here(what.into())).into()
    }

    fn broken_off(&self) -> Error {
        self.bad("the packet breaks off here; a part of it is missing")
    }

    fn here(&self, what: String) -> Mistake {
        let state = &self.state;
        let last = state.parts.len().checked_sub(1).filter(|_| state.in_value);
        Mistake {
            line: self.line(),
            table: Some(state.table.clone()).filter(|table| !table.is_empty()),
            record: if state.in_record { state.number } else { 0 },
            field: last.map(|at| state.parts.name(at).to_string()),
            what,
        }
    }

    fn failed(&self, error: quick_xml::Error) -> Error {
        match error {
            quick_xml::Error::Io(why) if why.get_ref().is_some_and(|why| why.is::<Exceeded>()) => {
                ErrorKind::TooLarge {
                    what: "a record",
                    limit: self.xml.get_ref().limit(),
                    option: "max_record_bytes",
                }
                .into()
            }
            quick_xml::Error::Io(why) => ErrorKind::File {
                doing: "read",
                path: match &self.state.file {
                    Some(path) => path.display().to_string(),
                    None => "the packet".into(),
                },
                source: why,
            }
            .into(),
            quick_xml::Error::Encoding(_) => self.bad("the text is not UTF-8"),
            // All other errors of this kind are the end of the packet inside a tag, a comment and so on.
            quick_xml::Error::Syntax(why) if why != SyntaxError::InvalidBangMarkup => {
                self.broken_off()
            }
            other => self.bad(format!(
                "the XML is broken ({})",
                one_line(&other.to_string(), 200)
            )),
        }
    }
}

const NO_DOCTYPE: &str = "a document type stands there, which a packet never has";

const TOO_DEEP: &str = "more than 64 elements stand in each other";

/// How much memory a large value may leave behind, in bytes.
const KEPT: usize = 256 * 1024;

/// The character that a reference stands for.
fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => BytesRef::new(name).resolve_char_ref().ok().flatten(),
    }
}

fn invalid(problem: String) -> Error {
    ErrorKind::InvalidArgument(problem).into()
}
