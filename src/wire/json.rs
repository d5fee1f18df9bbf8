//! Reads JSON as text and fields.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::fields::{Reading, Value};

/// Reads an object. A field that is null counts as missing.
pub(super) fn object(text: &str) -> Reading<'_> {
    if !text.starts_with('{') {
        return Reading::failed(Fault::new("that is no object"));
    }
    let members: BTreeMap<String, &RawValue> = match read(text) {
        Ok(members) => members,
        Err(fault) => return Reading::failed(fault),
    };
    let mut reading = Reading::default();
    for (name, member) in members {
        let value = match member.get() {
            "null" => continue,
            source => value(source),
        };
        reading.add(Cow::Owned(name), value);
    }
    reading
}

/// Reads a string.
pub(super) fn string(text: &str) -> Result<String, Fault> {
    read(text)
}

/// Reads an array and passes each entry on as an object, one after the other, because a list may be long.
pub(super) fn for_each_object<'a>(
    text: &'a str,
    each: impl FnMut(Reading<'a>),
) -> Result<(), Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader
        .deserialize_seq(Objects(each))
        .and_then(|()| reader.end())
        .map_err(|error| broken(&error))
}

struct Objects<F>(F);

impl<'a, F: FnMut(Reading<'a>)> Visitor<'a> for Objects<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<&RawValue>()? {
            (self.0)(object(entry.get()));
        }
        Ok(())
    }
}

fn value(source: &str) -> Result<Value<'_>, Fault> {
    Ok(match source.as_bytes().first() {
        Some(b'"') => Value::Text(Cow::Owned(string(source)?)),
        Some(b'{' | b'[') => Value::Nested {
            source,
            depth: depth(source),
        },
        // Numbers keep their digits as they came.
        _ => Value::Text(Cow::Borrowed(source)),
    })
}

/// Reads only one level, so deep nesting cannot exhaust the stack.
fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| broken(&error))
}

fn broken(error: &serde_json::Error) -> Fault {
    if error.is_eof() {
        Fault::new("that ends too early")
    } else {
        Fault::new(format!("that is broken ({error})"))
    }
}

/// The number of levels of nesting in well-formed JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
