//! Connections: accepted, given TLS where wanted, and served with hyper itself, as faults need a say in how a
//! connection ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::misbehave::FlushSignal;
use crate::site::Site;

/// What a site knows of the connection a request came on.
pub(crate) struct Connection {
    pub id: u64,
    pub flushed: Arc<FlushSignal>,
    /// Set when what the client still sends after the last answer is to be thrown away: a socket that is closed with
    /// unread bytes in it resets the connection, and the client may lose the answer.
    pub linger: AtomicBool,
}

/// How long a connection lingers.
const LINGER: Duration = Duration::from_secs(10);

/// Accepts and serves connections for ever.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    ids: Arc<AtomicU64>,
    site: Arc<Site>,
) {
    loop {
        // An error here is the one connection's (it was reset already) or a lack of descriptors, which passes.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let connection = Connection {
            id: ids.fetch_add(1, Ordering::Relaxed) + 1,
            flushed: Arc::default(),
            linger: AtomicBool::new(false),
        };
        tokio::spawn(serve(stream, tls.clone(), connection, Arc::clone(&site)));
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
    match tls {
        None => converse(stream, connection, site).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                converse(stream, connection, site).await;
            }
        }
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    connection: Connection,
    site: Arc<Site>,
) {
    let mut stream = Watched {
        stream,
        flushed: Arc::clone(&connection.flushed),
    };
    let connection = Arc::new(connection);
    let service = service_fn(|request| Arc::clone(&site).answer(Arc::clone(&connection), request));
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

/// A stream that tells when all that was written is sent.
struct Watched<S> {
    stream: S,
    flushed: Arc<FlushSignal>,
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
