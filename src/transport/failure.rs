//! What a broken connection means, told from reqwest's error and the errors inside it.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::dns::NotResolved;
use crate::config::{Proxy, Settings};
use crate::error::ErrorKind;

/// The failure of a request before its answer began.
pub(super) fn before_answer(error: reqwest::Error, settings: &Settings, to: &str) -> ErrorKind {
    // The URL of an upload or download holds a signature.
    let error = error.without_url();
    if let Some(lost) = find::<NotResolved>(&error) {
        return ErrorKind::HostNotFound(lost.to_string());
    }
    if let Some(why) = find::<rustls::Error>(&error) {
        return ErrorKind::TlsFailed(why.to_string());
    }
    let via = proxy_to(to, &settings.proxy)
        .map_or_else(String::new, |proxy| format!(" through the proxy {proxy}"));
    let told = settings
        .api_key
        .redact(&format!("{to}{via}: {}", chain(&error)));
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

/// The proxy that requests to an origin go through, without the password in its URL.
fn proxy_to(origin: &str, proxy: &Proxy) -> Option<String> {
    match proxy {
        Proxy::None => None,
        Proxy::Url(url) => Some(Url::parse(url).ok()?.origin().ascii_serialization()),
        // As reqwest finds it.
        Proxy::System => {
            let found = Matcher::from_system().intercept(&origin.parse().ok()?)?;
            let authority = found.uri().authority()?;
            Some(match authority.port() {
                Some(port) => format!("{}:{port}", authority.host()),
                None => authority.host().into(),
            })
        }
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
