//! A stand-in on loopback for the services that the function calls: the Runtime API, S3 and Bedrock.

mod stream;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::response::Builder;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

use stream::Streamed;

/// Longest wait for a single step of the function.
const TIMEOUT: Duration = Duration::from_secs(30);

const FACTS: &str =
    r#"{"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com", "role": "Engineer"}"#;
const SUMMARY: &str = "I have written compilers for ten years, and I teach on Sundays.";

pub(super) struct StandIn {
    pub(super) address: String,
    steps: Receiver<Step>,
    shared: Arc<Shared>,
}

/// A step of the function, and its time.
#[derive(Debug)]
pub(super) enum Step {
    /// It requested its next event.
    Requested(Instant),
    /// It received an event.
    Received(Instant),
    /// The model sent its first token.
    Started(Instant),
    /// The function sent the first token.
    Forwarded(Instant),
    /// It sent a response.
    Responded(Instant, Bytes),
}

struct Shared {
    event: Mutex<Option<Bytes>>,
    arrived: Notify,
    /// The function has sent the beginning of a streamed response, and then the first token.
    progress: Notify,
    objects: Mutex<HashMap<String, Bytes>>,
    steps: Sender<Step>,
}

impl StandIn {
    pub(super) fn start() -> Result<Self> {
        let (sender, steps) = channel();
        let shared = Arc::new(Shared {
            event: Mutex::default(),
            arrived: Notify::new(),
            progress: Notify::new(),
            objects: Mutex::default(),
            steps: sender,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?.to_string();
        let served = Arc::clone(&shared);
        thread::spawn(move || runtime.block_on(serve(listener, served)));
        Ok(Self { address, steps, shared })
    }

    /// Resets everything for a new process: no conversations, the same persona.
    pub(super) fn reset(&self) {
        while self.steps.try_recv().is_ok() {}
        lock(&self.shared.event).take();
        let mut objects = lock(&self.shared.objects);
        objects.clear();
        objects.insert("/persona/data/facts.json".to_owned(), Bytes::from(FACTS));
        objects.insert("/persona/data/summary.txt".to_owned(), Bytes::from(SUMMARY));
    }

    /// Waits until the function requests its first event, and returns the time of the request.
    pub(super) fn wait(&self) -> Result<Instant> {
        loop {
            if let Step::Requested(at) = self.next()? {
                return Ok(at);
            }
        }
    }

    /// Sends one event, and returns the milliseconds until its response is complete.
    pub(super) fn turn(&self, number: u32) -> Result<f64> {
        self.send(event(number));
        let mut received = None;
        loop {
            match self.next()? {
                Step::Requested(_) | Step::Started(_) | Step::Forwarded(_) => {}
                Step::Received(at) => received = Some(at),
                Step::Responded(at, body) => {
                    let answer: Value = serde_json::from_slice(&body)?;
                    if answer["statusCode"] != 200 {
                        bail!("the response to turn {number} is {answer}");
                    }
                    let received = received.context("response before its event")?;
                    return Ok(at.duration_since(received).as_secs_f64() * 1000.0);
                }
            }
        }
    }

    /// Sends one event of a REST API. Returns the milliseconds from the model's first token until it is received.
    pub(super) fn first_token(&self, number: u32) -> Result<f64> {
        self.send(stream::event(number));
        let (mut started, mut forwarded) = (None, None);
        loop {
            match self.next()? {
                Step::Requested(_) | Step::Received(_) => {}
                Step::Started(at) => started = Some(at),
                Step::Forwarded(at) => forwarded = Some(at),
                Step::Responded(_, body) => {
                    let Some((started, forwarded)) = started.zip(forwarded) else {
                        bail!("turn {number} was not streamed: {}", String::from_utf8_lossy(&body));
                    };
                    let is_complete = body.windows(11).any(|part| part == b"event: done");
                    is_complete.then_some(()).context("the stream is not complete")?;
                    return Ok(forwarded.duration_since(started).as_secs_f64() * 1000.0);
                }
            }
        }
    }

    fn send(&self, event: Bytes) {
        *lock(&self.shared.event) = Some(event);
        self.shared.arrived.notify_one();
    }

    fn next(&self) -> Result<Step> {
        self.steps.recv_timeout(TIMEOUT).context("the function timed out")
    }
}

/// The event of a question. Each conversation has five turns.
fn event(number: u32) -> Bytes {
    let body =
        json!({"message": "What do you do?", "session_id": format!("visitor-{}", number / 5)}).to_string();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/api/chat",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "example.execute-api.local"},
        "requestContext": {
            "http": {"method": "POST", "path": "/api/chat", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"},
            "domainName": "example.execute-api.local",
            "requestId": number.to_string(),
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": false,
    });
    event.to_string().into()
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Nagle's algorithm would delay every response.
        drop(stream.set_nodelay(true));
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| answer(Arc::clone(&shared), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Either<Full<Bytes>, Streamed>>, Infallible> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    if path.ends_with("/converse-stream") {
        return Ok(Response::new(Either::Right(shared.converse_stream())));
    }
    let response = if stream::is_streamed(&head.headers) {
        shared.receive_stream(body).await
    } else if path.ends_with("/invocation/next") {
        shared.next_event().await
    } else {
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if path.starts_with("/2018-06-01/runtime/") {
            drop(shared.steps.send(Step::Responded(Instant::now(), body)));
            reply(Response::builder().status(202), Bytes::new())
        } else if path.starts_with("/model/") {
            reply(Response::builder().header("content-type", "application/json"), converse())
        } else {
            shared.bucket(&head.method, &path, head.uri.query().unwrap_or_default(), body)
        }
    };
    Ok(response.map(Either::Left))
}

impl Shared {
    async fn next_event(&self) -> Response<Full<Bytes>> {
        drop(self.steps.send(Step::Requested(Instant::now())));
        let event = loop {
            if let Some(event) = lock(&self.event).take() {
                break event;
            }
            self.arrived.notified().await;
        };
        let in_ten_minutes = std::time::UNIX_EPOCH.elapsed().unwrap_or_default() + Duration::from_mins(10);
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", "00000000-0000-0000-0000-000000000001")
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-west-1:000000000000:function:twin",
            )
            .header("lambda-runtime-deadline-ms", in_ten_minutes.as_millis().to_string());
        drop(self.steps.send(Step::Received(Instant::now())));
        reply(response, event)
    }

    /// Receives a streamed response.
    async fn receive_stream(&self, mut body: Incoming) -> Response<Full<Bytes>> {
        let mut received = Vec::new();
        let mut is_forwarded = false;
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else { continue };
            let at = Instant::now();
            if received.is_empty() {
                self.progress.notify_one();
            }
            received.extend_from_slice(&data);
            if !is_forwarded && received.windows(12).any(|part| part == b"event: token") {
                is_forwarded = true;
                drop(self.steps.send(Step::Forwarded(at)));
                self.progress.notify_one();
            }
        }
        drop(self.steps.send(Step::Responded(Instant::now(), received.into())));
        reply(Response::builder().status(202), Bytes::new())
    }

    /// Answers as the model: the first token when the function's stream has begun, the others when the first one has been
    /// received.
    fn converse_stream(self: Arc<Self>) -> Streamed {
        let (sender, chunks) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            self.progress.notified().await;
            drop(self.steps.send(Step::Started(Instant::now())));
            drop(sender.send(stream::first_token()));
            self.progress.notified().await;
            drop(sender.send(stream::other_tokens()));
        });
        Streamed(chunks)
    }

    fn bucket(&self, method: &Method, path: &str, query: &str, body: Bytes) -> Response<Full<Bytes>> {
        let mut objects = lock(&self.objects);
        match *method {
            Method::GET if query.contains("list-type=2") => reply(Response::builder(), list(&objects, path)),
            Method::GET => match objects.get(path) {
                Some(body) => reply(Response::builder().header("etag", etag(body)), body.clone()),
                None => reply(
                    Response::builder().status(404).header("content-type", "application/xml"),
                    Bytes::from("<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"),
                ),
            },
            Method::PUT => {
                let tag = etag(&body);
                objects.insert(path.to_owned(), body);
                reply(Response::builder().header("etag", tag), Bytes::new())
            }
            _ => reply(Response::builder().status(405), Bytes::new()),
        }
    }
}

fn list(objects: &HashMap<String, Bytes>, path: &str) -> Bytes {
    let bucket = format!("{}/", path.trim_end_matches('/'));
    let inside = objects.iter().filter_map(|(path, body)| Some((path.strip_prefix(&bucket)?, body)));
    let contents =
        inside.map(|(key, body)| format!("<Contents><Key>{key}</Key><ETag>{}</ETag></Contents>", etag(body)));
    format!("<ListBucketResult>{}</ListBucketResult>", contents.collect::<String>()).into()
}

/// Depends on the length alone, because every change of a conversation changes its length.
fn etag(body: &Bytes) -> String {
    format!("\"{}\"", body.len())
}

fn converse() -> Bytes {
    let answer = json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "I write compilers, and I teach on Sundays."}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 400, "outputTokens": 12, "totalTokens": 412},
        "metrics": {"latencyMs": 1},
    });
    answer.to_string().into()
}

fn reply(response: Builder, body: Bytes) -> Response<Full<Bytes>> {
    response.body(Full::new(body)).expect("all headers are valid")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
