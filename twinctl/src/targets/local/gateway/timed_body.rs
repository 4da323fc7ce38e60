//! A response body that fails if it is not complete in time.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug)]
pub(super) struct TimedBody<B> {
    body: B,
    end: Pin<Box<Sleep>>,
}

impl<B> TimedBody<B> {
    pub(super) fn new(body: B, until: Instant) -> Self {
        Self { body, end: Box::pin(sleep_until(until)) }
    }
}

impl<B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Unpin> Body for TimedBody<B> {
    type Data = B::Data;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => self.end.as_mut().poll(context).map(|()| Some(Err("it took too long".into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::stream;
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use hyper::body::Bytes;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_never_complete_ends_with_an_error() {
        let until = Instant::now() + Duration::from_mins(1);
        let endless = StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
        TimedBody::new(endless, until).collect().await.unwrap_err();
        assert!(Instant::now() >= until);
        let body = TimedBody::new(Full::new(Bytes::from("done")), until).collect().await.unwrap();
        assert_eq!(body.to_bytes(), "done");
    }
}
