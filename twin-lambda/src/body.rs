//! The body of a response: complete, or a stream of chunks.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc;

#[derive(Debug)]
pub enum Body {
    Full(Bytes),
    /// As in HTTP's chunked encoding, an empty chunk ends the stream. Without it, the stream was interrupted.
    Stream {
        first: Option<Bytes>,
        rest: mpsc::Receiver<Bytes>,
    },
}

/// The stream ended before its last chunk.
#[derive(Debug, thiserror::Error)]
#[error("the stream was interrupted")]
pub struct Interrupted;

impl Body {
    pub fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    pub fn stream(rest: mpsc::Receiver<Bytes>) -> Self {
        Self::Stream { first: None, rest }
    }

    /// Waits for the end of the stream and returns all bytes.
    pub async fn collect(self) -> Bytes {
        match self {
            Self::Full(bytes) => bytes,
            Self::Stream { first, mut rest } => {
                let mut all = first.unwrap_or_default().to_vec();
                while let Some(chunk) = rest.recv().await.filter(|chunk| !chunk.is_empty()) {
                    all.extend_from_slice(&chunk);
                }
                all.into()
            }
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        let chunk = match self.get_mut() {
            Self::Full(bytes) if bytes.is_empty() => None,
            Self::Full(bytes) => Some(std::mem::take(bytes)),
            Self::Stream { first, rest } => match first.take() {
                Some(first) => Some(first),
                None => match std::task::ready!(rest.poll_recv(context)) {
                    Some(chunk) => Some(chunk).filter(|chunk| !chunk.is_empty()),
                    None => return Poll::Ready(Some(Err(Interrupted))),
                },
            },
        };
        Poll::Ready(chunk.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}
