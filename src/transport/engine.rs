//! Where waiting happens: one tokio runtime per process, driven by whichever host threads are inside a call.
//!
//! reqwest's blocking client starts a hidden thread, which a forked child does not have, and its waits cannot be
//! cancelled. Here the async client runs on a current-thread runtime that has no thread of its own: every wait is a
//! `block_on` on the caller's thread, and each is a choice between the work, a cancel, and a deadline.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;
use tokio::runtime::{Builder, Runtime};

use super::Run;
use super::{dns, tls};
use crate::call::CANCELLED;
use crate::config::{Proxy, Settings};
use crate::error::{ErrorKind, Result};

/// Idle connections are closed by the portal's side after some time; ours is shorter, so that few are found dead.
const POOL_IDLE: Duration = Duration::from_secs(30);

pub(super) struct Engine {
    process: u32,
    parts: Option<(Runtime, reqwest::Client)>,
    /// The engine of a forked child. Locks may have been held in the parent at the fork, so nothing of the parent's
    /// engine is touched there, and the chain itself has no lock.
    successor: OnceBox<Engine>,
}

impl Engine {
    pub fn new(settings: &Settings) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
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

    pub fn http(&self) -> &reqwest::Client {
        &self.parts().1
    }

    /// Waits for `work` on the caller's thread, until it is done, the call is cancelled, the call's deadline passes, or
    /// `idle` passes.
    pub fn wait<T>(
        &self,
        run: &Run<'_>,
        idle: Option<Duration>,
        waiting_for: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T> {
        let deadline = run.deadline;
        let idle_until = idle.and_then(|limit| Instant::now().checked_add(limit));
        let first = idle_until.map_or(deadline, |at| at.min(deadline));
        let mut work = pin!(work);
        loop {
            // Here rather than amid the wait: the callback may take its time, or use this client.
            run.look()?;
            let ended = self.parts().0.block_on(async {
                tokio::select! {
                    biased;
                    () = run.call.cancelled() => Some(Err(ErrorKind::Cancelled(CANCELLED).into())),
                    done = &mut work => Some(Ok(done)),
                    () = tokio::time::sleep_until(first.into()) => Some(Err(match idle {
                        Some(limit) if first < deadline => ErrorKind::Idle { limit, waiting_for },
                        _ => ErrorKind::DeadlinePassed(run.limit),
                    }
                    .into())),
                    () = tokio::time::sleep_until(run.next_look.get().into()), if run.call.looks() => None,
                }
            });
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Lets connections that a call has left come to rest: nothing moves them while no thread is inside a call.
    pub fn settle(&self) {
        self.parts().0.block_on(turns());
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
            // Unlike a plain drop this may also run on a thread that is inside another runtime.
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
        tokio::task::yield_now().await;
    }
}

fn client(settings: &Settings) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(settings)?)
        .dns_resolver(dns::Resolver::default())
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
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
            super::failure::chain(&why.without_url())
        ))
        .into()
    })
}
