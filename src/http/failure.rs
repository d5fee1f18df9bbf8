//! What a broken connection means, told from reqwest's error and the errors inside it.

use std::error::Error as StdError;
use std::io;

use super::proxy;
use super::resolver::NotResolved;
use crate::config::Settings;
use crate::error::ErrorKind;

/// How hyper-util says that a proxy answered 407 to a tunnel; its error has no type to ask.
const PROXY_WANTS_SIGN_IN: &str = "proxy authorization required";

/// The failure of a request before its answer began.
pub(super) async fn before_answer(
    error: reqwest::Error,
    settings: &Settings,
    to: &str,
) -> ErrorKind {
    // The URL of an upload or download holds a signature.
    let error = error.without_url();
    match find::<NotResolved>(&error) {
        Some(failed @ NotResolved::Failed { .. }) => {
            return ErrorKind::HostNotFound(failed.to_string());
        }
        Some(NotResolved::TimedOut { host, limit }) => {
            return ErrorKind::ResolutionTimeout {
                host: host.clone(),
                limit: *limit,
            };
        }
        None => {}
    }
    match find::<rustls::Error>(&error) {
        Some(rustls::Error::InvalidCertificate(why)) => {
            return ErrorKind::CertificateRefused(why.to_string());
        }
        Some(why) => return ErrorKind::HandshakeFailed(why.to_string()),
        None => {}
    }
    let why = chain(&error);
    if error.is_connect() && why.contains(PROXY_WANTS_SIGN_IN) {
        return ErrorKind::ProxyRefused {
            proxy: proxy::name(to, &settings.proxy),
            schemes: proxy::offered_schemes(to, settings).await,
        };
    }
    let via = proxy::name(to, &settings.proxy)
        .map_or_else(String::new, |proxy| format!(" through the proxy {proxy}"));
    let told = settings.api_key.redact(&format!("{to}{via}: {why}"));
    if error.is_connect() && error.is_timeout() {
        ErrorKind::ConnectTimeout(settings.connect_timeout)
    } else if error.is_connect() {
        ErrorKind::ConnectFailed(told)
    } else if error.is_builder() {
        ErrorKind::Internal(told)
    } else {
        ErrorKind::ConnectionLost(told)
    }
}

/// An error and all that it wraps, outermost first, each once.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        let text = inner.to_string();
        if !told.ends_with(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        next = inner.source();
    }
    told
}

fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An io::Error shows its inner error's source, but not the inner error itself.
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<T>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
