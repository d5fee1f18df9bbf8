//! Answers that faults make up or spoil.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use hyper::{StatusCode, Version};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::connection::Connection;
use crate::fault::{Answer, Cut, RetryAfter};

const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\
    <body><h1>Welcome to the guest network</h1><p>Please sign in to go on.</p></body></html>\n";

pub(crate) fn made_up(answer: Answer, flushed: Arc<FlushSignal>) -> Response {
    let cut_short = answer.cut;
    let response = whole(answer);
    match cut_short {
        None => response,
        Some(Cut::Truncate { bytes }) => cut(response, bytes, Ending::Close, flushed),
        Some(Cut::Stall { bytes }) => cut(response, bytes, Ending::Silence, flushed),
    }
}

fn whole(answer: Answer) -> Response {
    let mut body = answer.body;
    body.resize(body.len() + answer.padding, b' ');
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.code).expect("checked when the fault was added");
    let value =
        |value: &str| HeaderValue::from_str(value).expect("checked when the fault was added");
    if let Some(content_type) = &answer.content_type {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, value(content_type));
    }
    for (name, text) in &answer.headers {
        let name =
            HeaderName::from_bytes(name.as_bytes()).expect("checked when the fault was added");
        response.headers_mut().append(name, value(text));
    }
    response
}

pub(crate) fn garbage(body: Option<Vec<u8>>) -> Response {
    // The same bytes each time, so that a failure they cause can be had again; 0x9b starts no UTF-8, JSON or XML.
    let body = body.unwrap_or_else(|| {
        (0..1024_u32)
            .map(|n| (n.wrapping_mul(167) + 0x9b).to_le_bytes()[0])
            .collect()
    });
    ([(CONTENT_TYPE, "application/octet-stream")], body).into_response()
}

pub(crate) fn html() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], PROXY_PAGE).into_response()
}

pub(crate) fn throttled(retry_after: Option<RetryAfter>) -> Response {
    let body = r#"{"message":"Too Many Requests"}"#;
    let mut response = (
        StatusCode::TOO_MANY_REQUESTS,
        [(CONTENT_TYPE, "application/json")],
        body,
    )
        .into_response();
    let headers = response.headers_mut();
    headers.insert(
        "x-amzn-errortype",
        HeaderValue::from_static("TooManyRequestsException"),
    );
    match retry_after {
        None => {}
        Some(RetryAfter::Seconds(seconds)) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(RetryAfter::DateIn(seconds)) => {
            let date = Timestamp::now()
                .saturating_add(Duration::from_secs(seconds))
                .ok();
            let date = date.and_then(|date| {
                DateTimePrinter::new()
                    .timestamp_to_rfc9110_string(&date)
                    .ok()
            });
            let date = date.and_then(|date| HeaderValue::from_str(&date).ok());
            headers.extend(date.map(|date| (RETRY_AFTER, date)));
        }
    }
    response
}

pub(crate) fn redirect(code: u16, location: String) -> Response {
    whole(Answer::status(code).header(LOCATION.as_str(), &location))
}

/// How a cut body ends.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    Close,
    Silence,
}

/// The answer under its own `Content-Length`, but with so many bytes of its body only.
pub(crate) fn cut(
    response: Response,
    bytes: u64,
    ending: Ending,
    flushed: Arc<FlushSignal>,
) -> Response {
    spoil(response, |body| {
        let start = (body.into_data_stream(), bytes);
        Body::from_stream(stream::unfold(start, move |(mut body, left)| {
            let flushed = Arc::clone(&flushed);
            async move {
                if left == 0 {
                    match ending {
                        Ending::Silence => std::future::pending::<()>().await,
                        Ending::Close => flushed.wait().await,
                    }
                    let error = std::io::Error::new(
                        std::io::ErrorKind::ConnectionAborted,
                        "cut by a fault",
                    );
                    return Some((Err(axum::Error::new(error)), (body, 0)));
                }
                let mut chunk = match body.next().await? {
                    Ok(chunk) => chunk,
                    Err(error) => return Some((Err(error), (body, left))),
                };
                chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - chunk.len() as u64;
                Some((Ok(chunk), (body, left)))
            }
        }))
    })
}

/// Says that the connection closes after this answer.
pub(crate) fn last(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The answer in pieces, with a pause before each.
pub(crate) fn trickle(response: Response, bytes_per_chunk: usize, pause: Duration) -> Response {
    spoil(response, |body| {
        let start = (body.into_data_stream(), Bytes::new());
        Body::from_stream(stream::unfold(
            start,
            move |(mut body, mut ready)| async move {
                while ready.is_empty() {
                    match body.next().await? {
                        Ok(chunk) => ready = chunk,
                        Err(error) => return Some((Err(error), (body, ready))),
                    }
                }
                tokio::time::sleep(pause).await;
                let piece = ready.split_to(bytes_per_chunk.min(ready.len()));
                Some((Ok(piece), (body, ready)))
            },
        ))
    })
}

/// The answer without a length: HTTP/1.0's way, the connection's end is the body's.
pub(crate) fn no_length(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    head.version = Version::HTTP_10;
    head.headers.remove(CONTENT_LENGTH);
    head.headers
        .insert(CONNECTION, HeaderValue::from_static("close"));
    let body: BodyDataStream = body.into_data_stream();
    Response::from_parts(head, Body::from_stream(body))
}

/// The answer under a `Content-Length` that is so many bytes too large, or too small.
pub(crate) async fn wrong_length(response: Response, by: i64, connection: &Connection) -> Response {
    let (mut head, body) = response.into_parts();
    // A body that breaks off is shorter than it was meant to be.
    let mut body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let real = body.len() as u64;
    let announced = real.saturating_add_signed(by);
    head.headers
        .insert(CONTENT_LENGTH, HeaderValue::from(announced));
    if announced < real {
        let kept = usize::try_from(announced).expect("less than a length in memory");
        let rest = body.split_off(kept);
        *connection
            .stray
            .lock()
            .expect("no panic under the stray's lock") = rest;
        return Response::from_parts(head, Body::from(body));
    }
    let response = Response::from_parts(head, Body::from(body));
    cut(
        response,
        real,
        Ending::Close,
        Arc::clone(&connection.flushed),
    )
}

/// Changes the body under the head it would have had.
fn spoil(response: Response, change: impl FnOnce(Body) -> Body) -> Response {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    Response::from_parts(head, change(body))
}

/// Tells a body when the connection has sent all that went before.
///
/// hyper closes a connection whose body fails at once, with what it hasn't written yet; a cut answer must wait until
/// its part is out, or the client would see less than the fault promises.
#[derive(Default)]
pub(crate) struct FlushSignal(Mutex<Flush>);

#[derive(Default)]
enum Flush {
    #[default]
    Idle,
    Awaited(Waker),
    Done,
}

impl FlushSignal {
    async fn wait(&self) {
        std::future::poll_fn(|context| {
            let mut flush = self
                .0
                .lock()
                .expect("no panic under the flush signal's lock");
            if matches!(*flush, Flush::Done) {
                *flush = Flush::Idle;
                return Poll::Ready(());
            }
            *flush = Flush::Awaited(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Called when the connection has nothing left to send.
    pub(crate) fn flushed(&self) {
        let mut flush = self
            .0
            .lock()
            .expect("no panic under the flush signal's lock");
        if matches!(*flush, Flush::Awaited(_))
            && let Flush::Awaited(waker) = std::mem::replace(&mut *flush, Flush::Done)
        {
            waker.wake();
        }
    }
}
