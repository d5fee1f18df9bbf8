//! Splits XML into tags and texts, while it is read.

use std::io::{self, Read};

use super::names::LONGEST_TAG;
use super::xml::{forbidden, is_space, name_problem, needs_care};

/// How much is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// The most elements that stand in each other.
const DEEPEST: usize = 64;

/// How many fields in a row a plain record may leave out. All of them are looked at.
const MOST_SKIPPED: usize = 64;

/// The most bytes of a reference.
const LONGEST_REFERENCE: usize = 80;

/// A piece of XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag. An empty-element tag gives this and a `Close`.
    Open,
    Close,
    Text,
    CData,
    /// A reference to a character or an entity.
    Reference,
    /// The XML declaration.
    Declaration,
    DocType,
    /// A comment or an instruction, which says nothing.
    Layout,
    End,
}

/// Why XML cannot be read on.
#[derive(Debug)]
pub(super) enum Broken {
    Io(io::Error),
    /// The record is larger than the limit.
    TooLarge,
    OutOfMemory(usize),
    /// It ends inside of something.
    BreaksOff,
    Xml(String),
}

/// XML that is read piece by piece.
pub(super) struct Tokens<'b> {
    from: Box<dyn Read + Send + 'b>,
    /// What was read; `buffer[start..]` was not looked at yet.
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    /// No token was given yet.
    is_at_start: bool,
    /// Where in the buffer the content of the token is: a tag without its brackets, a text, a name.
    content: (usize, usize),
    /// The length of the name in a tag.
    name_len: usize,
    /// The names of the open elements, one after another, and where each begins.
    names: Vec<u8>,
    open: Vec<usize>,
    /// An empty-element tag was read, and its `Close` was not given yet.
    closes: bool,
    /// The line that was reached, from 1.
    line: u64,
    /// Up to where in the buffer the lines are counted.
    counted: usize,
    /// The most bytes of one record, and how many are left.
    limit: u64,
    left: u64,
}

impl<'b> Tokens<'b> {
    pub fn new(from: Box<dyn Read + Send + 'b>, limit: u64) -> Self {
        Tokens {
            from,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            is_at_start: true,
            content: (0, 0),
            name_len: 0,
            names: Vec::new(),
            open: Vec::new(),
            closes: false,
            line: 1,
            counted: 0,
            limit,
            left: limit,
        }
    }

    /// The line that was reached, from 1.
    pub fn line(&self) -> u64 {
        self.line_at(self.start)
    }

    /// The line in which the last tag begins.
    pub fn line_of_tag(&self) -> u64 {
        self.line_at(self.content.0)
    }

    /// The line in which the last text begins, without the white space before it.
    pub fn line_of_text(&self) -> u64 {
        self.line_in_content(spaces(self.content()))
    }

    /// The line of the byte at `offset` in the token's content.
    pub fn line_in_content(&self, offset: usize) -> u64 {
        self.line_at(self.content.0 + offset)
    }

    fn line_at(&self, at: usize) -> u64 {
        let uncounted = &self.buffer[self.counted..at];
        self.line + memchr::memchr_iter(b'\n', uncounted).count() as u64
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.left = limit;
    }

    /// From here on, the bytes are those of another record.
    pub fn begin_record(&mut self) {
        self.left = self.limit;
        self.line = self.line();
        self.counted = self.start;
    }

    /// The first bytes, to recognize what they are. At least 4, if there are so many.
    pub fn first_bytes(&mut self) -> Result<&[u8], Broken> {
        while self.buffer.len() < 4 && !self.at_end {
            self.fill()?;
        }
        Ok(&self.buffer)
    }

    /// Takes the three bytes that some programs write before a text in UTF-8.
    pub fn skip_byte_order_mark(&mut self) {
        self.start += 3;
    }

    /// What belongs to the token: a tag without its brackets, a text, the name of an entity.
    pub fn content(&self) -> &[u8] {
        &self.buffer[self.content.0..self.content.1]
    }

    /// The name in the tag that was opened last.
    pub fn name_len(&self) -> usize {
        self.name_len
    }

