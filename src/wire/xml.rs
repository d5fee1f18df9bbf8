//! The answers as XML. Prefixes and attributes carry nothing; document types are refused, entities beyond XML's own five
//! with them.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};

use super::fields::{Fault, Fields, Value};
use super::message;
use super::model::{Packet, Receipt, WireError};

/// What XML takes for white space.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The list of packets: `messages`, in it `message` elements.
///
/// Other elements beside those may stand there (a count), as long as they can't be packets of a dialect not known here
/// or tell of an error: what holds elements, or is named like a message or an error, is refused.
pub(super) fn packets(text: &str) -> Result<Vec<Packet>, Fault> {
    let mut document = Document::new(text);
    let root = document.root()?;
    if root != "messages" {
        let fields = document.fields(root)?;
        document.finish()?;
        fields.check_success()?;
        return Err(Fault::found(format!(
            "with the root <{}>",
            message::excerpt(root)
        )));
    }
    let mut packets = Vec::new();
    let mut beside = Fields::default();
    while let Some(name) = document.child()? {
        if name == "message" {
            let packet = document.fields(name).and_then(Fields::into_packet);
            packets.push(packet.map_err(|fault| fault.in_entry(packets.len()))?);
        } else {
            let value = document.value()?;
            check_is_no_packet(name, &value)?;
            beside.insert(Cow::Borrowed(name), value)?;
        }
    }
    document.finish()?;
    beside.check_success()?;
    Ok(packets)
}

/// The fields of the root element: its children, or its text under its own name.
pub(super) fn object(text: &str) -> Result<Fields<'_>, Fault> {
    let mut document = Document::new(text);
    let root = document.root()?;
    let fields = document.fields(root)?;
    document.finish()?;
    Ok(fields)
}

/// The first answer `pick` gives for an element that holds only text, given its path and text. What comes before the
/// first fault is looked at: a body that describes an error may have been cut.
pub(super) fn find_text<T>(
    text: &str,
    mut pick: impl FnMut(&[&str], &str) -> Option<T>,
) -> Option<T> {
    let mut document = Document::new(text);
    let mut leaf: Option<String> = None;
    loop {
        match document.next().ok()? {
            Piece::Open(_) => leaf = Some(String::new()),
            Piece::Text(more) => {
                if let Some(text) = &mut leaf {
                    text.push_str(&more);
                }
            }
            Piece::Close(name) => {
                if let Some(text) = leaf.take() {
                    document.open.push(name);
                    let picked = pick(&document.open, text.trim());
                    document.open.pop();
                    if picked.is_some() {
                        return picked;
                    }
                }
            }
            Piece::End => return None,
        }
    }
}

/// The body of `done`.
pub(super) fn write_done(receipts: &[Receipt]) -> Result<Vec<u8>, WireError> {
    let mut xml = String::from("<messages>");
    for (index, receipt) in receipts.iter().enumerate() {
        xml.push_str("<message>");
        write_field(&mut xml, index, "id", &receipt.id)?;
        write_field(&mut xml, index, "receiptHandle", &receipt.receipt_handle)?;
        xml.push_str("</message>");
    }
    xml.push_str("</messages>");
    Ok(xml.into_bytes())
}

fn write_field(
    xml: &mut String,
    index: usize,
    field: &'static str,
    text: &str,
) -> Result<(), WireError> {
    xml.push_str(&format!("<{field}>"));
    for character in text.chars() {
        match character {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            // A reader may trim or normalize white space that stands there as itself.
            '\t' | '\n' | '\r' => xml.push_str(&format!("&#{};", u32::from(character))),
            '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => {
                return Err(WireError::NotWritable {
                    index,
                    field,
                    character,
                });
            }
            _ => xml.push(character),
        }
    }
    xml.push_str(&format!("</{field}>"));
    Ok(())
}

fn check_is_no_packet(name: &str, value: &Value) -> Result<(), Fault> {
    let name_shown = message::excerpt(name);
    match value {
        Value::Nested(_) => Err(Fault::found(format!(
            "whose list holds <{name_shown}>, which is no message"
        ))),
        Value::Text(_) if message::names_an_error(name) => {
            Err(Fault::found(format!("whose list holds <{name_shown}>")))
        }
        Value::Text(_) => Ok(()),
    }
}

