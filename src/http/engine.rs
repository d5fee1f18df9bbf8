//! The event loop. Each client has one; the host threads that are inside a call run it.
//!
//! reqwest's blocking client starts a hidden thread, which does not exist in a forked child, and its calls cannot be
//! cancelled. So this module uses the async client on a tokio runtime without a thread of its own: every wait is a
//! `block_on` on the caller's thread. The runtime's pool has a thread only while a name is being resolved or a
//! certificate is being checked, and 20 ms longer.

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use once_cell::race::OnceBox;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;
use tower::util::MapFutureLayer;

use super::resolver::Resolver;
use super::{certificates, failure, proxy, tls};
use crate::config::{Proxy, Settings};
use crate::error::{ErrorKind, Result};
use crate::stats::Counters;

/// How long an idle connection is kept. The portal's side closes idle connections after some time; a shorter time here
/// means that few dead ones are found.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// How long a thread of the pool waits for more work.
const THREAD_IDLE: Duration = Duration::from_millis(20);

/// How many names are resolved and certificates checked at once. One that hangs keeps its thread after the call has
/// given up.
const POOL_THREADS: usize = 32;

/// How much longer the limit on a connection is than the limit on name resolution. So the limit on the name ends first,
/// and its error is more exact.
const GRACE: Duration = Duration::from_millis(50);

/// How much longer the check of a certificate may take than the connection. Windows gives up on revocation lists after
/// ten seconds, and then accepts the certificate.
const CHECK_LASTS: Duration = Duration::from_secs(5);

pub(crate) struct Engine {
    settings: Arc<Settings>,
    counters: Arc<Counters>,
    process: u32,
    parts: Option<(Runtime, reqwest::Client)>,
    /// The engine of a forked child. The parent may have held locks at the fork, so the child uses nothing of the
    /// parent's engine, and this chain has no lock.
    successor: OnceBox<Arc<Engine>>,
}

impl Engine {
    pub fn new(settings: Settings) -> Result<Arc<Self>> {
        Self::with(Arc::new(settings), Arc::default()).map(Arc::new)
    }

    fn with(settings: Arc<Settings>, counters: Arc<Counters>) -> Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder
            .enable_all()
            .thread_keep_alive(THREAD_IDLE)
            .max_blocking_threads(POOL_THREADS);
        #[cfg(unix)]
        builder.on_thread_start(|| {
            // The host's signals must run on the host's threads.
            let _ = nix::sys::signal::SigSet::all().thread_block();
        });
        let runtime = builder
            .build()
            .map_err(|why| ErrorKind::Internal(format!("no event loop: {why}")))?;
        Ok(Engine {
            process: std::process::id(),
            parts: Some((runtime, client(&settings, &counters)?)),
            successor: OnceBox::new(),
            settings,
            counters,
        })
    }

    /// The engine of this process: this one, or in a forked child the child's own.
    pub fn current(self: &Arc<Self>) -> Result<&Arc<Engine>> {
        let mut engine = self;
        while !engine.is_of_this_process() {
            engine = engine.successor.get_or_try_init(|| {
                let engine = Engine::with(self.settings.clone(), self.counters.clone())?;
                Result::Ok(Box::new(Arc::new(engine)))
            })?;
        }
        Ok(engine)
    }

    /// Whether this process made the engine, and did not inherit it by a fork.
    pub fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.parts().1
    }

    /// Fails if this thread runs a task of an async runtime: waiting here would block the runtime's other tasks.
    pub fn check_can_wait(&self) -> Result<()> {
        // tokio's threads for blocking work also have a handle, but may wait. Only an attempt shows the difference.
        let refused = Handle::try_current().is_ok()
            && catch_unwind(AssertUnwindSafe(|| self.wait(async {}))).is_err();
        match refused {
            false => Ok(()),
            true => Err(ErrorKind::InvalidArgument(
                "the call was made in an async task and would block its thread; make the call in the runtime's spawn_blocking"
                    .into(),
            )
            .into()),
        }
    }

    /// Waits for `work` on the caller's thread.
    ///
    /// Without tokio's cooperative budget: `work` may hold futures that live on in a later wait. tokio delays the
    /// wake-up of a task whose budget is used up, and loses that wake-up if the `block_on` ends first.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.parts().0.block_on(tokio::task::unconstrained(work))
    }

    /// Ends the exchanges of a call by `drop_them`, and lets their connections come to rest: nothing drives them while no
    /// thread is inside a call. A connection that goes back to the pool needs the event loop around it.
    pub fn settle(&self, drop_them: impl FnOnce()) {
        self.wait(async {
            drop_them();
            turns().await;
        });
    }

    fn parts(&self) -> &(Runtime, reqwest::Client) {
        match &self.parts {
            Some(parts) => parts,
            None => unreachable!("an engine loses its parts only when it is dropped"),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some((runtime, client)) = self.parts.take() else {
            return;
        };
        if self.is_of_this_process() {
            drop(client);
            // Unlike a plain drop, this may run on a thread that is inside another runtime, and it does not wait for a
            // name.
            runtime.shutdown_background();
        } else {
            // In a forked child, these connections and this event queue belong to the parent. Closing them here would
            // end the parent's TLS sessions.
            std::mem::forget((runtime, client));
        }
    }
}

/// Lets the event loop notice what has happened, such as idle connections that the server has closed.
pub(crate) async fn turns() {
    for _ in 0..2 {
        // Not tokio's yield_now: its wake-up is lost if the wait ends first.
        let mut turned = false;
        poll_fn(|context| {
            if turned {
                return Poll::Ready(());
            }
            turned = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Runs `work` as a task of the event loop. So its frames, which are large while a connection is made, do not come on top
/// of those of the call that waits for it. The host's thread may have a small stack.
async fn beside_the_call<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    // Dropped with this future, a set ends its tasks.
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(why)) => resume_unwind(why.into_panic()),
        None => unreachable!("the set has a task"),
    }
}

fn client(settings: &Settings, counters: &Arc<Counters>) -> Result<reqwest::Client> {
    let (counters, limit) = (counters.clone(), settings.connect_timeout);
    // What a proxy is sent must wait for the check of the proxy's own certificate, so that one is part of the handshake.
    let check_later = !proxy::speaks_tls(&settings.proxy);
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(settings)?)
        .dns_resolver(Resolver {
            timeout: settings.connect_timeout,
        })
        .user_agent(&settings.user_agent)
        .connector_layer(MapFutureLayer::new(move |connecting| {
            let counters = counters.clone();
            beside_the_call(async move {
                let connecting = async move {
                    tokio::time::timeout(limit + GRACE, connecting)
                        .await
                        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
                };
                let connection = match check_later {
                    true => certificates::checked(connecting, limit + CHECK_LASTS).await?,
                    false => connecting.await?,
                };
                counters.connected();
                Ok(connection)
            })
        }))
        .pool_idle_timeout(POOL_IDLE)
        // A redirect would send headers to a host that nobody configured. Redirects are reported as errors.
        .redirect(reqwest::redirect::Policy::none())
        // This crate decides what to retry.
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only();
    builder = match &settings.proxy {
        Proxy::System => builder,
        Proxy::None => builder.no_proxy(),
        Proxy::Url(url) => builder.proxy(reqwest::Proxy::all(url.as_str()).map_err(|_| {
            ErrorKind::InvalidConfig("proxy is not the URL of an HTTP proxy".into())
        })?),
    };
    builder.build().map_err(|why| {
        ErrorKind::InvalidConfig(format!(
            "no HTTP client could be made: {}",
            failure::chain(&why.without_url())
        ))
        .into()
    })
}
