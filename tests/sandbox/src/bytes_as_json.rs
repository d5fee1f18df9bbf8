//! Bytes in JSON: a string where they are UTF-8, `{"base64": "…"}` where they are not. For `#[serde(with = …)]`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Binary { base64: String },
}

pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => Form::Binary {
            base64: STANDARD.encode(bytes),
        }
        .serialize(serializer),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    match Form::deserialize(deserializer)? {
        Form::Text(text) => Ok(text.into_bytes()),
        Form::Binary { base64 } => STANDARD.decode(base64).map_err(D::Error::custom),
    }
}

/// The same for bytes that may be absent (`null`).
pub(crate) mod optional {
    use super::*;

    #[expect(
        clippy::ref_option,
        reason = "serde's `with` passes the field by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let form = Option::<Form>::deserialize(deserializer)?;
        form.map(|form| match form {
            Form::Text(text) => Ok(text.into_bytes()),
            Form::Binary { base64 } => STANDARD.decode(base64).map_err(D::Error::custom),
        })
        .transpose()
    }
}
