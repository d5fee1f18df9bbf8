//! A listener's way with a request: log it, let the faults have their say, then do the real work.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::connection::Connection;
use crate::fault::{Action, Answer, Then};
use crate::log::{Entry, Listener};
use crate::misbehave::{self, Ending};
use crate::portal::{DuplicateDelivery, ExpireLinks, SpoilEntries};
use crate::storage;
use crate::world::World;
use crate::{control, portal, web};

/// API Gateway takes 10 MB; more than that here, so that a client's own limit shows.
const BIGGEST_PORTAL_BODY: usize = 64 * 1024 * 1024;

/// One of the two servers.
pub(crate) struct Site {
    world: Arc<World>,
    kind: Kind,
}

enum Kind {
    Portal {
        erp: Router,
        /// The control API and the web page, which are neither logged nor harmed by faults.
        own: Router,
    },
    Storage,
}

/// The connection closes without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection is dropped")
    }
}

impl std::error::Error for Dropped {}

impl Site {
    pub(crate) fn portal(world: Arc<World>) -> Self {
        let own = control::routes(Arc::clone(&world)).merge(web::routes(Arc::clone(&world)));
        Self {
            kind: Kind::Portal {
                erp: portal::routes(Arc::clone(&world)),
                own,
            },
            world,
        }
    }

    pub(crate) fn storage(world: Arc<World>) -> Self {
        Self {
            world,
            kind: Kind::Storage,
        }
    }

