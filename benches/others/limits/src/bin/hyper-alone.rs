//! hyper's connections and nothing around them.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use limits::{Answer, Headers, Result, Sender};
use tokio::net::TcpStream;

/// A connection for each host, opened when it is needed.
#[derive(Default)]
struct Connections {
    open: Vec<(String, SendRequest<Full<Bytes>>)>,
}

impl Sender for Connections {
    type Answer = Received;

    async fn send(&mut self, method: Method, url: &str, headers: Headers<'_>, body: Bytes) -> Result<Received> {
        let uri: Uri = url.parse()?;
        let authority = uri.authority().ok_or("a URL without a host")?.as_str();
        let place = match self.open.iter().position(|(of, _)| of == authority) {
            Some(place) => place,
            None => {
                let stream = TcpStream::connect(authority).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::task::spawn_local(connection);
                self.open.push((authority.to_owned(), sender));
                self.open.len() - 1
            }
        };
        let mut request = Request::builder().method(method).header("host", authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let path = uri.path_and_query().ok_or("a URL without a path")?.as_str();
        let sender = &mut self.open[place].1;
        sender.ready().await?;
        Ok(Received(sender.send_request(request.uri(path).body(Full::new(body))?).await?))
    }
}

struct Received(Response<Incoming>);

impl Answer for Received {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn length(&self) -> Option<u64> {
        self.0.headers().get("content-length")?.to_str().ok()?.parse().ok()
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        match self.0.body_mut().frame().await {
            Some(frame) => Ok(frame?.into_data().ok()),
            None => Ok(None),
        }
    }
}

fn main() -> Result<()> {
    limits::run(Connections::default)
}
