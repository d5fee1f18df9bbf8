//! Maps reqwest's errors, and the errors inside them, to this library's errors.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use super::certificates::NotChecked;
use super::proxy;
use super::resolver::NotResolved;
use crate::config::Settings;
use crate::error::ErrorKind;

/// hyper-util's text for a tunnel that a proxy answered with 407. The error has no type to check.
const PROXY_WANTS_SIGN_IN: &str = "proxy authorization required";

/// Returns the error of a request that failed before its answer began.
pub(super) async fn before_answer(
    error: reqwest::Error,
    settings: &Settings,
    to: &str,
) -> ErrorKind {
    // The URL of an upload or a download holds a signature.
    let error = error.without_url();
    match find::<NotResolved>(&error) {
        Some(failed @ NotResolved::Failed { .. }) => {
            return ErrorKind::HostNotFound(failed.to_string());
        }
        Some(NotResolved::TimedOut { host, timeout }) => {
            return ErrorKind::ResolutionTimeout {
                host: host.clone(),
                timeout: *timeout,
            };
        }
        None => {}
    }
    if let Some(NotChecked { host, timeout }) = find(&error) {
        return ErrorKind::CertificateTimeout {
            host: host.clone(),
            timeout: *timeout,
        };
    }
    match find::<rustls::Error>(&error) {
        Some(rustls::Error::InvalidCertificate(why)) => return not_accepted(why),
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

fn not_accepted(why: &CertificateError) -> ErrorKind {
    /// Windows' CRYPT_E_NO_REVOCATION_CHECK and CRYPT_E_REVOCATION_OFFLINE, as `std` writes them into a text.
    const REVOCATION: [&str; 2] = ["(os error -2146885614)", "(os error -2146885613)"];
    match why {
        CertificateError::UnknownRevocationStatus => ErrorKind::RevocationUnknown(why.to_string()),
        CertificateError::Other(platforms) => {
            let told = platforms.to_string();
            match REVOCATION.iter().any(|code| told.contains(code)) {
                true => ErrorKind::RevocationUnknown(told),
                false => ErrorKind::CertificateRefused(told),
            }
        }
        _ => ErrorKind::CertificateRefused(why.to_string()),
    }
}

/// The text of an error and of all the errors inside it, outermost first, without repetition.
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
        // `io::Error::source` skips the inner error itself and returns that error's source.
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<T>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
