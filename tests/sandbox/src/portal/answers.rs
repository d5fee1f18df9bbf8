//! The endpoints' answers in each of their dialects.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Format;
use crate::dialects::{Dialects, DoneAnswer, EmptyQueue, LinkAnswer, Numbers, PushAnswer};
use crate::fault::Spoilt;
use crate::queue::Listed;
use crate::xml;

const JSON: &str = "application/json";
const XML: &str = "application/xml";

fn answer(content_type: &'static str, body: String) -> Response {
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

pub(super) fn pushed(dialect: PushAnswer, sync_log_id: &str, upload_path: &str) -> Response {
    match dialect {
        PushAnswer::Json => answer(
            JSON,
            json!({ "success": true, "syncLogId": sync_log_id, "uploadPath": upload_path })
                .to_string(),
        ),
        PushAnswer::Xml => answer(
            XML,
            xml::document("result", |result| {
                result.field("success", "true");
                result.field("syncLogId", sync_log_id);
                result.field("uploadPath", upload_path);
            }),
        ),
    }
}

pub(super) fn push_failed(dialect: PushAnswer, message: &str) -> Response {
    match dialect {
        PushAnswer::Json => success(Format::Json, Some(message)),
        PushAnswer::Xml => success(Format::Xml, Some(message)),
    }
}

pub(super) fn done(dialect: DoneAnswer, format: Format, refused: Option<&str>) -> Response {
    let format = match dialect {
        DoneAnswer::ByFormat => format,
        DoneAnswer::Json => Format::Json,
        DoneAnswer::Xml => Format::Xml,
    };
    success(format, refused)
}

fn success(format: Format, problem: Option<&str>) -> Response {
    match format {
        Format::Json => {
            let body = match problem {
                None => json!({ "success": true }),
                Some(message) => json!({ "success": false, "message": message }),
            };
            answer(JSON, body.to_string())
        }
        Format::Xml => answer(
            XML,
            xml::document("result", |result| {
                result.field("success", if problem.is_none() { "true" } else { "false" });
                if let Some(message) = problem {
                    result.field("message", message);
                }
            }),
        ),
    }
}

pub(super) fn link(dialect: LinkAnswer, url: &str) -> Response {
    const TEXT: &str = "text/plain; charset=utf-8";
    match dialect {
        LinkAnswer::Bare => answer(TEXT, url.to_owned()),
        LinkAnswer::BareSpaced => answer(TEXT, format!(" \r\n  {url}  \r\n")),
        LinkAnswer::Quoted => answer(JSON, Value::from(url).to_string()),
        LinkAnswer::Json => answer(JSON, json!({ "url": url }).to_string()),
        LinkAnswer::Xml => answer(XML, xml::element_with_text("url", url)),
    }
}

pub(super) fn pulled(dialects: &Dialects, format: Format, listed: &[Listed]) -> Response {
    let body = match (listed, dialects.empty_queue, format) {
        ([], EmptyQueue::EmptyBody, _) => String::new(),
        ([], EmptyQueue::List, Format::Xml) => xml::empty_document("messages"),
        (_, _, Format::Json) => {
            let list: Vec<Value> = listed
                .iter()
                .map(|entry| as_json(dialects, entry))
                .collect();
            Value::from(list).to_string()
        }
        (_, _, Format::Xml) => xml::document("messages", |messages| {
            for entry in listed {
                if entry.spoilt == Some(Spoilt::Text) {
                    messages.field("message", SPOILT_TEXT);
                    continue;
                }
                messages.element("message", |message| {
                    for (name, value) in fields(dialects, entry) {
                        match value {
                            Field::Text(text) => message.field(name, text),
                            Field::Number(number) => message.field(name, &number.to_string()),
                            Field::Nested(text) => {
                                message.element(name, |nested| nested.field("value", text));
                            }
                        }
                    }
                    if dialects.unknown_fields {
                        message.field("priority", "5");
                        message.element("meta", |meta| {
                            meta.field("id", "not the packet's");
                            meta.element("tags", |_| {});
                        });
                    }
                });
            }
        }),
    };
    answer(format.content_type(), body)
}

/// What stands in the place of an entry.
const SPOILT_TEXT: &str = "not an entry";

enum Field<'a> {
    Text(&'a str),
    Number(u64),
    /// An object, or an element, with the text as its `value`.
    Nested(&'a str),
}

fn fields<'a>(dialects: &Dialects, entry: &'a Listed) -> Vec<(&'static str, Field<'a>)> {
    let packet = &entry.packet;
    let id = match entry.spoilt {
        Some(Spoilt::NestedId) => Field::Nested(&packet.id),
        _ => Field::Text(&packet.id),
    };
    let mut fields = vec![
        ("id", id),
        ("receiptHandle", Field::Text(&entry.receipt_handle)),
        ("url", Field::Text(&packet.url)),
    ];
    let missing = match entry.spoilt {
        Some(Spoilt::NoId) => Some("id"),
        Some(Spoilt::NoReceiptHandle) => Some("receiptHandle"),
        Some(Spoilt::NoUrl) => Some("url"),
        Some(Spoilt::NestedId | Spoilt::Text) | None => None,
    };
    fields.retain(|(name, _)| missing != Some(*name));
    if dialects.omit_optional {
        return fields;
    }
    fields.push(("userName", Field::Text(&packet.mobile_user)));
    fields.extend(
        packet
            .company_id
            .as_deref()
            .map(|company| ("companyId", Field::Text(company))),
    );
    fields.extend(
        packet
            .app_code
            .as_deref()
            .map(|app| ("appCode", Field::Text(app))),
    );
    fields.push(("packetType", Field::Text(packet.packet_type.as_str())));
    fields.push(("onDate", Field::Text(&packet.on_date)));
    fields.push(("size", Field::Number(packet.size)));
    fields
}

fn as_json(dialects: &Dialects, entry: &Listed) -> Value {
    if entry.spoilt == Some(Spoilt::Text) {
        return Value::from(SPOILT_TEXT);
    }
    let value = |field| match (field, dialects.numbers) {
        (Field::Text(text), _) => Value::from(text),
        (Field::Number(number), Numbers::Numbers) => Value::from(number),
        (Field::Number(number), Numbers::Strings) => Value::from(number.to_string()),
        (Field::Nested(text), _) => json!({ "value": text }),
    };
    let mut object: serde_json::Map<String, Value> = fields(dialects, entry)
        .into_iter()
        .map(|(name, field)| (name.to_owned(), value(field)))
        .collect();
    if dialects.unknown_fields {
        object.insert("priority".to_owned(), json!(5));
        object.insert(
            "meta".to_owned(),
            json!({ "id": "not the packet's", "tags": ["a", null, 1.5] }),
        );
    }
    Value::Object(object)
}
