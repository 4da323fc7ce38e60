//! Hundreds of streams at once, each from another address.

use std::{convert::Infallible, net::SocketAddr};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Body, Bytes, Frame, Incoming},
    client::conn::http1 as client,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use testbed::process::resident_kb;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{broadcast, mpsc},
    task::JoinSet,
};

use super::test_gateway::{TestGateway, backend_pid, ready};

const VISITORS: u8 = 150;
const NETWORKS: u8 = 2;
const STREAMS: usize = VISITORS as usize * NETWORKS as usize;
const WORDS: usize = 60;
/// An answer is a little shorter than the longest that a twin gives. As events, all of them have almost 3 MB. The gateway keeps
/// nothing of it; the backend keeps each answer until it is saved.
const MOST_GROWTH_KB: [u64; 2] = [2 * 1024, 8 * 1024];

#[testbed::test]
async fn three_hundred_visitors_receive_streams_at_once_with_flat_memory() {
    let (gateway, words) = (TestGateway::new(), broadcast::Sender::new(WORDS));
    // At this path, the twin does not look for Ollama.
    let url = format!("http://{}/openai/v1", start_model(words.clone()).await);
    let settings = [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", url.as_str())];
    gateway.twin_folder.write(&gateway.with_settings("model", &settings)).unwrap();
    let control = gateway.open().await;
    let status = ready(&control).await;
    let pids = [status.process.pid, backend_pid(&status)];

    let (sender, mut received) = mpsc::unbounded_channel();
    let mut visitors = JoinSet::new();
    for network in 0..NETWORKS {
        for visitor in 1..=VISITORS {
            visitors.spawn(receive([127, 0, network + 1, visitor], gateway.address(), sender.clone()));
        }
    }
    let mut all_received = async || {
        for _ in 0..STREAMS {
            received.recv().await.unwrap();
        }
    };
    let mut early = [0; 2];
    // The next word is sent only after every visitor has the previous one.
    for number in 0..WORDS {
        while words.receiver_count() < STREAMS {
            tokio::task::yield_now().await;
        }
        words.send(format!("{number}-{} ", "word".repeat(31))).unwrap();
        all_received().await;
        if number == 4 {
            early = pids.map(resident_kb);
        }
    }
    let late = pids.map(resident_kb);
    for ((early, late), most) in early.into_iter().zip(late).zip(MOST_GROWTH_KB) {
        assert!(late < early + most, "grew from {early} to {late} kB");
    }
    words.send(String::new()).unwrap();
    while let Some(text) = visitors.join_next().await {
        let text = text.unwrap();
        assert!(text.contains("event: done") && text.contains(&format!("{}-word", WORDS - 1)));
    }
}

/// Asks a question from an address, reports each token, and returns the stream.
async fn receive(source: [u8; 4], gateway: SocketAddr, tokens: mpsc::UnboundedSender<()>) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((source, 0).into()).unwrap();
    let stream = TokioIo::new(socket.connect(gateway).await.unwrap());
    let (mut sender, connection) = client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("/api/chat")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream");
    let body = json!({"message": "Who are you?"}).to_string();
    let response = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut body, mut text, mut seen) = (response.into_body(), String::new(), 0);
    while let Some(frame) = body.frame().await {
        text += std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap();
        let count = text.matches("event: token").count();
        for _ in seen..count {
            tokens.send(()).unwrap();
        }
        seen = count;
    }
    text
}

/// Starts a model that sends each word to all its clients. An empty word ends the answers.
async fn start_model(words: broadcast::Sender<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let words = words.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let words = words.clone();
                async move {
                    request.into_body().collect().await.unwrap();
                    let response = Response::builder().header("content-type", "text/event-stream");
                    Ok::<_, Infallible>(response.body(answer(words.subscribe())).unwrap())
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

fn answer(mut words: broadcast::Receiver<String>) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
    let (sender, body) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let word = words.recv().await.unwrap();
            let event = json!({"choices": [{"delta": {"content": word}}]}).to_string();
            let event = if word.is_empty() { "[DONE]" } else { &event };
            if sender.send(format!("data: {event}\n\n").into()).is_err() || word.is_empty() {
                return;
            }
        }
    });
    Streamed(body)
}

struct Streamed(mpsc::UnboundedReceiver<Bytes>);

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}
