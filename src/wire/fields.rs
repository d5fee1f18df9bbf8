//! What a JSON object and an XML element have in common: named fields, and what they mean.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::body::Body;
use super::message;
use super::model::{Packet, WireError};

/// Why a body is not the answer that was expected.
#[derive(Debug)]
pub(super) enum Fault {
    /// The portal said no.
    Refused,
    /// The body is neither JSON nor XML where it has to be.
    OtherForm,
    /// What is wrong with it, to stand after "JSON" or "XML": "without the field url".
    Found(String),
}

impl Fault {
    pub(super) fn found(detail: impl Into<String>) -> Self {
        Fault::Found(detail.into())
    }

    pub(super) fn in_entry(self, index: usize) -> Self {
        match self {
            Fault::Found(detail) => {
                Fault::Found(format!("{detail} in entry {index} (counted from 0)"))
            }
            other => other,
        }
    }

    /// The error for the caller, with whatever the body has to say.
    pub(super) fn explain(self, bytes: &[u8], expected: &'static str) -> WireError {
        let detail = match self {
            Fault::Refused => {
                return WireError::Refused {
                    message: message::server_message(bytes),
                };
            }
            Fault::OtherForm => String::new(),
            Fault::Found(detail) => detail,
        };
        let body = Body::of(bytes);
        let mut found = body.describe(&detail);
        if let (Body::Json(_) | Body::Xml(_), Some(words)) = (&body, message::server_message(bytes))
        {
            found.push_str(&format!(", which says “{words}”"));
        }
        WireError::NotUnderstood { expected, found }
    }
}

/// The value of a field.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    /// A string, number or truth value; the text of an element.
    Text(Cow<'a, str>),
    /// Anything with an inside, as the JSON or XML text it came in.
    Nested(&'a str),
}

/// The fields of a JSON object or an XML element. A name that comes twice counts the last time.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    by_name: BTreeMap<Cow<'a, str>, Value<'a>>,
    own_text: Option<Cow<'a, str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn insert(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Result<(), Fault> {
        // C callers get strings that end at the first NUL.
        if name.contains('\0') || matches!(&value, Value::Text(text) if text.contains('\0')) {
            return Err(Fault::found("with a NUL character"));
        }
        self.by_name.insert(name, value);
        Ok(())
    }

    pub(super) fn set_own_text(&mut self, text: Cow<'a, str>) {
        self.own_text = Some(text);
    }

    /// The text of an element that holds no others.
    pub(super) fn own_text(&self) -> Option<&str> {
        self.own_text.as_deref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.by_name
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.by_name.get(name)
    }

    /// A field's text, unless it is blank: XML can't tell that from a field left out.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text.as_ref()).filter(|text| !is_blank(text)),
            Value::Nested(_) => None,
        }
    }

    /// Whether `success` is there and true; false is a refusal, anything else not understood.
    pub(super) fn check_success(&self) -> Result<bool, Fault> {
        match self.get("success") {
            None => Ok(false),
            Some(Value::Nested(_)) => Err(Fault::found("whose success is no truth value")),
            Some(Value::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "" => Ok(false),
                "true" | "1" => Ok(true),
                "false" | "0" => Err(Fault::Refused),
                other => Err(Fault::found(format!(
                    "whose success is “{}”",
                    message::excerpt(other)
                ))),
            },
        }
    }

    pub(super) fn into_packet(mut self) -> Result<Packet, Fault> {
        Ok(Packet {
            id: self.take_required("id")?,
            receipt_handle: self.take_required("receiptHandle")?,
            url: self.take_required("url")?,
            mobile_user: self.take_text("userName"),
            company_id: self.take_text("companyId"),
            app_code: self.take_text("appCode"),
            packet_type: self.take_text("packetType"),
            on_date: self.take_text("onDate"),
            size: self.take_size(),
            other: self.into_texts(),
        })
    }

    fn take_required(&mut self, name: &str) -> Result<String, Fault> {
        match self.by_name.remove(name) {
            None => Err(Fault::found(format!("without the field {name}"))),
            Some(Value::Text(text)) if is_blank(&text) => {
                Err(Fault::found(format!("with an empty field {name}")))
            }
            Some(Value::Text(text)) => Ok(text.into_owned()),
            Some(Value::Nested(_)) => Err(Fault::found(format!(
                "with more than a text in the field {name}"
            ))),
        }
    }

    /// What is no text stays behind, and so ends among the other fields.
    fn take_text(&mut self, name: &str) -> Option<String> {
        let Value::Text(_) = self.get(name)? else {
            return None;
        };
        match self.by_name.remove(name)? {
            Value::Text(text) if !is_blank(&text) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// What is no whole number goes back, and so ends among the other fields.
    fn take_size(&mut self) -> Option<u64> {
        let text = self.take_text("size")?;
        let size = whole_number(text.trim());
        if size.is_none() {
            self.by_name
                .insert(Cow::Borrowed("size"), Value::Text(Cow::Owned(text)));
        }
        size
    }

    fn into_texts(self) -> BTreeMap<String, String> {
        let text = |value| match value {
            Value::Text(text) => text.into_owned(),
            Value::Nested(source) => source.to_owned(),
        };
        self.by_name
            .into_iter()
            .map(|(name, value)| (name.into_owned(), text(value)))
            .collect()
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Unlike `parse`, takes no sign.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}
