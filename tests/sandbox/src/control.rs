//! The control API: what the Rust API does, over HTTP.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use crate::dialects::Dialects;
use crate::fault::{Fault, FaultState};
use crate::log::Request;
use crate::outgoing::{Content, Outgoing};
use crate::pushes::Pushed;
use crate::queue::{PacketType, Queue, Waiting};
use crate::storage::CHUNK;
use crate::world::{Address, World};

pub(crate) fn routes(world: Arc<World>) -> Router {
    let control = Router::new()
        .route("/", get(address))
        .route("/packets", get(waiting).post(send))
        .route("/packets/content", put(replace))
        .route("/pushed", get(pushed))
        .route("/pushed/content", get(pushed_content))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/dialects", get(dialects).patch(change_dialects))
        .route("/{command}", post(command))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&world));
    Router::new()
        .nest("/_sandbox", control)
        // A nested `/` is `/_sandbox` alone.
        .route("/_sandbox/", get(address).with_state(world))
        .fallback(|| async { Problem::no_such_path() })
}

/// Why a control request failed: a status, and a sentence in `message`.
pub(crate) struct Problem {
    status: StatusCode,
    message: String,
}

impl Problem {
    fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "the control API has no such path")
    }

    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        let status = match error.kind() {
            io::ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "message": self.message }))).into_response()
    }
}

/// axum's extractors, with problems told in JSON.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub T);

#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
struct Sent<T>(T);

async fn address(State(world): State<Arc<World>>) -> Json<Address> {
    Json(world.address.clone())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sending {
    mobile_user: String,
    queue: Option<Queue>,
    packet_type: Option<PacketType>,
    id: Option<String>,
    name: Option<String>,
    company_id: Option<String>,
    app_code: Option<String>,
    count: Option<usize>,
}

async fn send(
    State(world): State<Arc<World>>,
    Query(sending): Query<Sending>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let (_kept, content) = receive(body).await?;
    // An image goes to the file queue and the file queue holds images, unless the caller says both.
    let image = sending.packet_type == Some(PacketType::Image)
        || (sending.packet_type.is_none() && sending.queue == Some(Queue::File));
    let mut outgoing = match image {
        true => Outgoing::image(&sending.mobile_user, content),
        false => Outgoing::packet(&sending.mobile_user, content),
    };
    outgoing.queue = sending.queue.unwrap_or(outgoing.queue);
    outgoing.id = sending.id;
    outgoing.name = sending.name;
    outgoing.company_id = sending.company_id.or(outgoing.company_id);
    outgoing.app_code = sending.app_code.or(outgoing.app_code);
    if let Some(content_type) = said_content_type(&headers) {
        content_type.clone_into(&mut outgoing.content_type);
    }
    let sent = match sending.count {
        None => vec![world.send(outgoing).await?],
        Some(count) => world.send_many(outgoing, count).await?,
    };
    Ok(Json(json!({ "sent": sent })))
}

/// The `Content-Type`, unless it is what curl says of any data.
fn said_content_type(headers: &HeaderMap) -> Option<&str> {
    let said = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    (said != "application/x-www-form-urlencoded").then_some(said)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    url: String,
}

async fn replace(
    State(world): State<Arc<World>>,
    Query(at): Query<At>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let (_kept, content) = receive(body).await?;
    let content_type = said_content_type(&headers).unwrap_or("application/octet-stream");
    match world.replace(&at.url, content_type, content).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no packet waits at this url",
        )),
    }
}

/// Takes a body of any size by way of a file, which is removed when dropped.
async fn receive(body: Body) -> Result<(tempfile::TempPath, Content), Problem> {
    let path = tempfile::NamedTempFile::new()?.into_temp_path();
    let mut file = tokio::fs::File::create(&path).await?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    let content = Content::File(path.to_path_buf());
    Ok((path, content))
}

async fn waiting(State(world): State<Arc<World>>) -> Json<Vec<Waiting>> {
    Json(world.state().queues.waiting())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PushedTo {
    mobile_user: Option<String>,
}

async fn pushed(State(world): State<Arc<World>>, Query(to): Query<PushedTo>) -> Json<Vec<Pushed>> {
    Json(world.pushed_without_content(to.mobile_user.as_deref()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PushedPacket {
    pub mobile_user: String,
    pub packet_unique_id: String,
}

pub(crate) async fn pushed_content(
    State(world): State<Arc<World>>,
    Query(packet): Query<PushedPacket>,
) -> Result<Response, Problem> {
    let Some(content) = world.pushed_content(&packet.mobile_user, &packet.packet_unique_id) else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no such packet was pushed and uploaded",
        ));
    };
    let content = tokio::fs::File::open(content).await?;
    let length = content.metadata().await?.len();
    let content = ReaderStream::with_capacity(content, CHUNK);
    let mut response = Response::new(Body::from_stream(content));
    let of_this = |pushed: &Pushed| pushed.packet_unique_id == packet.packet_unique_id;
    let content_type = world
        .pushed_without_content(Some(&packet.mobile_user))
        .into_iter()
        .find(of_this);
    let content_type =
        content_type.and_then(|pushed| HeaderValue::from_str(&pushed.content_type?).ok());
    let headers = response.headers_mut();
    headers.extend(content_type.map(|value| (CONTENT_TYPE, value)));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    // A browser must not run what an ERP pushed.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        "content-security-policy",
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response)
}

async fn faults(State(world): State<Arc<World>>) -> Json<Vec<FaultState>> {
    Json(world.faults.list())
}

async fn add_fault(
    State(world): State<Arc<World>>,
    Sent(fault): Sent<Fault>,
) -> Result<Json<Value>, Problem> {
    let id = world
        .add_fault(fault)
        .map_err(|problem| Problem::new(StatusCode::BAD_REQUEST, problem))?;
    Ok(Json(json!({ "id": id })))
}

async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(world): State<Arc<World>>) -> Json<Vec<Request>> {
    Json(world.log.requests())
}

async fn clear_requests(State(world): State<Arc<World>>) -> StatusCode {
    world.log.clear();
    StatusCode::NO_CONTENT
}

async fn dialects(State(world): State<Arc<World>>) -> Json<Dialects> {
    Json(world.dialects())
}

async fn change_dialects(
    State(world): State<Arc<World>>,
    Sent(changes): Sent<serde_json::Map<String, Value>>,
) -> Result<Json<Dialects>, Problem> {
    let mut state = world.state();
    let changed = state.dialects.with(changes);
    state.dialects = changed.map_err(|problem| Problem::new(StatusCode::BAD_REQUEST, problem))?;
    Ok(Json(state.dialects))
}

async fn command(
    State(world): State<Arc<World>>,
    Path(command): Path<String>,
) -> Result<StatusCode, Problem> {
    match command.as_str() {
        "show-hidden" => world.state().queues.show_hidden(),
        "expire-handles" => world.state().queues.expire_handles(),
        "storage-down" => world.storage_down.set(true).await,
        "storage-up" => world.storage_down.set(false).await,
        "change-certificate" if !world.change_certificate()? => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "only a sandbox with tls has a certificate",
            ));
        }
        "change-certificate" => {}
        "restore-certificate" => world.restore_certificate(),
        "reset" => world.reset().await,
        "shutdown" => world.shutdown.notify_one(),
        _ => return Err(Problem::no_such_path()),
    }
    Ok(StatusCode::NO_CONTENT)
}
