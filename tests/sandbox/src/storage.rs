//! The storage: S3 on the file system, strict where s3s is lenient and worded as S3 words it.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, SERVER, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use jiff::Timestamp;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};
use s3s::auth::SimpleAuth;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    self, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput,
    PutObjectOutput, StreamingBlob,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;
use url::Url;
use uuid::Uuid;

use crate::outgoing::Content;
use crate::pushes::Pushes;
use crate::xml;

const BUCKET: &str = "dmerp-sandbox";
const REGION: &str = "us-east-1";

/// Objects up to this size are answered from memory after their first download, so that what a benchmark measures is its client.
const HELD: u64 = 1024 * 1024;

/// So many objects are held.
const HELD_OBJECTS: usize = 64;

/// Bytes per read of a stored file.
pub(crate) const CHUNK: usize = 256 * 1024;

/// The bucket, and the signer of the URLs into it.
pub(crate) struct Storage {
    objects: Objects,
    service: S3Service,
    bucket: Bucket,
    credentials: Credentials,
    link_ttl: Duration,
}

impl Storage {
    pub(crate) fn new(
        directory: &Path,
        endpoint: Url,
        link_ttl: Duration,
        pushes: Arc<Mutex<Pushes>>,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(directory.join(BUCKET))?;
        let files =
            FileSystem::new(directory).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let objects = Objects {
            files: Arc::new(files),
            bucket: directory.join(BUCKET),
            pushes,
            same: Arc::default(),
            held: Arc::default(),
        };
        // A secret of its own for each sandbox: no URL outlives the sandbox that signed it.
        let (key, secret) = ("SANDBOX", Uuid::new_v4().to_string());
        let mut service = S3ServiceBuilder::new(objects.clone());
        service.set_auth(SimpleAuth::from_single(key, secret.as_str()));
        let bucket =
            Bucket::new(endpoint, UrlStyle::Path, BUCKET, REGION).map_err(io::Error::other)?;
        Ok(Self {
            objects,
            service: service.build(),
            bucket,
            credentials: Credentials::new(key, secret),
            link_ttl,
        })
    }

    pub(crate) fn upload_url(&self, key: &str, expired: bool) -> Url {
        self.bucket
            .put_object(Some(&self.credentials), key)
            .sign_with_time(self.link_ttl, &self.signing_time(expired))
    }

    pub(crate) fn download_url(&self, key: &str, expired: bool) -> Url {
        self.bucket
            .get_object(Some(&self.credentials), key)
            .sign_with_time(self.link_ttl, &self.signing_time(expired))
    }

    fn signing_time(&self, expired: bool) -> Timestamp {
        let now = Timestamp::now();
        // Two seconds of grace, as signatures count in whole ones.
        if expired {
            now - self.link_ttl - Duration::from_secs(2)
        } else {
            now
        }
    }

    /// Stores an object from inside the sandbox and answers its size.
    pub(crate) async fn put(
        &self,
        key: &str,
        content_type: &str,
        content: Content,
    ) -> io::Result<u64> {
        let (size, body) = match content {
            Content::Bytes(bytes) => (
                bytes.len() as u64,
                StreamingBlob::from(s3s::Body::from(bytes)),
            ),
            Content::File(path) => {
                let file = File::open(path).await?;
                let size = file.metadata().await?.len();
                (
                    size,
                    StreamingBlob::wrap(ReaderStream::with_capacity(file, CHUNK)),
                )
            }
        };
        let input = PutObjectInput::builder()
            .bucket(BUCKET.to_owned())
            .key(key.to_owned())
            .content_type(Some(content_type.to_owned()))
            .body(Some(body))
            .build()
            .map_err(io::Error::other)?;
        self.objects
            .files
            .put_object(inside(Method::PUT, input))
            .await
            .map_err(io::Error::other)?;
        self.objects.same().remove(key);
        self.objects.held().changed(key);
        Ok(size)
    }

    /// Has the object at `of` be at `key` as well.
    pub(crate) fn put_same(&self, key: String, of: &str) {
        let of = self.objects.kept_at(of.to_owned());
        self.objects.same().insert(key, of);
    }

    /// The file of an object.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        let path = self.objects.path(key);
        path.expect("the sandbox's own keys are plain")
    }

    /// Answers a request from outside.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Result<Response, s3s::HttpError> {
        let uri = request.uri().clone();
        let mut response = match refusal(&request) {
            Some(failure) => {
                drain(request.into_body()).await;
                failure.into_response()
            }
            None => {
                let served = self
                    .service
                    .call(request.map(s3s::Body::http_body_unsync))
                    .await?;
                as_s3_words_it(served.map(Body::new), &uri).await
            }
        };
        let headers = response.headers_mut();
        headers.insert(SERVER, HeaderValue::from_static("AmazonS3"));
        for name in ["x-amz-request-id", "x-amz-id-2"] {
            let id = HeaderValue::from_str(&Uuid::new_v4().simple().to_string());
            headers.insert(name, id.expect("hexadecimal digits"));
        }
        Ok(response)
    }
}