/// A piece of a document, by local name.
enum Piece<'a> {
    Open(&'a str),
    Text(Cow<'a, str>),
    Close(&'a str),
    End,
}

/// A document, read piece by piece, so that memory goes to what is kept of it.
struct Document<'a> {
    source: &'a str,
    reader: quick_xml::Reader<&'a [u8]>,
    open: Vec<&'a str>,
}

impl<'a> Document<'a> {
    fn new(source: &'a str) -> Self {
        let mut reader = quick_xml::Reader::from_str(source);
        reader.config_mut().expand_empty_elements = true;
        Document {
            source,
            reader,
            open: Vec::new(),
        }
    }

    /// Opens the root.
    fn root(&mut self) -> Result<&'a str, Fault> {
        self.child()?
            .ok_or_else(|| Fault::found("without an element"))
    }

    /// Makes sure that nothing follows the root: what does might be the rest of a list.
    fn finish(&mut self) -> Result<(), Fault> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(Fault::found("with a second root element")),
        }
    }

    /// Opens the next element inside the one that is open; closes that if there is none.
    fn child(&mut self) -> Result<Option<&'a str>, Fault> {
        loop {
            match self.next()? {
                Piece::Open(name) => return Ok(Some(name)),
                Piece::Close(_) | Piece::End => return Ok(None),
                Piece::Text(text) if text.trim_matches(WHITE_SPACE).is_empty() => {}
                Piece::Text(_) => return Err(Fault::found(format!("with a text{}", self.place()))),
            }
        }
    }

    /// The fields of the element that is open, through its end: its children, or its text under its own name.
    fn fields(&mut self, name: &'a str) -> Result<Fields<'a>, Fault> {
        let mut fields = Fields::default();
        let mut own = Cow::Borrowed("");
        loop {
            match self.next()? {
                Piece::Open(name) => fields.insert(Cow::Borrowed(name), self.value()?)?,
                Piece::Text(text) => append(&mut own, text),
                Piece::Close(_) | Piece::End => break,
            }
        }
        let own = trimmed(own);
        if own.is_empty() {
            return Ok(fields);
        }
        if !fields.is_empty() {
            return Err(Fault::found(format!(
                "with a text between the fields of <{}>",
                message::excerpt(name)
            )));
        }
        fields.insert(Cow::Borrowed(name), Value::Text(own.clone()))?;
        fields.set_own_text(own);
        Ok(fields)
    }

    /// The value of the element that is open, through its end.
    fn value(&mut self) -> Result<Value<'a>, Fault> {
        let (outside, start) = (self.open.len().saturating_sub(1), self.position());
        let mut text = Cow::Borrowed("");
        let mut nested = false;
        loop {
            let end = self.position();
            match self.next()? {
                Piece::Open(_) => nested = true,
                Piece::Text(more) => append(&mut text, more),
                Piece::Close(_) if self.open.len() > outside => {}
                Piece::Close(_) | Piece::End if nested => {
                    return Ok(Value::Nested(
                        self.source.get(start..end).unwrap_or_default(),
                    ));
                }
                Piece::Close(_) | Piece::End => return Ok(Value::Text(trimmed(text))),
            }
        }
    }

    fn next(&mut self) -> Result<Piece<'a>, Fault> {
        loop {
            let start = self.position();
            return match self
                .reader
                .read_event()
                .map_err(|error| self.broken(&error))?
            {
                Event::Start(tag) => self.opened(start, &tag),
                Event::End(_) => Ok(self.open.pop().map_or(Piece::End, Piece::Close)),
                Event::Text(text) => Ok(Piece::Text(text.xml10_content())),
                Event::CData(text) => Ok(Piece::Text(text.xml10_content())),
                Event::GeneralRef(entity) => self.resolve(&entity),
                Event::DocType(_) => Err(Fault::found("with a document type")),
                Event::Eof if self.open.is_empty() => Ok(Piece::End),
                Event::Eof => Err(Fault::found(format!("that ends{}", self.place()))),
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => continue,
            };
        }
    }

    fn opened(&mut self, start: usize, tag: &BytesStart) -> Result<Piece<'a>, Fault> {
        let (name, local) = (tag.name(), tag.local_name());
        let name_end = start + 1 + name.as_ref().len();
        let local = self
            .source
            .get(name_end - local.as_ref().len()..name_end)
            .unwrap_or_default();
        // The reader takes anything up to `>` for one tag, so also a tag that lost its end and the next one.
        if local.is_empty() || tag.contains('<') {
            return Err(Fault::found(format!("with a broken tag{}", self.place())));
        }
        if self.open.len() >= super::DEEPEST {
            return Err(Fault::found("that is nested too deep"));
        }
        self.open.push(local);
        Ok(Piece::Open(local))
    }

    fn resolve(&self, entity: &BytesRef) -> Result<Piece<'a>, Fault> {
        let predefined = match &**entity {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => {
                return match entity.resolve_char_ref() {
                    Ok(Some(character)) => Ok(Piece::Text(Cow::Owned(character.to_string()))),
                    _ => Err(Fault::found(format!(
                        "with an unknown entity{}",
                        self.place()
                    ))),
                };
            }
        };
        Ok(Piece::Text(Cow::Borrowed(predefined)))
    }

    fn broken(&self, error: &quick_xml::Error) -> Fault {
        let error = message::excerpt(&error.to_string());
        Fault::found(format!("that is broken{} ({error})", self.place()))
    }

    /// " in <messages><message>", or nothing outside of the root.
    fn place(&self) -> String {
        let path: String = self.open.iter().map(|name| format!("<{name}>")).collect();
        if path.is_empty() {
            path
        } else {
            format!(" in {}", message::excerpt(&path))
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or_default()
    }
}

fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

/// The text without the white space around it, which is layout.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(WHITE_SPACE)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(WHITE_SPACE).to_owned()),
    }
}
