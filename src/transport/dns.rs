//! Name resolution that needs no thread and can be cancelled, which getaddrinfo cannot.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves through the system's name servers and hosts file.
#[derive(Clone, Default)]
pub(super) struct Resolver {
    made: Arc<Mutex<Option<TokioResolver>>>,
}

/// A failed resolution, found again in the error that reqwest wraps around it.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {why}")]
pub(super) struct NotResolved {
    pub host: String,
    pub why: String,
}

impl Resolver {
    fn get(&self) -> Result<TokioResolver, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some(resolver) => Ok(resolver.clone()),
            None => {
                let resolver = system_resolver()?;
                *made = Some(resolver.clone());
                Ok(resolver)
            }
        }
    }

    /// A service runs through changes of its name servers (a VPN, a new lease), so a failure re-reads the settings.
    fn forget(&self) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn system_resolver() -> Result<TokioResolver, String> {
    // Without system settings only the hosts file counts: asking a public name server instead would tell a stranger
    // what this machine talks to.
    let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|_| {
        TokioResolver::builder_with_config(
            ResolverConfig::default(),
            TokioRuntimeProvider::default(),
        )
    });
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.build().map_err(|why| why.to_string())
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_string();
            let found = match resolver.get() {
                Ok(system) => system.lookup_ip(host.as_str()).await.map_err(|why| {
                    match why.is_no_records_found() {
                        true => "the name servers know no such host".into(),
                        false => why.to_string(),
                    }
                }),
                Err(why) => Err(why),
            };
            match found {
                Ok(lookup) => {
                    let addresses: Vec<IpAddr> = lookup.iter().collect();
                    let addresses: Addrs =
                        Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)));
                    Ok(addresses)
                }
                Err(why) => {
                    resolver.forget();
                    Err(NotResolved { host, why }.into())
                }
            }
        })
    }
}