/// Reads a body to its end. A server that answers and closes while the client still sends makes the client see a
/// broken connection more often than the answer.
pub(crate) async fn drain(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// Reads at least so many bytes of a body, or all there are, and leaves the rest unread.
pub(crate) async fn read_some(body: &mut Body, bytes: u64) {
    let mut read = 0;
    while read < bytes
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
}

/// What S3 refuses and s3s takes.
fn refusal(request: &Request<Body>) -> Option<Failure> {
    let headers = request.headers();
    if headers.contains_key(TRANSFER_ENCODING) {
        return Some(Failure {
            status: StatusCode::NOT_IMPLEMENTED,
            code: "NotImplemented".to_owned(),
            message: "A header you provided implies functionality that is not implemented"
                .to_owned(),
            details: vec![("Header", "Transfer-Encoding".to_owned())],
        });
    }
    if request.method() == Method::PUT && !headers.contains_key(CONTENT_LENGTH) {
        return Some(Failure {
            status: StatusCode::LENGTH_REQUIRED,
            code: "MissingContentLength".to_owned(),
            message: "You must provide the Content-Length HTTP header.".to_owned(),
            details: Vec::new(),
        });
    }
    None
}

/// S3's error document.
pub(crate) fn error_document(
    code: &str,
    message: &str,
    details: &[(&'static str, String)],
) -> String {
    let new_id = || Uuid::new_v4().simple().to_string();
    xml::document("Error", |error| {
        error.field("Code", code);
        error.field("Message", message);
        for (name, value) in details {
            error.field(name, value);
        }
        error.field("RequestId", &new_id());
        error.field("HostId", &new_id());
    })
}

/// An answer with S3's error document.
struct Failure {
    status: StatusCode,
    code: String,
    message: String,
    details: Vec<(&'static str, String)>,
}

impl Failure {
    fn into_response(self) -> Response {
        let document = error_document(&self.code, &self.message, &self.details);
        let mut response = Response::new(Body::from(document));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        response
    }
}

/// s3s answers S3's statuses and codes, but leaves out messages and details that S3 gives.
async fn as_s3_words_it(response: Response, uri: &Uri) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (head, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let Some((code, message)) = std::str::from_utf8(&body).ok().and_then(code_and_message) else {
        return Response::from_parts(head, Body::from(body));
    };
    let mut details = Vec::new();
    let message = match (code.as_str(), message) {
        ("NoSuchKey", _) => {
            let key = uri.path().trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
            details.push(("Key", percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned()));
            "The specified key does not exist.".to_owned()
        }
        ("SignatureDoesNotMatch", _) => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
                .to_owned()
        }
        ("AccessDenied", Some(message)) if message == "Request has expired" => {
            details = expiry(uri);
            message
        }
        ("AccessDenied", _) => "Access Denied".to_owned(),
        (_, message) => message.unwrap_or_else(|| code.clone()),
    };
    Failure {
        status,
        code,
        message,
        details,
    }
    .into_response()
}

fn code_and_message(document: &str) -> Option<(String, Option<String>)> {
    let document = roxmltree::Document::parse(document).ok()?;
    let field = |name| {
        let node = document
            .root_element()
            .children()
            .find(|child| child.has_tag_name(name))?;
        node.text().map(str::to_owned)
    };
    Some((field("Code")?, field("Message")))
}

/// The three fields S3 adds when a URL came too late.
fn expiry(uri: &Uri) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let (mut seconds, mut signed) = (None, None);
    for (name, value) in query {
        match &*name {
            "X-Amz-Expires" => seconds = value.parse::<i64>().ok(),
            "X-Amz-Date" => {
                signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &*value).ok()
            }
            _ => {}
        }
    }
    if let (Some(seconds), Some(signed)) = (seconds, signed) {
        details.push(("X-Amz-Expires", seconds.to_string()));
        if let Ok(expires) = signed.checked_add(jiff::SignedDuration::from_secs(seconds)) {
            details.push((
                "Expires",
                expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ));
        }
        details.push((
            "ServerTime",
            Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ));
    }
    details
}

/// A request that comes from inside the sandbox, past signature and listener.
fn inside<T>(method: Method, input: T) -> S3Request<T> {
    S3Request {
        input,
        method,
        uri: Uri::default(),
        headers: HeaderMap::new(),
        extensions: hyper::http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

/// Whether an upload is small and asks for nothing beside its content.
fn is_plain(request: &S3Request<PutObjectInput>) -> bool {
    let input = &request.input;
    let asks = [
        input.content_md5.is_some(),
        input.checksum_algorithm.is_some(),
        input.checksum_crc32.is_some(),
        input.checksum_crc32c.is_some(),
        input.checksum_crc64nvme.is_some(),
        input.checksum_sha1.is_some(),
        input.checksum_sha256.is_some(),
        input.if_match.is_some(),
        input.if_none_match.is_some(),
        input.metadata.is_some(),
        input.storage_class.is_some(),
        request.trailing_headers.is_some(),
    ];
    let length = input
        .content_length
        .and_then(|length| u64::try_from(length).ok());
    length.is_some_and(|length| length <= HELD) && !asks.contains(&true)
}

/// The three operations a pre-signed URL of the portal can ask for; s3s refuses all others.
#[derive(Clone)]
struct Objects {
    files: Arc<FileSystem>,
    bucket: PathBuf,
    pushes: Arc<Mutex<Pushes>>,
    /// Keys whose object is kept at another key. Ten thousand packets with one content are so one file.
    same: Arc<Mutex<HashMap<String, String>>>,
    held: Arc<Mutex<Held>>,
}

/// Objects in memory, by key.
#[derive(Default)]
struct Held {
    objects: HashMap<String, HeldObject>,
    /// Counts the puts: what was read before one may be out of date.
    changes: u64,
}

/// What the answer to a GET is made of.
#[derive(Clone)]
struct HeldObject {
    content: Bytes,
    content_type: Option<String>,
    e_tag: Option<ETag>,
    last_modified: Option<dto::Timestamp>,
}

impl Held {
    fn changed(&mut self, key: &str) {
        self.objects.remove(key);
        self.changes += 1;
    }

    fn hold(&mut self, key: String, object: HeldObject) {
        if self.objects.len() == HELD_OBJECTS {
            self.objects.clear();
        }
        self.objects.insert(key, object);
    }
}

impl HeldObject {
    fn answer(self) -> S3Response<GetObjectOutput> {
        S3Response::new(GetObjectOutput {
            content_length: i64::try_from(self.content.len()).ok(),
            content_type: self.content_type,
            e_tag: self.e_tag,
            last_modified: self.last_modified,
            body: Some(StreamingBlob::from(s3s::Body::from(self.content))),
            ..GetObjectOutput::default()
        })
    }
}

impl Objects {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("no panic under the objects' lock")
    }

    fn same(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.same.lock().expect("no panic under the keys' lock")
    }

    fn kept_at(&self, key: String) -> String {
        self.same().get(&key).cloned().unwrap_or(key)
    }

    /// What s3s-fs does for such an upload, but all at once: it would hand each of a dozen file operations to another thread, which
    /// takes longer than the operations.
    async fn put_plain(
        &self,
        path: &Path,
        body: Option<StreamingBlob>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let mut body = body.ok_or_else(|| s3s::s3_error!(IncompleteBody))?;
        let mut file = NamedTempFile::new_in(&self.bucket).map_err(S3Error::internal_error)?;
        let mut md5 = Md5::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| S3Error::internal_error(io::Error::other(error)))?;
            md5.update(&chunk);
            file.write_all(&chunk).map_err(S3Error::internal_error)?;
        }
        let folder = path.parent().unwrap_or(&self.bucket);
        std::fs::create_dir_all(folder).map_err(S3Error::internal_error)?;
        file.persist(path).map_err(S3Error::internal_error)?;
        let md5: String = md5
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(md5)),
            ..PutObjectOutput::default()
        }))
    }

    /// Where s3s-fs keeps an object; `None` for a key that it would have to resolve first.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let plain = Path::new(key)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        plain.then(|| self.bucket.join(key))
    }
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn get_object(
        &self,
        mut request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        request.input.key = self.kept_at(request.input.key);
        let key = request.input.key.clone();
        let whole = request.input.range.is_none();
        let changes = {
            let held = self.held();
            if whole && let Some(object) = held.objects.get(&key) {
                return Ok(object.clone().answer());
            }
            held.changes
        };
        let path = self.path(&key);
        let mut response = self.files.get_object(request).await?;
        // s3s-fs reads 4 KiB at a time, which takes 10 s for 1 GiB.
        if whole && let Some(path) = path {
            let file = File::open(path).await.map_err(S3Error::internal_error)?;
            let length = response.output.content_length.unwrap_or_default();
            let length = u64::try_from(length).unwrap_or_default();
            let mut bytes = file.take(length);
            // What an upload may say of its object besides is not held.
            if length <= HELD && response.output.metadata.is_none() {
                let mut content = Vec::new();
                bytes
                    .read_to_end(&mut content)
                    .await
                    .map_err(S3Error::internal_error)?;
                let object = HeldObject {
                    content: content.into(),
                    content_type: response.output.content_type.clone(),
                    e_tag: response.output.e_tag.clone(),
                    last_modified: response.output.last_modified.clone(),
                };
                let mut held = self.held();
                if held.changes == changes {
                    held.hold(key, object.clone());
                }
                return Ok(object.answer());
            }
            let chunks = ReaderStream::with_capacity(bytes, CHUNK);
            response.output.body = Some(StreamingBlob::wrap(chunks));
        }
        Ok(response)
    }

    async fn head_object(
        &self,
        mut request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        request.input.key = self.kept_at(request.input.key);
        self.files.head_object(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let key = request.input.key.clone();
        let content_type = request.input.content_type.clone();
        let size = request
            .input
            .content_length
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or_default();
        let response = match self.path(&key).filter(|_| is_plain(&request)) {
            Some(path) => self.put_plain(&path, request.input.body).await?,
            None => self.files.put_object(request).await?,
        };
        self.held().changed(&key);
        let mut pushes = self.pushes.lock().expect("no panic under the pushes' lock");
        pushes.uploaded(&key, size, content_type);
        Ok(response)
    }
}
