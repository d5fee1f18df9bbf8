//! A request body of known length. It is filled piece by piece, and records when its last byte was sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::port::Trace;

pub(super) struct UploadBody {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
    trace: Arc<Trace>,
}

impl UploadBody {
    /// Makes a body of `len` bytes, which come through the returned sender. Keep the sender until the request is
    /// answered.
    pub fn new(len: u64, trace: Arc<Trace>) -> (mpsc::Sender<Bytes>, Self) {
        let (sender, pieces) = mpsc::channel(1);
        let body = UploadBody {
            pieces,
            left: len,
            trace,
        };
        (sender, body)
    }

    /// Makes a body from bytes in memory.
    pub fn whole(bytes: Bytes, trace: Arc<Trace>) -> Self {
        let (sender, body) = UploadBody::new(bytes.len() as u64, trace);
        // The channel has room for one piece.
        let _ = sender.try_send(bytes);
        body
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.pieces.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                self.left = self.left.saturating_sub(piece.len() as u64);
                if self.left == 0 {
                    self.trace.sent();
                }
                Ok(Frame::data(piece))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
