//! Named fields: what a JSON object and an XML element have in common.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fault::Fault;

/// The value of a field.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A string, a number or a truth value; or the text of an element.
    Text(Cow<'a, str>),
    /// An array or an object, or an element with child elements: its JSON or XML source text, and its levels of
    /// nesting.
    Nested { source: &'a str, depth: usize },
}

/// Fields by their name.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    by_name: BTreeMap<Cow<'a, str>, Value<'a>>,
    own_text: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn insert(&mut self, name: Cow<'a, str>, value: Value<'a>) {
        self.by_name.insert(name, value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.by_name.get(name)
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        self.by_name.remove(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.by_name
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn into_map(self) -> BTreeMap<Cow<'a, str>, Value<'a>> {
        self.by_name
    }

    /// A field's text. A blank field counts as missing, because XML cannot show the difference.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) if !is_blank(text) => Some(text),
            _ => None,
        }
    }

    /// The text of an XML element without child elements.
    pub(super) fn own_text(&self) -> Option<&str> {
        self.own_text.as_deref()
    }
}

pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// An object or an element, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    pub(super) fields: Fields<'a>,
    /// What is wrong with the first part that could not be read.
    pub(super) fault: Option<Fault>,
}

impl<'a> Reading<'a> {
    /// An object of which nothing could be read.
    pub(super) fn failed(fault: Fault) -> Self {
        Reading {
            fault: Some(fault),
            ..Reading::default()
        }
    }

    /// Returns the fields if all of them could be read.
    pub(super) fn whole(self) -> Result<Fields<'a>, Fault> {
        match self.fault {
            None => Ok(self.fields),
            Some(fault) => Err(fault),
        }
    }

    /// Adds a field, or records why it could not be read. If two fields have the same name, the last one counts.
    pub(super) fn add(&mut self, name: Cow<'a, str>, value: Result<Value<'a>, Fault>) {
        let holds_nul =
            name.contains('\0') || matches!(&value, Ok(Value::Text(text)) if text.contains('\0'));
        match value {
            // C strings end at the first NUL.
            Ok(_) if holds_nul => {
                self.fields.remove(&name);
                self.blame(|| Fault::new("with a NUL character"));
            }
            Ok(value) => self.fields.insert(name, value),
            Err(fault) => {
                self.fields.remove(&name);
                self.blame(|| fault);
            }
        }
    }

    /// Sets the text of an XML element without child elements. It is also stored as a field with the element's name.
    pub(super) fn set_own_text(&mut self, name: &'a str, text: Cow<'a, str>) {
        self.add(Cow::Borrowed(name), Ok(Value::Text(text.clone())));
        self.fields.own_text = Some(text);
    }

    /// Records a fault, unless there is one already.
    pub(super) fn blame(&mut self, fault: impl FnOnce() -> Fault) {
        self.fault.get_or_insert_with(fault);
    }
}
