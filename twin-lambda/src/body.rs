//! The body of an answer: whole, or arriving piece by piece.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc;

#[derive(Debug)]
pub enum Body {
    Whole(Bytes),
    Stream { head: Option<Bytes>, rest: mpsc::Receiver<Bytes> },
}

impl Body {
    pub fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    pub fn stream(rest: mpsc::Receiver<Bytes>) -> Self {
        Self::Stream { head: None, rest }
    }

    /// Everything, once it is there.
    pub async fn collect(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Stream { head, mut rest } => {
                let mut all = head.unwrap_or_default().to_vec();
                while let Some(piece) = rest.recv().await {
                    all.extend_from_slice(&piece);
                }
                all.into()
            }
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => None,
            Self::Whole(bytes) => Some(std::mem::take(bytes)),
            Self::Stream { head, rest } => match head.take() {
                Some(head) => Some(head),
                None => std::task::ready!(rest.poll_recv(context)),
            },
        };
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}
