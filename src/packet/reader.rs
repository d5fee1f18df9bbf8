//! Reads packets, a record at a time.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart};

use super::mistake::Mistake;
use super::names;
use super::parse;
use super::record::{Attribute, Parts, PlainParts, Record, RecordStatus};
use super::tokens::{Broken, PlainSink, Token, Tokens};
use super::xml::{forbidden, is_white_space, name_problem};
use crate::content::open_to_read;
use crate::error::{Error, ErrorKind, Result};
use crate::text::one_line;

/// How many names of a record's fields are compared one by one.
const FEW: usize = 32;

/// Reads a synchronization packet, a record at a time. Its memory does not grow with the packet.
///
/// ```
/// # fn main() -> dmerp::Result<()> {
/// let packet = br#"<NavMobileSync salesmancode="SOFIA01"><table tablename="ORDERS">
///     <r status="inserted"><NO>1</NO><QUANTITY>12</QUANTITY></r></table></NavMobileSync>"#;
/// let mut packet = dmerp::PacketReader::new(packet);
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
    tokens: Tokens<'b>,
    state: State,
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
    /// The tag and the status of the last record that had no attribute but a known status.
    plain_tag: Vec<u8>,
    plain_status: RecordStatus,
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
    /// How much of the memory the names in `tables` take, in bytes.
    tables_size: usize,
}

impl Found {
    /// The most mistakes that are kept.
    const MOST: usize = 1000;

    /// How many bytes of tables' names are remembered: a packet must not fill the memory.
    const MOST_NAMES: usize = 8 * 1024 * 1024;

    /// Whether the packet had no such table yet.
    fn is_new_table(&mut self, table: &str) -> bool {
        if self.tables_size > Self::MOST_NAMES {
            return true;
        }
        let is_new = self.tables.insert(table.to_string());
        if is_new {
            self.tables_size += size_of::<String>() + table.len();
        }
        is_new
    }
}

impl<'b> PacketReader<'b> {
    /// Reads a packet in memory.
    pub fn new(packet: &'b [u8]) -> Self {
        Self::from_reader(packet)
    }

