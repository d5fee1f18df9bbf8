//! Reads XML as text and fields. Names are used without their prefix, and attributes are ignored. Document types are
//! refused, and so are all entities except XML's own five.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};

use super::excerpt::excerpt;
use super::fault::Fault;
use super::fields::{Reading, Value};

/// XML's white space.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Reads a document as the fields of its root: the root's children, or its text under the root's name.
pub(super) fn object(text: &str) -> Result<Reading<'_>, Fault> {
    let mut document = Document::new(text);
    let root = document.root()?;
    let reading = document.fields(root)?;
    document.finish()?;
    Ok(reading)
}

/// The name of the root element. The rest of the document may be broken or missing.
pub(super) fn root(text: &str) -> Option<&str> {
    Document::new(text).root().ok()
}

/// Calls `pick` with the path and the text of each element without child elements, and returns its first `Some`. The
/// document may be cut: everything before the break is read.
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
            Piece::UnknownEntity => {
                if let Some(text) = &mut leaf {
                    text.push(char::REPLACEMENT_CHARACTER);
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

/// A piece of a document.
enum Piece<'a> {
    Open(&'a str),
    Text(Cow<'a, str>),
    /// A reference to an unknown entity or character. Only the text around it cannot be used.
    UnknownEntity,
    Close(&'a str),
    End,
}

/// A document that is read piece by piece, so that only what is kept needs memory.
///
/// An error of any function means that the document is broken and the rest cannot be read.
pub(super) struct Document<'a> {
    source: &'a str,
    reader: quick_xml::Reader<&'a [u8]>,
    open: Vec<&'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let mut reader = quick_xml::Reader::from_str(source);
        reader.config_mut().expand_empty_elements = true;
        Document {
            source,
            reader,
            open: Vec::new(),
        }
    }

    /// Opens the root and returns its name.
    pub(super) fn root(&mut self) -> Result<&'a str, Fault> {
        self.child()?
            .ok_or_else(|| Fault::new("without an element"))
    }

    /// Checks that nothing follows the root element: it could be the rest of a list.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(Fault::new("with a second root element")),
        }
    }

    /// Opens the next element inside the open one and returns its name. If there is none, closes the open one.
    pub(super) fn child(&mut self) -> Result<Option<&'a str>, Fault> {
        loop {
            match self.next()? {
                Piece::Open(name) => return Ok(Some(name)),
                Piece::Close(_) | Piece::End => return Ok(None),
                Piece::UnknownEntity => return Err(self.unknown_entity()),
                Piece::Text(text) if text.trim_matches(WHITE_SPACE).is_empty() => {}
                Piece::Text(_) => return Err(Fault::new(format!("with a text{}", self.place()))),
            }
        }
    }

    /// Reads the open element to its end as fields: its children, or its text under its own name.
    pub(super) fn fields(&mut self, name: &'a str) -> Result<Reading<'a>, Fault> {
        let mut reading = Reading::default();
        let mut own = Cow::Borrowed("");
        loop {
            match self.next()? {
                Piece::Open(name) => reading.add(Cow::Borrowed(name), self.value()?),
                Piece::Text(text) => append(&mut own, text),
                Piece::UnknownEntity => reading.blame(|| self.unknown_entity()),
                Piece::Close(_) | Piece::End => break,
            }
        }
        let own = without_layout(own);
        if !own.is_empty() {
            if reading.fields.is_empty() {
                reading.set_own_text(name, own);
            } else {
                let name = excerpt(name);
                reading.blame(|| Fault::new(format!("with a text between the fields of <{name}>")));
            }
        }
        Ok(reading)
    }

    /// Reads the open element to its end as the value of a field. The inner result is the value, or why only this value
    /// cannot be read.
    pub(super) fn value(&mut self) -> Result<Result<Value<'a>, Fault>, Fault> {
        let (field, start) = (self.open.len(), self.position());
        let mut text = Cow::Borrowed("");
        let mut fault = None;
        let mut depth = 0;
        loop {
            let end = self.position();
            match self.next()? {
                Piece::Open(_) => depth = depth.max(self.open.len() - field),
                Piece::Text(more) => append(&mut text, more),
                Piece::UnknownEntity => {
                    fault.get_or_insert_with(|| self.unknown_entity());
                }
                Piece::Close(_) if self.open.len() >= field => {}
                Piece::Close(_) | Piece::End => {
                    return Ok(match fault {
                        Some(fault) => Err(fault),
                        None if depth == 0 => Ok(Value::Text(without_layout(text))),
                        None => Ok(Value::Nested {
                            source: self.source.get(start..end).unwrap_or_default(),
                            depth,
                        }),
                    });
                }
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
                Event::GeneralRef(entity) => Ok(resolve(&entity)),
                Event::DocType(_) => Err(Fault::new("with a document type")),
                Event::Eof if self.open.is_empty() => Ok(Piece::End),
                Event::Eof => Err(Fault::new(format!("that ends{}", self.place()))),
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
        // The reader takes everything up to `>` as one tag. So a `<` in it means that a tag lost its end.
        if local.is_empty() || tag.contains('<') {
            return Err(Fault::new(format!("with a broken tag{}", self.place())));
        }
        self.open.push(local);
        Ok(Piece::Open(local))
    }

    fn unknown_entity(&self) -> Fault {
        Fault::new(format!("with an unknown entity{}", self.place()))
    }

    fn broken(&self, error: &quick_xml::Error) -> Fault {
        let error = excerpt(&error.to_string());
        Fault::new(format!("that is broken{} ({error})", self.place()))
    }

    /// Returns " in <messages><message>", or an empty text outside the root.
    fn place(&self) -> String {
        let path: String = self.open.iter().map(|name| format!("<{name}>")).collect();
        if path.is_empty() {
            path
        } else {
            format!(" in {}", excerpt(&path))
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or_default()
    }
}

fn resolve<'a>(entity: &BytesRef) -> Piece<'a> {
    let predefined = match &**entity {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => {
            return match entity.resolve_char_ref() {
                Ok(Some(character)) => Piece::Text(Cow::Owned(character.to_string())),
                _ => Piece::UnknownEntity,
            };
        }
    };
    Piece::Text(Cow::Borrowed(predefined))
}

fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

/// Removes white space around the text: it is only layout.
fn without_layout(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(WHITE_SPACE)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(WHITE_SPACE).to_owned()),
    }
}
