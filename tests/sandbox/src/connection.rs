//! Connections: accepted, given TLS where wanted, and served with hyper itself, as faults need a say in how a
//! connection ends.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::misbehave::FlushSignal;
use crate::site::Site;
use crate::tls::Certificates;

/// What a site knows of the connection a request came on.
pub(crate) struct Connection {
    pub id: u64,
    pub flushed: Arc<FlushSignal>,
    /// Set when what the client still sends after the last answer is to be thrown away: a socket that is closed with
    /// unread bytes in it resets the connection, and the client may lose the answer.
    pub linger: AtomicBool,
    /// Set when the connection is to be reset when it ends.
    pub reset: AtomicBool,
    /// What follows the answer that is written next, as if it were the start of another one.
    pub stray: Arc<Stray>,
}

/// Bytes beyond the announced length of an answer.
pub(crate) type Stray = Mutex<Bytes>;

/// How long a connection lingers.
const LINGER: Duration = Duration::from_secs(10);

/// Accepts and serves connections for ever.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<Arc<Certificates>>,
    ids: Arc<AtomicU64>,
    site: Arc<Site>,
    connections: &mut JoinSet<()>,
) {
    loop {
        while connections.try_join_next().is_some() {}
        // An error here is the one connection's (it was reset already) or a lack of descriptors, which passes.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let connection = Connection {
            id: ids.fetch_add(1, Ordering::Relaxed) + 1,
            flushed: Arc::default(),
            linger: AtomicBool::new(false),
            reset: AtomicBool::new(false),
            stray: Arc::default(),
        };
        let tls = tls.as_ref().map(|tls| tls.acceptor());
        connections.spawn(serve(stream, tls, connection, Arc::clone(&site)));
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    connection: Connection,
    site: Arc<Site>,
) {
    // Small answers must not wait for the client's delayed acknowledgements.
    let _ = stream.set_nodelay(true);
    let connection = Arc::new(connection);
    match tls {
        None => {
            let mut stream = stream;
            converse(&mut stream, &connection, site).await;
            end(&stream, &connection);
        }
        Some(tls) => {
            if let Ok(mut stream) = tls.accept(stream).await {
                converse(&mut stream, &connection, site).await;
                end(stream.get_ref().0, &connection);
            }
        }
    }
}

/// Makes the close that follows a reset, where a fault wants one.
fn end(stream: &TcpStream, connection: &Connection) {
    if connection.reset.load(Ordering::Relaxed) {
        // It fails only if the connection is gone already.
        let _ = stream.set_zero_linger();
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    connection: &Arc<Connection>,
    site: Arc<Site>,
) {
    let mut stream = Watched {
        stream,
        flushed: Arc::clone(&connection.flushed),
        stray: Arc::clone(&connection.stray),
    };
    let service = service_fn(|request| Arc::clone(&site).answer(Arc::clone(connection), request));
    // Failures are the client's affair, or a fault's doing.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(&mut stream), service)
        .await;
    if connection.linger.load(Ordering::Relaxed) {
        let mut nowhere = tokio::io::sink();
        let rest = tokio::io::copy(&mut stream, &mut nowhere);
        let _ = tokio::time::timeout(LINGER, rest).await;
    }
}

/// A stream that tells when all that was written is sent, and sends stray bytes after it.
struct Watched<S> {
    stream: S,
    flushed: Arc<FlushSignal>,
    stray: Arc<Stray>,
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn poll_stray(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stray = self.stray.lock().expect("no panic under the stray's lock");
        while !stray.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &stray))?;
            stray.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        ready!(self.poll_stray(context))?;
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if let Poll::Ready(Ok(())) = flushed {
            self.flushed.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
