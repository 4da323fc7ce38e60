//! A model server on this machine that says one word at a time, when the test lets it.

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

pub(crate) struct Model {
    pub(crate) address: SocketAddr,
    words: mpsc::UnboundedSender<&'static str>,
    gone: mpsc::UnboundedReceiver<()>,
}

type Words = Arc<Mutex<mpsc::UnboundedReceiver<&'static str>>>;

/// One answer; it says so when nobody listens to it any more.
struct Speech {
    words: tokio::sync::OwnedMutexGuard<mpsc::UnboundedReceiver<&'static str>>,
    gone: mpsc::UnboundedSender<()>,
    over: bool,
}

impl Model {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (words, said) = mpsc::unbounded_channel();
        let (gone_sender, gone) = mpsc::unbounded_channel();
        tokio::spawn(serve(listener, Arc::new(Mutex::new(said)), gone_sender));
        Self { address, words, gone }
    }

    /// The end of an answer is an empty word.
    pub(crate) fn say(&self, word: &'static str) {
        self.words.send(word).unwrap();
    }

    /// Resolves when an answer is not listened to any more.
    pub(crate) async fn nobody_listens(&mut self) {
        self.gone.recv().await.unwrap();
    }
}

async fn serve(listener: TcpListener, words: Words, gone: mpsc::UnboundedSender<()>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (words, gone) = (Arc::clone(&words), gone.clone());
        let service = service_fn(move |_: Request<Incoming>| {
            let (words, gone) = (Arc::clone(&words), gone.clone());
            async move {
                let speech = Speech { words: words.lock_owned().await, gone, over: false };
                let response = Response::builder().header("content-type", "text/event-stream");
                Ok::<_, Infallible>(response.body(speech).unwrap())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Body for Speech {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.over {
            return Poll::Ready(None);
        }
        self.words.poll_recv(context).map(|word| {
            let word = word?;
            self.over = word.is_empty();
            let event = match word {
                "" => "[DONE]".to_owned(),
                word => json!({"choices": [{"index": 0, "delta": {"content": word}}]}).to_string(),
            };
            Some(Ok(Frame::data(format!("data: {event}\n\n").into())))
        })
    }
}

impl Drop for Speech {
    fn drop(&mut self) {
        let _ = self.gone.send(());
    }
}