    /// Reads a packet from a file.
    ///
    /// # Errors
    /// [`Status::FileError`](crate::Status::FileError).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut reader = Self::from_reader(open_to_read(path)?);
        reader.state.file = Some(path.to_path_buf());
        Ok(reader)
    }

    /// Reads a packet from a stream.
    pub fn from_reader(packet: impl Read + Send + 'b) -> Self {
        PacketReader {
            tokens: Tokens::new(Box::new(packet), names::MAX_RECORD_BYTES),
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
                plain_tag: Vec::new(),
                plain_status: RecordStatus::None,
                layout: Vec::new(),
                skipped: 0,
                found: None,
            },
        }
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
            Error::invalid(format!(
                "the option {key} is {allowed}, not \u{201c}{value}\u{201d}"
            ))
        };
        if !matches!(self.state.stage, Stage::Start | Stage::Root) || self.state.waits {
            return Err(Error::invalid(
                "it is too late to set an option: the packet is being read",
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
                Ok(limit @ 1..) => self.tokens.set_limit(limit),
                _ => return Err(problem("a number of bytes, 1 or more")),
            },
            _ => {
                let known = "unknown_elements, system_tables, max_record_bytes";
                let key = one_line(key, 80);
                return Err(Error::invalid(format!(
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
            match self.token()? {
                Token::Declaration => self.check_declaration()?,
                Token::Open => break,
                Token::Text if is_white_space(self.tokens.content()) => {}
                Token::Layout => {}
                Token::DocType => return Err(self.bad(NO_DOCTYPE)),
                Token::End => return Err(self.bad("it is empty, or has no element")),
                _ => return Err(self.bad("it is not XML")),
            }
        }
        let name = self.name()?;
        if name != names::ROOT {
            let root = one_line(name, 80);
            let problem = format!("the root element is <{root}>, not <{}>", names::ROOT);
            return Err(self.bad(problem));
        }
        let mut root = Vec::new();
        self.attributes_of_tag(&mut |_, name, value| {
            root.push((name.to_string(), value.to_string()))
        })?;
        self.check_name_of_tag();
        self.state.root = root;
        self.state.stage = Stage::Root;
        Ok(())
    }

    /// Recognizes what cannot be read by its first bytes.
    fn check_start(&mut self) -> Result<()> {
        let start = match self.tokens.first_bytes() {
            Ok(start) => start,
            Err(broken) => return Err(self.broken(broken)),
        };
        let problem = match start {
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
                "it is in UTF-16: write it as UTF-8"
            }
            [0xEF, 0xBB, 0xBF, ..] => {
                self.tokens.skip_byte_order_mark();
                return Ok(());
            }
            [b'{' | b'[', ..] => "it is JSON: receive it with the format XML",
            [0x1F, 0x8B, ..] => "it is compressed with gzip",
            [b'P', b'K', 3, 4, ..] => "it is a ZIP archive",
            _ => return Ok(()),
        };
        Err(self.bad(problem))
    }

    /// .NET declares UTF-16 in texts that are UTF-8 when they arrive here.
    fn check_declaration(&mut self) -> Result<()> {
        let declaration = BytesStart::from_content(self.text()?, "xml".len());
        let encoding = match declaration.try_get_attribute("encoding") {
            Ok(found) => found.map(|found| found.value.to_ascii_lowercase()),
            Err(why) => return Err(self.bad(format!("the XML declaration is broken ({why})"))),
        };
        if !is_usual_declaration(self.text()?) {
            self.oddity("the XML declaration is not <?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        }
        match encoding.unwrap_or_default().as_str() {
            "" | "utf-8" | "utf8" => Ok(()),
            other @ ("us-ascii" | "ascii" | "utf-16") => {
                self.oddity(format!(
                    "it declares the encoding {other}, and is read as UTF-8"
                ));
                Ok(())
            }
            other => {
                let encoding = one_line(other, 40);
                Err(self.bad(format!(
                    "it declares the encoding {encoding}: write it as UTF-8"
                )))
            }
        }
    }

    /// Reads to the next record. Returns whether there is one.
    fn advance(&mut self) -> Result<bool> {
        loop {
            if self.take_plain_record() {
                return Ok(true);
            }
            match self.state.stage {
                Stage::Start => self.read_root()?,
                Stage::Root => match self.child()? {
                    true if self.name()? == names::TABLE => self.open_table()?,
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
                    true if self.name()? == names::RECORD
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
            self.tokens.begin_record();
            match self.token()? {
                Token::Open => return Ok(true),
                Token::Close => return Ok(false),
                other => self.between(other, expected)?,
            }
        }
    }

    /// What may stand where no value is: white space and comments.
    fn between(&mut self, token: Token, expected: &str) -> Result<()> {
        match token {
            Token::Layout => Ok(()),
            Token::Text if is_white_space(self.tokens.content()) => Ok(()),
            Token::DocType => Err(self.bad(NO_DOCTYPE)),
            Token::End => Err(self.broken_off()),
            _ => {
                let line = self.tokens.line_of_text();
                self.mistake_in_line(line, format!("a text stands where {expected} should be"))
            }
        }
    }

    /// Checks that nothing follows the root.
    fn read_end(&mut self) -> Result<()> {
        loop {
            match self.token()? {
                Token::End => return Ok(()),
                Token::Layout => {}
                Token::Text if is_white_space(self.tokens.content()) => {}
                _ => return Err(self.bad("something follows the end of the packet")),
            }
        }
    }

    fn open_table(&mut self) -> Result<()> {
        let mut name = None;
        self.attributes_of_tag(&mut |_, attribute, value| {
            if attribute == names::TABLE_NAME {
                name = Some(value.to_string());
            }
        })?;
        self.check_name_of_tag();
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
            self.skip(false)?;
            self.close_table();
        }
        Ok(())
    }

    fn close_table(&mut self) {
        self.state.stage = Stage::Root;
        self.state.table.clear();
    }

    /// Skips an element that is neither a table nor a record. One that has records in it, or seems to be one, is refused.
    fn skip_unknown(&mut self) -> Result<()> {
        self.state.skipped += 1;
        let name = self.name()?;
        let is_misplaced = names::looks_known(name);
        let name = one_line(name, 80);
        if is_misplaced {
            self.mistake(format!("the element <{name}> cannot stand here"))?;
        } else {
            let problem = format!("the element <{name}> is neither a table nor a record");
            self.oddity(problem);
        }
        self.skip(true)
    }

    /// Reads the open element to its end. `watches`: it must not have tables or records in it.
    fn skip(&mut self, watches: bool) -> Result<()> {
        let mut depth = 1;
        while depth > 0 {
            if depth == 1 {
                self.tokens.begin_record();
            }
            match self.token()? {
                Token::Open => {
                    depth += 1;
                    let name = self.name()?;
                    if watches && names::looks_known(name) {
                        let problem = format!("the element <{name}> stands in an unknown element");
                        self.mistake(problem)?;
                    }
                }
                Token::Close => depth -= 1,
                Token::DocType => return Err(self.bad(NO_DOCTYPE)),
                Token::End => return Err(self.broken_off()),
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
            match self.token()? {
                Token::Open if self.state.parts.len() == names::MOST_FIELDS => {
                    return Err(self.bad(format!(
                        "the record has more than {} fields",
                        names::MOST_FIELDS
                    )));
                }
                Token::Open => {
                    let is_new = self.begin_field(&mut as_before, &mut seen)?;
                    let first = self.token()?;
                    self.read_value(first)?;
                    if !is_new {
                        self.state.parts.drop_field();
                    }
                }
                Token::Close => break,
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

    /// Takes the next record if it is like the last one: [`Tokens::plain_record`].
    fn take_plain_record(&mut self) -> bool {
        let State {
            parts,
            plain_tag,
            layout,
            table,
            number,
            found,
            stage: Stage::Table,
            plain_status,
            ..
        } = &mut self.state
        else {
            return false;
        };
        if found.is_some() {
            return false;
        }
        parts.begin(table, names::RECORD, *number + 1, 0);
        let sink = &mut PlainParts {
            parts,
            names: layout,
        };
        let Some(line) = self.tokens.plain_record(plain_tag, layout, sink) else {
            return false;
        };
        parts.line = line;
        parts.status = Some(*plain_status);
        *number += 1;
        true
    }

    /// Takes the next record of `table` into rows if it is like the last one. Returns its line and its status.
    pub(super) fn take_plain_row(
        &mut self,
        table: &str,
        names: &[String],
        sink: &mut impl PlainSink,
    ) -> Option<(u64, RecordStatus)> {
        let state = &mut self.state;
        let is_next = matches!(state.stage, Stage::Table) && !state.waits && state.table == table;
        if !is_next {
            return None;
        }
        let line = self.tokens.plain_record(&state.plain_tag, names, sink)?;
        state.number += 1;
        Some((line, state.plain_status))
    }

    /// Whether an unknown element that is kept has a text instead of fields.
    fn is_value_of_unknown(&self, token: Token) -> bool {
        let is_text = match token {
            Token::Text => !is_white_space(self.tokens.content()),
            Token::CData | Token::Reference => true,
            _ => false,
        };
        let parts = &self.state.parts;
        is_text && parts.len() == 0 && Record::new(parts).element() != names::RECORD
    }

    fn begin_record(&mut self) -> Result<()> {
        let line = self.tokens.line_of_tag();
        let tag = tag_of(&self.tokens).map_err(|problem| self.bad(problem))?;
        let state = &mut self.state;
        state.number += 1;
        state.in_record = true;
        let element = local_name(&tag[..self.tokens.name_len()]);
        state.parts.begin(&state.table, element, state.number, line);
        let mut status = None;
        self.attributes_of_tag(&mut |parts, name, value| {
            if name == names::STATUS {
                let known = RecordStatus::of(value);
                status = Some(known);
                if known != RecordStatus::Other {
                    return;
                }
            }
            parts.attribute(name, value);
        })?;
        self.check_name_of_tag();
        let state = &mut self.state;
        state.parts.status = status;
        let tag = self.tokens.content();
        let is_record = tag == b"r" || tag.starts_with(b"r ");
        let is_plain = is_record && !Record::new(&state.parts).has_attributes();
        if is_plain && state.plain_tag != tag {
            state.plain_tag = tag.to_vec();
            state.plain_status = status.unwrap_or(RecordStatus::None);
        }
        if self.state.found.is_some() && !names::is_system(&self.state.table) {
            match status {
                None => self.oddity("the record has no status"),
                Some(RecordStatus::Other) => {
                    self.oddity("the status is none of inserted, updated, deleted and read");
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Begins a field. Returns false if the record has it already, which a check goes on after.
    fn begin_field(&mut self, as_before: &mut bool, seen: &mut HashSet<String>) -> Result<bool> {
        let tag = tag_of(&self.tokens).map_err(|problem| self.bad(problem))?;
        let name = local_name(&tag[..self.tokens.name_len()]);
        let State {
            parts,
            layout,
            in_value,
            ..
        } = &mut self.state;
        let index = parts.len();
        let mut is_new = true;
        if !*as_before || layout.get(index).is_none_or(|before| before != name) {
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
        *in_value = true;
        self.check_name_of_tag();
        if !is_new {
            self.mistake("the field stands there twice")?;
        }
        self.attributes_of_tag(&mut Parts::attribute)?;
        self.state.parts.begin_value();
        Ok(is_new)
    }

    /// Reads the value of the field that was begun last. Its first token was read before.
    fn read_value(&mut self, mut token: Token) -> Result<()> {
        let mut is_xml = false;
        loop {
            match token {
                Token::Close => break,
                Token::Layout | Token::Declaration => {}
                Token::DocType => return Err(self.bad(NO_DOCTYPE)),
                Token::End => return Err(self.broken_off()),
                Token::Open if self.state.keep_unknown || names::is_system(&self.state.table) => {
                    if !is_xml {
                        let escaped =
                            quick_xml::escape::escape(self.state.parts.value()).into_owned();
                        self.state.parts.replace_value(&escaped)?;
                        is_xml = true;
                    }
                    self.read_xml()?;
                }
                Token::Open => {
                    self.mistake("elements stand where the value should be; unknown_elements=keep gives them as XML")?;
                    self.skip(false)?;
                }
                text if is_xml => self.add_xml(text)?,
                Token::Text | Token::CData => self.add_text()?,
                Token::Reference => {
                    if let Some(character) = self.referenced()? {
                        let mut text = [0; 4];
                        self.state
                            .parts
                            .add_value(character.encode_utf8(&mut text))?;
                    }
                }
            }
            token = self.token()?;
        }
        self.state.parts.end_value();
        self.state.in_value = false;
        Ok(())
    }

    /// Adds a text to the value. Each line end in it is one `\n`, as every XML parser has it.
    fn add_text(&mut self) -> Result<()> {
        let text = match str::from_utf8(self.tokens.content()) {
            Ok(text) => text,
            Err(why) => {
                let line = self.tokens.line_in_content(why.valid_up_to());
                let mistake = Mistake {
                    line,
                    ..self.here(NOT_UTF8.into())
                };
                return Err(ErrorKind::BadPacket(mistake).into());
            }
        };
        if memchr::memchr(b'\r', text.as_bytes()).is_some() {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            self.state.parts.add_value(&text)?;
        } else {
            self.state.parts.add_value(text)?;
        }
        match forbidden(text) {
            None => Ok(()),
            Some(forbidden) => {
                let line = self.tokens.line_in_content(forbidden.at);
                self.mistake_in_line(line, forbidden.problem())
            }
        }
    }

    /// The character that a reference stands for; `None` if a check goes on after a mistake.
    fn referenced(&mut self) -> Result<Option<char>> {
        let name = self.text()?;
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => BytesRef::new(name).resolve_char_ref().ok().flatten(),
        };
        let problem = match character {
            None => format!("&{}; is no entity that XML knows", one_line(name, 40)),
            Some(character) => match forbidden(character.encode_utf8(&mut [0; 4])) {
                None => return Ok(Some(character)),
                Some(forbidden) => forbidden.problem(),
            },
        };
        self.mistake(problem).map(|()| None)
    }

    /// Adds the open element to the value, as XML.
    fn read_xml(&mut self) -> Result<()> {
        let mut open: Vec<String> = Vec::new();
        let mut token = Token::Open;
        loop {
            match token {
                Token::Open => {
                    let tag = tag_of(&self.tokens).map_err(|problem| self.bad(problem))?;
                    let tag = format!("<{tag}>");
                    open.push(tag[1..=self.tokens.name_len()].to_string());
                    // They are kept as they stand, but must be attributes.
                    self.attributes_of_tag(&mut |_, _, _| {})?;
                    self.check_name_of_tag();
                    self.state.parts.add_value(&tag)?;
                }
                Token::Close => {
                    let name = open.pop().unwrap_or_default();
                    self.state.parts.add_value(&format!("</{name}>"))?;
                    if open.is_empty() {
                        return Ok(());
                    }
                }
                Token::DocType => return Err(self.bad(NO_DOCTYPE)),
                Token::End => return Err(self.broken_off()),
                other => self.add_xml(other)?,
            }
            token = self.token()?;
        }
    }

    /// Adds what is not a tag to a value that is XML.
    fn add_xml(&mut self, token: Token) -> Result<()> {
        match token {
            Token::Text => self.add_text(),
            Token::CData => {
                let text = self.text()?;
                let problem = forbidden(text).map(|forbidden| forbidden.problem());
                let escaped = quick_xml::escape::escape(text).into_owned();
                self.state.parts.add_value(&escaped)?;
                problem.map_or(Ok(()), |problem| self.mistake(problem))
            }
            Token::Reference => match self.referenced()? {
                Some(_) => {
                    let reference = format!("&{};", self.text()?);
                    self.state.parts.add_value(&reference)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn token(&mut self) -> Result<Token> {
        let token = self.tokens.next();
        let token = token.map_err(|broken| self.broken(broken))?;
        if self.state.found.is_some() {
            self.check_token(token);
        }
        Ok(token)
    }

    /// Tells what a packet cannot have as XML, but is not looked at when it is read.
    fn check_token(&mut self, token: Token) {
        let found = match (token, str::from_utf8(self.tokens.content())) {
            (_, Err(why)) => Some((why.valid_up_to(), NOT_UTF8.to_string())),
            (Token::Layout | Token::Declaration, Ok(text)) => {
                forbidden(text).map(|forbidden| (forbidden.at, forbidden.problem()))
            }
            (Token::Text, Ok(text)) => text.find("]]>").map(|at| {
                let problem = "]]> cannot stand in a text; it is written ]]&gt;";
                (at, problem.into())
            }),
            _ => None,
        };
        if let Some((at, problem)) = found {
            let _ = self.mistake_in_line(self.tokens.line_in_content(at), problem);
        }
    }

    /// Tells a name in the tag that was opened last that is no XML name, or has a prefix.
    fn check_name_of_tag(&mut self) {
        if self.state.found.is_none() {
            return;
        }
        let name = &self.tokens.content()[..self.tokens.name_len()];
        if let Some(problem) = str::from_utf8(name).ok().and_then(name_problem) {
            self.oddity(problem);
        }
    }

    /// What belongs to the token.
    fn text(&self) -> Result<&str> {
        str::from_utf8(self.tokens.content()).map_err(|_| self.bad(NOT_UTF8))
    }

    /// The name in the tag that was opened last, without its prefix.
    fn name(&self) -> Result<&str> {
        self.text()
            .map(|tag| local_name(&tag[..self.tokens.name_len()]))
    }

    /// Calls `take` with the attributes of the tag that was opened last. Declarations of namespaces are none.
    fn attributes_of_tag(&mut self, take: &mut dyn FnMut(&mut Parts, &str, &str)) -> Result<()> {
        let name_len = self.tokens.name_len();
        // Most tags have none.
        if self.tokens.content().len() == name_len {
            return Ok(());
        }
        let tag = tag_of(&self.tokens).map_err(|problem| self.bad(problem))?;
        let mut odd = None;
        let mut problem = None;
        for attribute in BytesStart::from_content(tag, name_len).attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(why) => {
                    let why = one_line(&why.to_string(), 200);
                    problem = Some(format!("an attribute is broken ({why})"));
                    break;
                }
            };
            let name: &str = attribute.key.as_ref();
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) if forbidden(&value).is_none() => value,
                _ => {
                    let name = one_line(name, 80);
                    problem = Some(format!("the value of the attribute {name} cannot be read"));
                    break;
                }
            };
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            if let Some(problem) = name_problem(name) {
                odd = Some(problem);
            }
            let is_truth = names::TRUTHS.contains(&name);
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
        self.tokens.line()
    }

    /// What loses data: an error, unless all mistakes are looked for.
    fn mistake(&mut self, what: impl Into<String>) -> Result<()> {
        self.mistake_in_line(self.line(), what)
    }

    fn mistake_in_line(&mut self, line: u64, what: impl Into<String>) -> Result<()> {
        if let Some(found) = &mut self.state.found
            && found.mistakes.len() == Found::MOST
        {
            found.more += 1;
            return Ok(());
        }
        let mistake = Mistake {
            line,
            ..self.here(what.into())
        };
        match &mut self.state.found {
            Some(found) => {
                found.mistakes.push(mistake);
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

    pub(super) fn here(&self, what: String) -> Mistake {
        let state = &self.state;
        let last = state.parts.len().checked_sub(1).filter(|_| state.in_value);
        Mistake {
            line: self.line(),
            table: Some(one_line(&state.table, LONGEST_NAME)).filter(|table| !table.is_empty()),
            record: if state.in_record { state.number } else { 0 },
            field: last.map(|at| one_line(state.parts.name(at), LONGEST_NAME)),
            what,
        }
    }

    fn broken(&self, broken: Broken) -> Error {
        match broken {
            Broken::BreaksOff => self.broken_off(),
            Broken::Xml(problem) => self.bad(problem),
            Broken::TooLarge => {
                let error = Error::from(ErrorKind::TooLarge {
                    what: "the record",
                    limit: self.tokens.limit(),
                    option: "max_record_bytes",
                });
                let file = self.state.file.as_ref();
                let file =
                    file.map_or(String::new(), |path| format!("packet {}, ", path.display()));
                error.trying(format!("{file}{}", self.here(String::new()).place()))
            }
            Broken::OutOfMemory(bytes) => ErrorKind::OutOfMemory {
                what: "a record",
                bytes: bytes as u64,
            }
            .into(),
            Broken::Io(why) => match &self.state.file {
                Some(path) => ErrorKind::file("read", path, why).into(),
                None => ErrorKind::stream("read", why).into(),
            },
        }
    }
}

/// The most characters of a name in a mistake: a packet can have a thousand of them.
const LONGEST_NAME: usize = 200;

const NO_DOCTYPE: &str = "a document type stands there, which a packet never has";

const NOT_UTF8: &str = "the text is not UTF-8";

/// Whether an XML declaration is one that every parser takes: the version 1.0, then perhaps an encoding, then perhaps
/// whether it stands alone.
fn is_usual_declaration(declaration: &str) -> bool {
    let parts = declaration.split_ascii_whitespace().skip(1).map(|part| {
        let (name, value) = part.split_once('=')?;
        let mark = value
            .chars()
            .next()
            .filter(|mark| matches!(mark, '"' | '\''))?;
        Some((name, value.strip_prefix(mark)?.strip_suffix(mark)?))
    });
    let Some(parts) = parts.collect::<Option<Vec<_>>>() else {
        return false;
    };
    let is_good = |(name, value): &(&str, &str)| match *name {
        "version" => *value == "1.0",
        "encoding" => {
            let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !value.is_empty() && value.bytes().all(is_usual)
        }
        _ => matches!(*value, "yes" | "no"),
    };
    let order: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    let is_in_order = matches!(
        order[..],
        ["version"]
            | ["version", "encoding"]
            | ["version", "standalone"]
            | ["version", "encoding", "standalone"]
    );
    is_in_order && parts.iter().all(is_good)
}

/// The tag that was opened last, if its characters can stand in XML and it has a name.
fn tag_of<'t>(tokens: &'t Tokens<'_>) -> std::result::Result<&'t str, String> {
    let tag = str::from_utf8(tokens.content()).map_err(|_| NOT_UTF8.to_string())?;
    match forbidden(tag) {
        Some(forbidden) => Err(forbidden.problem()),
        None if local_name(&tag[..tokens.name_len()]).is_empty() => Err("a tag is broken".into()),
        None => Ok(tag),
    }
}

/// A name without its prefix.
fn local_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}
