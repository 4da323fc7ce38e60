//! A model server that streams one word at a time, when the test sends it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use hyper::{
    body::{Body, Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

pub(crate) struct StreamingModel {
    pub(crate) address: SocketAddr,
    words: mpsc::UnboundedSender<&'static str>,
    dropped: mpsc::UnboundedReceiver<()>,
}

type Words = Arc<Mutex<mpsc::UnboundedReceiver<&'static str>>>;

/// A streamed response, which reports when it is dropped.
struct StreamedResponse {
    words: tokio::sync::OwnedMutexGuard<mpsc::UnboundedReceiver<&'static str>>,
    dropped: mpsc::UnboundedSender<()>,
    finished: bool,
}

impl StreamingModel {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (words, receiver) = mpsc::unbounded_channel();
        let (gone_sender, dropped) = mpsc::unbounded_channel();
        tokio::spawn(serve(listener, Arc::new(Mutex::new(receiver)), gone_sender));
        Self { address, words, dropped }
    }

    /// Streams a word. An empty word ends the response.
    pub(crate) fn send_word(&self, word: &'static str) {
        self.words.send(word).unwrap();
    }

    /// Waits until a response is dropped.
    pub(crate) async fn wait_for_disconnect(&mut self) {
        self.dropped.recv().await.unwrap();
    }
}

async fn serve(listener: TcpListener, words: Words, dropped: mpsc::UnboundedSender<()>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (words, dropped) = (Arc::clone(&words), dropped.clone());
        let service = service_fn(move |_: Request<Incoming>| {
            let (words, dropped) = (Arc::clone(&words), dropped.clone());
            async move {
                let speech = StreamedResponse { words: words.lock_owned().await, dropped, finished: false };
                let response = Response::builder().header("content-type", "text/event-stream");
                Ok::<_, Infallible>(response.body(speech).unwrap())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Body for StreamedResponse {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.finished {
            return Poll::Ready(None);
        }
        self.words.poll_recv(context).map(|word| {
            let word = word?;
            self.finished = word.is_empty();
            let event = match word {
                "" => "[DONE]".to_owned(),
                word => json!({"choices": [{"index": 0, "delta": {"content": word}}]}).to_string(),
            };
            Some(Ok(Frame::data(format!("data: {event}\n\n").into())))
        })
    }
}

impl Drop for StreamedResponse {
    fn drop(&mut self) {
        let _ = self.dropped.send(());
    }
}
