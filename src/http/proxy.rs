//! The proxy that requests go through, if any: its name for messages, and the authentication schemes that it asks for.

use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::config::{Proxy, Settings};

/// How long to wait for the proxy's list of authentication schemes.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// The largest head of a proxy's answer that is read, in bytes.
const HEAD: usize = 16 * 1024;

/// The proxy that requests to this origin go through, without the user and the password of its URL.
pub(super) fn find(origin: &str, proxy: &Proxy) -> Option<Url> {
    let found = match proxy {
        Proxy::None => return None,
        Proxy::Url(url) => url.to_string(),
        // In the same way as reqwest.
        Proxy::System => {
            let found = Matcher::from_system().intercept(&origin.parse().ok()?)?;
            found.uri().to_string()
        }
    };
    let mut url = Url::parse(&found).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// Whether a proxy is reached over TLS, for requests to any host.
pub(super) fn speaks_tls(proxy: &Proxy) -> bool {
    ["http://portal.invalid", "https://portal.invalid"]
        .iter()
        .filter_map(|origin| find(origin, proxy))
        .any(|proxy| proxy.scheme() == "https")
}

/// The name of that proxy for messages: scheme, host and port.
pub(super) fn name(origin: &str, proxy: &Proxy) -> Option<String> {
    find(origin, proxy).map(|url| url.origin().ascii_serialization())
}

/// The authentication scheme in a `Proxy-Authenticate` header, such as `NTLM`.
pub(super) fn scheme(challenge: &str) -> Option<String> {
    let word = challenge.split_whitespace().next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (word.len() <= 32 && word.chars().all(plain)).then(|| word.to_string())
}

/// Asks a proxy that has refused a tunnel which authentication schemes it offers. The HTTP client does not return that
/// part of its answer. The question carries no user and no password, so it cannot lock an account. Empty if the proxy
/// does not say.
pub(super) async fn offered_schemes(origin: &str, settings: &Settings) -> Vec<String> {
    let asked = tokio::time::timeout(ASK_LIMIT, ask(origin, settings)).await;
    asked.ok().flatten().unwrap_or_default()
}

async fn ask(origin: &str, settings: &Settings) -> Option<Vec<String>> {
    let proxy = find(origin, &settings.proxy).filter(|proxy| proxy.scheme() == "http")?;
    let target = Url::parse(origin).ok()?;
    let target = format!("{}:{}", target.host_str()?, target.port_or_known_default()?);
    let address = (proxy.host_str()?, proxy.port_or_known_default()?);
    let mut connection = TcpStream::connect(address).await.ok()?;
    let request =
        format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while head.len() < HEAD {
        let len = connection.read(&mut piece).await.ok()?;
        head.extend_from_slice(&piece[..len]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut answer = httparse::Response::new(&mut headers);
        match answer.parse(&head).ok()? {
            httparse::Status::Complete(_) => {
                let challenges = answer
                    .headers
                    .iter()
                    .filter(|header| header.name.eq_ignore_ascii_case("proxy-authenticate"));
                return Some(
                    challenges
                        .filter_map(|header| scheme(std::str::from_utf8(header.value).ok()?))
                        .collect(),
                );
            }
            httparse::Status::Partial if len == 0 => return None,
            httparse::Status::Partial => {}
        }
    }
    None
}
