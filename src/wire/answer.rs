//! What the portal's answers have in common: JSON or XML, the field `success`, and the error for any other body.

use super::body::Body;
use super::excerpt::excerpt;
use super::fault::{Fault, WireError};
use super::fields::{Fields, Value};
use super::message::server_message;
use super::{json, xml};

/// Why a body is not the expected answer.
pub(super) enum Unusable {
    /// The portal refused the request.
    Refused,
    /// The body is neither JSON nor XML, but must be.
    OtherForm,
    /// Something is wrong with its JSON or XML.
    Faulty(Fault),
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Unusable::Faulty(fault)
    }
}

/// Reads a body. The error says what came instead of `expected`, and quotes the body's own message.
pub(super) fn read<'a, T>(
    bytes: &'a [u8],
    expected: &'static str,
    parse: impl FnOnce(&Body<'a>) -> Result<T, Unusable>,
) -> Result<T, WireError> {
    let body = Body::of(bytes);
    parse(&body).map_err(|why| {
        let message = server_message(bytes);
        let found = match why {
            Unusable::Refused => return WireError::Refused { message },
            Unusable::OtherForm => body.describe(""),
            Unusable::Faulty(fault) => body.describe(fault.detail()),
        };
        let found = match (&body, message) {
            (Body::Json(_) | Body::Xml(_), Some(words)) => format!("{found}, which says “{words}”"),
            _ => found,
        };
        WireError::NotUnderstood { expected, found }
    })
}

/// The fields of an answer that is a single JSON object or XML element.
pub(super) fn object<'a>(body: &Body<'a>) -> Result<Fields<'a>, Unusable> {
    match body {
        Body::Json(text) => Ok(json::object(text).whole()?),
        Body::Xml(text) => Ok(xml::object(text)?.whole()?),
        _ => Err(Unusable::OtherForm),
    }
}

/// Returns whether the field `success` is present and true. An empty field counts as missing. False is a refusal; any
/// other value is an error.
pub(super) fn check_success(fields: &Fields) -> Result<bool, Unusable> {
    let word = match fields.get("success") {
        None => return Ok(false),
        Some(Value::Nested { .. }) => {
            return Err(Fault::new("whose success is no truth value").into());
        }
        Some(Value::Text(text)) => text.trim().to_ascii_lowercase(),
    };
    match &*word {
        "" => Ok(false),
        "true" | "1" => Ok(true),
        "false" | "0" => Err(Unusable::Refused),
        other => {
            let shown = excerpt(other);
            Err(Fault::new(format!("whose success is “{shown}”")).into())
        }
    }
}
