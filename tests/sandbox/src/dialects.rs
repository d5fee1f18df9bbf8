//! The forms in which the real portal has been seen, or is documented, to answer.

use serde::{Deserialize, Serialize};

/// How the portal words its answers. Every field's default is the commonest form.
///
/// As JSON (`/_sandbox/dialects`) and on the command line (`--dialect key=value`) the fields and values are written
/// in snake case: `{"push": "json", "link": "bare_spaced", …}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// The `Content-Type` that a GET must have.
    pub get_content_type: GetContentType,
    /// The form of the answer to push.
    pub push: PushAnswer,
    /// Whether numbers in a pull's JSON are numbers or strings.
    pub numbers: Numbers,
    /// Adds fields nobody announced to every listed packet, nested ones among them.
    pub unknown_fields: bool,
    /// Lists only `id`, `receiptHandle` and `url`.
    pub omit_optional: bool,
    /// In which forms the storage holds a synchronization packet that is sent from now on.
    pub forms: Forms,
    /// What a pull from an empty queue answers.
    pub empty_queue: EmptyQueue,
    /// The form of the answer to link.
    pub link: LinkAnswer,
    /// The form of the answer to done.
    pub done: DoneAnswer,
    /// What done answers for a packet that was already removed with the same receipt handle.
    pub done_again: DoneAgain,
    /// What done does when one of its receipt handles is stale or unknown.
    pub stale_receipt: StaleReceipt,
    /// What a good key gets for an area that is not its own.
    pub unknown_area: UnknownArea,
}

/// The `Content-Type` that a GET must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GetContentType {
    /// Any, or none: the vendor's own Node client sends none.
    #[default]
    Any,
    /// `application/json`, as the vendor's page asks.
    Required,
}

/// The form of the answer to push.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushAnswer {
    /// `{"success":true,"syncLogId":"…","uploadPath":"…"}`
    #[default]
    Json,
    /// The same fields as elements of a `result`.
    Xml,
}

/// How a pull's JSON writes numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// `"size":12`
    #[default]
    Numbers,
    /// `"size":"12"`
    Strings,
}

/// In which forms the storage holds a synchronization packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forms {
    /// As it was sent. Its `url` is the same in every list.
    #[default]
    One,
    /// In both: a list in JSON has `…/json/NAME.json` as its `url`, a list in XML `…/xml/NAME.xml`.
    Both,
}

/// What a pull from an empty queue answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyQueue {
    /// `[]` or `<messages/>`
    #[default]
    List,
    /// Status 200 and no byte.
    EmptyBody,
}

/// The form of the answer to link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkAnswer {
    /// The URL alone.
    #[default]
    Bare,
    /// The URL amid white space, a newline at its end.
    BareSpaced,
    /// The URL as a JSON string.
    Quoted,
    /// `{"url":"…"}`
    Json,
    /// `<url>…</url>`
    Xml,
}

/// The form of the answer to done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneAnswer {
    /// What the request's `format` says.
    #[default]
    ByFormat,
    /// JSON, whatever the request's `format` says.
    Json,
    /// XML, whatever the request's `format` says.
    Xml,
}

/// What done answers for a packet that was already removed with the same receipt handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneAgain {
    /// Success, as Amazon SQS does: a repeated done is harmless.
    #[default]
    Success,
    /// The failure that any stale handle gets.
    Expired,
}

/// What done does when one of its receipt handles is stale or unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaleReceipt {
    /// It removes the packets of the other handles, and answers 200 `success: false`.
    #[default]
    OthersRemoved,
    /// It removes none, and answers 200 `success: false`.
    NoneRemoved,
    /// It removes none, and answers 400 with a message.
    BadRequest,
}

/// What a good key gets for an area that is not its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownArea {
    /// 403, `User is not authorized to access this resource`.
    #[default]
    Denied,
    /// 403, the very answer a bad key gets.
    Forbidden,
    /// 404 with a message.
    NotFound,
}

impl Dialects {
    /// These dialects with some fields changed, both named as in JSON.
    ///
    /// # Errors
    /// If there is no such field or value; the message says which there are.
    pub fn with(self, changes: serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let mut fields = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => unreachable!("dialects are a JSON object"),
        };
        fields.extend(changes);
        serde_json::from_value(fields.into()).map_err(|error| error.to_string())
    }
}
