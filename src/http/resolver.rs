//! Resolves names as the operating system does (getaddrinfo): with its hosts file, name services and caches.
//!
//! getaddrinfo blocks and cannot be cancelled, so it runs on a thread of the event loop's pool. That thread ends
//! shortly after. A call can stop waiting for it at any time.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

pub(super) struct Resolver {
    /// How long a resolution may take.
    pub timeout: Duration,
}

/// A failed resolution. reqwest wraps it in its own error, where `failure` finds it again.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotResolved {
    #[error("{host}: {why}")]
    Failed { host: String, why: String },
    #[error("{host}: no answer within {} ms", .timeout.as_millis())]
    TimedOut { host: String, timeout: Duration },
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let timeout = self.timeout;
        Box::pin(async move {
            let host = name.as_str().to_string();
            // The connection sets the port itself.
            let lookup = tokio::net::lookup_host((host.clone(), 0));
            match tokio::time::timeout(timeout, lookup).await {
                Ok(Ok(found)) => {
                    let addresses: Vec<SocketAddr> = found.collect();
                    Ok(Box::new(addresses.into_iter()) as Addrs)
                }
                Ok(Err(why)) => {
                    let why = why.to_string();
                    Err(NotResolved::Failed { host, why }.into())
                }
                Err(_) => Err(NotResolved::TimedOut { host, timeout }.into()),
            }
        })
    }
}