    pub(crate) async fn answer(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Response, Dropped> {
        let path = request.uri().path();
        let listener = match &self.kind {
            Kind::Portal { own, .. } if path == "/" || path.starts_with("/_sandbox") => {
                return own
                    .clone()
                    .oneshot(request.map(Body::new))
                    .await
                    .map_err(|never| match never {});
            }
            Kind::Portal { .. } => Listener::Portal,
            Kind::Storage => Listener::Storage,
        };
        let (head, body) = request.into_parts();
        let entry = self.world.log.open(listener, connection.id, &head);
        let verdict = self
            .world
            .faults
            .judge(listener, head.method.as_str(), &head.uri);
        if let Some(id) = verdict.by {
            entry.fault(id);
        }
        let body = match self.receive(&entry, body).await? {
            Ok(body) => body,
            Err(too_long) => {
                entry.answered(too_long.status().as_u16());
                return Ok(too_long);
            }
        };
        // Even no delay would last until the timer's next millisecond.
        if !verdict.delay.is_zero() {
            tokio::time::sleep(verdict.delay).await;
        }
        let request = Request::from_parts(head, body);
        let response = match verdict.action {
            None => self.work(request).await,
            Some(action) => self.misbehave(action, &connection, request).await,
        }?;
        entry.answered(response.status().as_u16());
        Ok(response)
    }

    /// A portal body is small and kept for the log; a storage body streams, and is only counted.
    async fn receive(
        &self,
        entry: &Entry,
        body: Incoming,
    ) -> Result<Result<Body, Response>, Dropped> {
        match self.kind {
            Kind::Portal { .. } => match Limited::new(body, BIGGEST_PORTAL_BODY).collect().await {
                Ok(body) => {
                    let body = body.to_bytes();
                    entry.body(&body);
                    Ok(Ok(Body::from(body)))
                }
                Err(error) if error.is::<LengthLimitError>() => {
                    Ok(Err(StatusCode::PAYLOAD_TOO_LARGE.into_response()))
                }
                Err(_) => Err(Dropped),
            },
            Kind::Storage => {
                let received = entry.received();
                Ok(Ok(Body::new(body.map_frame(move |frame| {
                    if let Some(data) = frame.data_ref() {
                        received.fetch_add(data.len() as u64, Ordering::Relaxed);
                    }
                    frame
                }))))
            }
        }
    }

    /// The real handlers.
    async fn work(&self, request: Request<Body>) -> Result<Response, Dropped> {
        match &self.kind {
            Kind::Portal { erp, .. } => erp
                .clone()
                .oneshot(request)
                .await
                .map_err(|never| match never {}),
            Kind::Storage => self
                .world
                .storage
                .answer(request)
                .await
                .map_err(|_| Dropped),
        }
    }

    async fn misbehave(
        &self,
        action: Action,
        connection: &Connection,
        mut request: Request<Body>,
    ) -> Result<Response, Dropped> {
        let flushed = || Arc::clone(&connection.flushed);
        match action {
            // Added up by the rules already.
            Action::Delay { .. } => self.work(request).await,
            Action::Hang => {
                // An unread body would keep the client's going from being noticed.
                storage::drain(request.into_body()).await;
                std::future::pending().await
            }
            Action::DropBeforeHeaders => Err(Dropped),
            Action::ResetBeforeHeaders => {
                connection.reset.store(true, Ordering::Relaxed);
                Err(Dropped)
            }
            Action::LoseAnswer => {
                self.work(request).await?;
                Err(Dropped)
            }
            Action::WithholdAnswer => {
                self.work(request).await?;
                std::future::pending().await
            }
            Action::ExpireHandles => {
                self.world.state().queues.expire_handles();
                self.work(request).await
            }
            Action::DropWhileReading { bytes } => {
                storage::read_some(request.body_mut(), bytes).await;
                Err(Dropped)
            }
            Action::Status(answer) => match answer.early {
                None => Ok(instead(request, misbehave::made_up(answer, flushed())).await),
                Some(early) => {
                    let mut body = request.into_body();
                    storage::read_some(&mut body, early.after).await;
                    Ok(early_answer(connection, body, answer, early.then))
                }
            },
            Action::Garbage { body } => Ok(instead(request, misbehave::garbage(body)).await),
            Action::Html => Ok(instead(request, misbehave::html()).await),
            Action::Throttle { retry_after } => {
                Ok(instead(request, misbehave::throttled(retry_after)).await)
            }
            Action::Redirect { code, location } => {
                Ok(instead(request, misbehave::redirect(code, location)).await)
            }
            Action::ExpireLinks => {
                request.extensions_mut().insert(ExpireLinks);
                self.work(request).await
            }
            Action::DuplicateDelivery => {
                request.extensions_mut().insert(DuplicateDelivery);
                self.work(request).await
            }
            Action::SpoilEntries(entries) => {
                request.extensions_mut().insert(SpoilEntries(entries));
                self.work(request).await
            }
            Action::DropAfterHeaders => Ok(misbehave::cut(
                self.work(request).await?,
                0,
                Ending::Close,
                flushed(),
            )),
            Action::ResetAfterHeaders => {
                connection.reset.store(true, Ordering::Relaxed);
                Ok(misbehave::cut(
                    self.work(request).await?,
                    0,
                    Ending::Close,
                    flushed(),
                ))
            }
            Action::Truncate { bytes } => Ok(misbehave::cut(
                self.work(request).await?,
                bytes,
                Ending::Close,
                flushed(),
            )),
            Action::Stall { bytes } => Ok(misbehave::cut(
                self.work(request).await?,
                bytes,
                Ending::Silence,
                flushed(),
            )),
            Action::Trickle {
                bytes_per_chunk,
                ms,
            } => {
                let pause = Duration::from_millis(ms);
                Ok(misbehave::trickle(
                    self.work(request).await?,
                    bytes_per_chunk,
                    pause,
                ))
            }
            Action::NoLength => Ok(misbehave::no_length(self.work(request).await?)),
            Action::WrongLength { by } => {
                let response = self.work(request).await?;
                Ok(misbehave::wrong_length(response, by, connection).await)
            }
        }
    }
}

/// The made-up answer, once the client has sent its body.
async fn instead(request: Request<Body>, response: Response) -> Response {
    storage::drain(request.into_body()).await;
    response
}

/// The made-up answer while the rest of the request's body is unread.
fn early_answer(connection: &Connection, body: Body, answer: Answer, then: Then) -> Response {
    let response = misbehave::made_up(answer, Arc::clone(&connection.flushed));
    match then {
        Then::Close => {
            connection.linger.store(true, Ordering::Relaxed);
            misbehave::last(response)
        }
        Then::KeepOpen => {
            // hyper closes a connection whose request's body is dropped unread; this one is dropped with the sandbox.
            tokio::spawn(async move {
                let _unread = body;
                std::future::pending::<()>().await;
            });
            response
        }
    }
}