    /// The next token. Its content stays until the next call.
    pub fn next(&mut self) -> Result<Token, Broken> {
        self.content = (0, 0);
        if self.closes {
            self.closes = false;
            if let Some(start) = self.open.pop() {
                self.names.truncate(start);
            }
            return Ok(Token::Close);
        }
        let Some(&first) = self.peek()? else {
            return Ok(Token::End);
        };
        let token = match first {
            b'<' => self.markup(),
            b'&' => self.reference(),
            _ => self.text(),
        };
        self.is_at_start = false;
        token
    }

    fn text(&mut self) -> Result<Token, Broken> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start + searched..];
            if let Some(end) = memchr::memchr2(b'<', b'&', rest) {
                let end = searched + end;
                return self.take(0, end, end, Token::Text);
            }
            searched += rest.len();
            if !self.fill()? {
                return self.take(0, searched, searched, Token::Text);
            }
        }
    }

    /// Takes a whole record of the plain kind, which most records are: its tag is `tag`, it has no fields but those of
    /// `names`, in their order, and these have no attributes and nothing but text. Returns the line in which it begins.
    /// `None` if something else comes, or its end was not read yet: it is then read token by token, and the caller takes
    /// back what `sink` got.
    pub fn plain_record(
        &mut self,
        tag: &[u8],
        names: &[String],
        sink: &mut impl PlainSink,
    ) -> Option<u64> {
        if self.closes || tag.is_empty() {
            return None;
        }
        self.start += spaces(&self.buffer[self.start..]);
        self.begin_record();
        let record = &self.buffer[self.start..];
        let mut rest = strip(strip(strip(record, b"<")?, tag)?, b">")?;
        let mut columns = names.iter().map(String::as_bytes).enumerate();
        loop {
            rest = strip(&rest[spaces(rest)..], b"<")?;
            if let Some(end) = strip(rest, b"/r>") {
                rest = end;
                break;
            }
            let mut next = columns.by_ref().take(MOST_SKIPPED);
            let (column, name, after) = next.find_map(|(column, name)| {
                let after = strip(rest, name)?;
                let is_whole = matches!(after.first(), Some(b'>' | b'/'));
                is_whole.then_some((column, name, after))
            })?;
            sink.begin(column);
            rest = match strip(after, b"/>") {
                Some(rest) => rest,
                None => plain_value(strip(after, b">")?, name, sink)?,
            };
            sink.end();
        }
        let len = record.len() - rest.len();
        if len as u64 > self.left {
            return None;
        }
        str::from_utf8(&record[..len]).ok()?;
        self.left -= len as u64;
        self.start += len;
        Some(self.line)
    }

    fn reference(&mut self) -> Result<Token, Broken> {
        for at in 1..LONGEST_REFERENCE {
            match self.byte(at)? {
                b';' => return self.take(1, at, at + 1, Token::Reference),
                b'<' | b'&' | b' ' | b'\n' => break,
                _ => {}
            }
        }
        Err(Broken::Xml(
            "an & stands there that begins no entity; it is written &amp;".into(),
        ))
    }

    /// What begins with `<`.
    fn markup(&mut self) -> Result<Token, Broken> {
        match self.byte(1)? {
            b'/' => self.end_tag(),
            b'?' => {
                let end = self.find_text(2, b"?>")?;
                let instruction = &self.buffer[self.start + 2..self.start + end];
                let name = instruction.split(|byte| is_space(*byte)).next();
                let name = name.unwrap_or_default();
                if str::from_utf8(name).map_or(true, |name| name_problem(name).is_some()) {
                    return Err(Broken::Xml("an instruction has a bad name".into()));
                }
                let is_declaration = name.eq_ignore_ascii_case(b"xml");
                let token = match (is_declaration, self.is_at_start && name == b"xml") {
                    (true, true) => Token::Declaration,
                    (true, false) => {
                        let problem = "an XML declaration stands where none can be";
                        return Err(Broken::Xml(problem.into()));
                    }
                    (false, _) => Token::Layout,
                };
                self.take(2, end, end + 2, token)
            }
            b'!' => self.declaration(),
            _ => self.start_tag(),
        }
    }

    /// What begins with `<!`.
    fn declaration(&mut self) -> Result<Token, Broken> {
        if self.has(0, b"<!--")? {
            let end = self.find_text(4, b"--")?;
            return match self.byte(end + 2)? {
                b'>' => self.take(4, end, end + 3, Token::Layout),
                _ => Err(Broken::Xml("a comment has -- in it".into())),
            };
        }
        if self.has(0, b"<![CDATA[")? {
            let end = self.find_text(9, b"]]>")?;
            return self.take(9, end, end + 3, Token::CData);
        }
        if self.has(0, b"<!DOCTYPE")? {
            return Ok(Token::DocType);
        }
        Err(Broken::Xml(
            "<! stands there, and begins neither a comment nor CDATA".into(),
        ))
    }

    fn start_tag(&mut self) -> Result<Token, Broken> {
        let end = self.tag_end()?;
        if end > LONGEST_TAG {
            return Err(Broken::Xml(tag_too_long()));
        }
        let tag = &self.buffer[self.start + 1..self.start + end];
        let is_empty = tag.last() == Some(&b'/');
        let tag = &tag[..tag.len() - usize::from(is_empty)];
        let name_len = tag
            .iter()
            .position(|byte| is_space(*byte))
            .unwrap_or(tag.len());
        if name_len == 0 || memchr::memchr(b'<', tag).is_some() {
            return Err(Broken::Xml("a tag is broken".into()));
        }
        if self.open.len() == DEEPEST {
            return Err(Broken::Xml(format!(
                "more than {DEEPEST} elements stand in each other"
            )));
        }
        self.name_len = name_len;
        self.open.push(self.names.len());
        self.names.extend_from_slice(&tag[..name_len]);
        self.closes = is_empty;
        let content_end = 1 + tag.len();
        self.take(1, content_end, end + 1, Token::Open)
    }

    /// Where the `>` of a start tag is. A value in quotes may have one, too.
    fn tag_end(&mut self) -> Result<usize, Broken> {
        let mut at = 1;
        let mut quote = None;
        loop {
            let rest = &self.buffer[self.start + at..];
            let found = match quote {
                None => memchr::memchr3(b'>', b'"', b'\'', rest),
                Some(mark) => memchr::memchr(mark, rest),
            };
            match found.map(|found| (at + found, rest[found])) {
                Some((end, b'>')) if quote.is_none() => return Ok(end),
                Some((end, mark)) if quote.is_none() => {
                    quote = Some(mark);
                    at = end + 1;
                }
                Some((end, _)) => {
                    quote = None;
                    at = end + 1;
                    let after = self.byte(at)?;
                    if !is_space(after) && !matches!(after, b'/' | b'>') {
                        let problem = "no white space stands between two attributes";
                        return Err(Broken::Xml(problem.into()));
                    }
                }
                None => {
                    at += rest.len();
                    if at > LONGEST_TAG {
                        return Err(Broken::Xml(tag_too_long()));
                    }
                    if !self.fill()? {
                        return Err(Broken::BreaksOff);
                    }
                }
            }
        }
    }

    fn end_tag(&mut self) -> Result<Token, Broken> {
        let end = self.find(2, b'>')?.ok_or(Broken::BreaksOff)?;
        let mut name = &self.buffer[self.start + 2..self.start + end];
        while let Some((last, rest)) = name.split_last()
            && is_space(*last)
        {
            name = rest;
        }
        let Some(start) = self.open.pop() else {
            return Err(Broken::Xml(
                "an end tag stands there, and no element is open".into(),
            ));
        };
        if *name != self.names[start..] {
            let text = |name: &[u8]| crate::text::one_line(&String::from_utf8_lossy(name), 80);
            let problem = format!(
                "</{}> stands where </{}> should be",
                text(name),
                text(&self.names[start..])
            );
            return Err(Broken::Xml(problem));
        }
        self.names.truncate(start);
        self.take(end, end, end + 1, Token::Close)
    }

    /// Takes a token that ends at `len`, and whose content is between `from` and `to`.
    fn take(&mut self, from: usize, to: usize, len: usize, token: Token) -> Result<Token, Broken> {
        self.content = (self.start + from, self.start + to);
        self.start += len;
        match self.left.checked_sub(len as u64) {
            Some(left) => self.left = left,
            None => return Err(Broken::TooLarge),
        }
        Ok(token)
    }

    fn peek(&mut self) -> Result<Option<&u8>, Broken> {
        while self.start == self.buffer.len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.buffer.get(self.start))
    }

    /// The byte at `at`, counted from the start of the token.
    fn byte(&mut self, at: usize) -> Result<u8, Broken> {
        while self.start + at >= self.buffer.len() {
            if !self.fill()? {
                return Err(Broken::BreaksOff);
            }
        }
        Ok(self.buffer[self.start + at])
    }

    /// Whether `what` stands at `at`, counted from the start of the token.
    fn has(&mut self, at: usize, what: &[u8]) -> Result<bool, Broken> {
        for (offset, byte) in what.iter().enumerate() {
            if self.byte(at + offset)? != *byte {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where the next `byte` is, from `from` on, both counted from the start of the token.
    fn find(&mut self, from: usize, byte: u8) -> Result<Option<usize>, Broken> {
        let mut searched = from;
        loop {
            let rest = self.buffer.get(self.start + searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(byte, rest) {
                return Ok(Some(searched + at));
            }
            searched += rest.len();
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Where the next `what` is, which must come.
    fn find_text(&mut self, from: usize, what: &[u8]) -> Result<usize, Broken> {
        let mut at = from;
        loop {
            at = self.find(at, what[0])?.ok_or(Broken::BreaksOff)?;
            if self.has(at, what)? {
                return Ok(at);
            }
            at += 1;
        }
    }

    /// Reads on. What was taken leaves the buffer. Returns false at the end.
    fn fill(&mut self) -> Result<bool, Broken> {
        if self.at_end {
            return Ok(false);
        }
        self.line = self.line();
        self.buffer.drain(..self.start);
        self.start = 0;
        self.counted = 0;
        let len = self.buffer.len();
        if len as u64 > self.left {
            return Err(Broken::TooLarge);
        }
        // A large token is read in larger and larger pieces, so that its start is moved only a few times.
        let room = PIECE.max(len);
        self.buffer.shrink_to(len + 2 * room);
        if self.buffer.try_reserve(room).is_err() {
            return Err(Broken::OutOfMemory(len + room));
        }
        let mut piece = (&mut self.from).take(room as u64);
        let read = piece.read_to_end(&mut self.buffer).map_err(Broken::Io)?;
        self.at_end = read < room;
        Ok(read > 0)
    }
}

fn tag_too_long() -> String {
    format!("a tag is longer than {LONGEST_TAG} bytes")
}

/// Where the values of plain records go.
pub(super) trait PlainSink {
    /// A value begins, of the field with that number.
    fn begin(&mut self, column: usize);
    /// A part of the value.
    fn text(&mut self, text: &[u8]);
    /// The value ends.
    fn end(&mut self);
}

/// The references that writers make of characters.
const PLAIN_REFERENCES: [(&[u8], u8); 6] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&#13;", b'\r'),
];

/// Reads the value of a plain field up to the end of its end tag, and returns what follows.
fn plain_value<'t>(mut text: &'t [u8], name: &[u8], sink: &mut impl PlainSink) -> Option<&'t [u8]> {
    loop {
        let (plain, end) = text.split_at(memchr::memchr2(b'<', b'&', text)?);
        if needs_care(plain) && !is_harmless(plain) {
            return None;
        }
        sink.text(plain);
        if let Some(end) = strip(end, b"</") {
            return strip(strip(end, name)?, b">");
        }
        let (character, rest) = PLAIN_REFERENCES
            .iter()
            .find_map(|(reference, character)| Some((character, strip(end, reference)?)))?;
        sink.text(&[*character]);
        text = rest;
    }
}

/// Whether a text has nothing that a reader would change or refuse.
fn is_harmless(text: &[u8]) -> bool {
    memchr::memchr(b'\r', text).is_none()
        && str::from_utf8(text).is_ok_and(|text| forbidden(text).is_none())
}

fn strip<'t>(text: &'t [u8], start: &[u8]) -> Option<&'t [u8]> {
    text.strip_prefix(start)
}

/// How many bytes of white space a text begins with.
fn spaces(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| !is_space(*byte));
    end.unwrap_or(text.len())
}
