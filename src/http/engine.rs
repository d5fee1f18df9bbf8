//! Where waiting happens: one event loop for each client, run by whichever host threads are inside a call.
//!
//! reqwest's blocking client starts a hidden thread, which a forked child does not have, and its waits cannot be
//! cancelled. Here the async client runs on a tokio runtime that has no thread of its own: every wait is a `block_on` on the
//! caller's thread. The runtime's pool has a thread only while the system resolves a name.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use once_cell::race::OnceBox;
use tokio::runtime::{Builder, Handle, Runtime};

use super::resolver::Resolver;
use super::{failure, tls};
use crate::config::{Proxy, Settings};
use crate::error::{ErrorKind, Result};

/// Idle connections are closed by the portal's side after some time; ours is shorter, so that few are found dead.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// How long a thread that resolved a name stays for another one.
const THREAD_IDLE: Duration = Duration::from_millis(20);

/// By how much the limit on a whole connection is longer than that on its name, so that the one which can say what took so
/// long ends first.
const GRACE: Duration = Duration::from_millis(50);

pub(crate) struct Engine {
    process: u32,
    parts: Option<(Runtime, reqwest::Client)>,
    /// The engine of a forked child. Locks may have been held in the parent at the fork, so nothing of the parent's
    /// engine is touched there, and the chain itself has no lock.
    successor: OnceBox<Engine>,
}

impl Engine {
    pub fn new(settings: &Settings) -> Result<Self> {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().thread_keep_alive(THREAD_IDLE);
        #[cfg(unix)]
        builder.on_thread_start(|| {
            // The host's signals are for the host's threads.
            let _ = nix::sys::signal::SigSet::all().thread_block();
        });
        let runtime = builder
            .build()
            .map_err(|why| ErrorKind::Internal(format!("no event loop: {why}")))?;
        Ok(Engine {
            process: std::process::id(),
            parts: Some((runtime, client(settings)?)),
            successor: OnceBox::new(),
        })
    }

    /// The engine of this process: itself, or after a fork the child's own.
    pub fn current(&self, settings: &Settings) -> Result<&Engine> {
        let mut engine = self;
        while engine.process != std::process::id() {
            engine = engine
                .successor
                .get_or_try_init(|| Engine::new(settings).map(Box::new))?;
        }
        Ok(engine)
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.parts().1
    }

    /// Whether this thread may wait here: a task of an async runtime must not, since it would hold up all the others.
    pub fn check_can_wait(&self) -> Result<()> {
        // A thread that tokio keeps for blocking work has a handle, too, and may wait; only an attempt tells them apart.
        let refused = Handle::try_current().is_ok()
            && catch_unwind(AssertUnwindSafe(|| self.wait(async {}))).is_err();
        match refused {
            false => Ok(()),
            true => Err(ErrorKind::InvalidArgument(
                "the call was made in an async task, which it would block; make it through the runtime's spawn_blocking"
                    .into(),
            )
            .into()),
        }
    }

    /// Waits for `work` on the caller's thread.
    ///
    /// `work` may hold futures that live on in a later wait. tokio forgets at the end of a `block_on` whom it wanted to wake
    /// because his share of time was used up, so no share is set.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.parts().0.block_on(tokio::task::unconstrained(work))
    }

    /// Lets connections that a call has left come to rest: nothing moves them while no thread is inside a call.
    pub fn settle(&self) {
        self.wait(turns());
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
        if self.process == std::process::id() {
            drop(client);
            // Unlike a plain drop this may also run on a thread that is inside another runtime, and waits for no name.
            runtime.shutdown_background();
        } else {
            // These connections and this event queue are the parent's: closing them here would end its TLS sessions.
            std::mem::forget((runtime, client));
        }
    }
}

/// Lets the event loop take note of what has happened, such as idle connections that the server has closed.
pub(super) async fn turns() {
    for _ in 0..2 {
        // Not tokio's yield_now: its wake-up is lost when the wait ends meanwhile.
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

fn client(settings: &Settings) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(settings)?)
        .dns_resolver(Resolver {
            limit: settings.connect_timeout,
        })
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout + GRACE)
        .pool_idle_timeout(POOL_IDLE)
        // A redirect would carry headers to a host nobody configured; each is reported instead.
        .redirect(reqwest::redirect::Policy::none())
        // This crate decides what is tried again.
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
