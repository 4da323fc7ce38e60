//! A stub of a model with OpenAI's API, which follows a script.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

use super::in_time;
use super::serve::serve;
use crate::body::Body;

/// The response of the stub to one request. The last step of a script is repeated.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Answer(&'static str),
    /// Answers with the number of the request, when the semaphore has a permit. Rejects a question that begins with `Fail`.
    Number(Arc<Semaphore>),
    Stop {
        text: &'static str,
        reason: &'static str,
    },
    Reject {
        status: u16,
    },
    /// Rejects the request with this message.
    Refuse(&'static str),
    /// Rejects the request with an error that repeats its key and its messages.
    Echo {
        status: u16,
    },
    /// Starts a stream and sends such an error in it.
    EchoInStream,
    /// Rejects the request when the semaphore has a permit.
    RejectLate(Arc<Semaphore>),
    /// Answers depending on the messages, as JSON, or rejects the request.
    Reply(fn(&str) -> Option<String>),
    Hang,
    /// Starts a stream and closes it before its end.
    CloseAfter(&'static str),
    /// Starts a stream and sends nothing more.
    HangAfter(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<Value>>>,
    disconnected: Arc<tokio::sync::Notify>,
}

pub(crate) async fn model(script: &[Step]) -> Model {
    let script = Arc::new(script.to_vec());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let disconnected = Arc::new(tokio::sync::Notify::new());
    let (received, notify) = (Arc::clone(&requests), Arc::clone(&disconnected));
    let url = serve(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let streamed = body["stream"] == true;
        let key = request.headers().get("authorization").map(|key| key.to_str().unwrap().to_owned());
        let echo = format!("rejected {} and {}", key.unwrap_or_default(), body["messages"]);
        let last = body["messages"].as_array().and_then(|messages| messages.last()?["content"].as_str());
        let question = last.unwrap_or_default().to_owned();
        let mut received = received.lock().unwrap();
        let step = script[received.len().min(script.len() - 1)].clone();
        received.push(body);
        let number = received.len();
        run(step, number, streamed, (question, echo), Arc::clone(&notify))
    })
    .await;
    Model { url, requests, disconnected }
}

impl Model {
    /// Waits until the stub has received this many requests.
    pub(crate) async fn wait_for_requests(&self, count: usize) {
        in_time(async {
            while self.requests.lock().unwrap().len() < count {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until the client of a hanging stream disconnects.
    pub(crate) async fn wait_for_disconnect(&self) {
        in_time(self.disconnected.notified()).await;
    }

    /// Returns the conversation in the last request, without the system prompt.
    pub(crate) fn last_input(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        let messages = requests.last().unwrap()["messages"].as_array().unwrap()[1..].iter();
        messages.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    }
}

async fn run(
    step: Step,
    number: usize,
    streamed: bool,
    (question, echo): (String, String),
    disconnected: Arc<tokio::sync::Notify>,
) -> Response<Body> {
    match step {
        Step::Answer(text) => complete(text, "stop", streamed),
        Step::Number(gate) => {
            gate.acquire().await.unwrap().forget();
            if question.starts_with("Fail") {
                return Response::builder().status(400).body(Body::empty()).unwrap();
            }
            complete(&format!("Answer {number}, ää🦀."), "stop", streamed)
        }
        Step::Stop { text, reason } => complete(text, reason, streamed),
        Step::Reject { status } => {
            let body = json!({"error": {"message": "secret internals"}}).to_string();
            Response::builder().status(status).body(Body::Full(body.into())).unwrap()
        }
        Step::Refuse(message) => {
            let body = json!({"error": {"message": message, "type": "invalid_request_error"}}).to_string();
            Response::builder().status(400).body(Body::Full(body.into())).unwrap()
        }
        Step::Echo { status } => {
            let body = json!({"error": {"message": echo, "type": "invalid_request_error"}}).to_string();
            let response = Response::builder().status(status).header("x-request-id", "req_1");
            response.body(Body::Full(body.into())).unwrap()
        }
        Step::EchoInStream => sse(vec![data(&json!({"error": {"message": echo}}))], None),
        Step::RejectLate(gate) => {
            gate.acquire().await.unwrap().forget();
            Response::builder().status(400).body(Body::empty()).unwrap()
        }
        Step::Reply(reply) => match reply(&echo) {
            Some(text) => complete(&text, "stop", streamed),
            None => Response::builder().status(400).body(Body::empty()).unwrap(),
        },
        Step::Hang => std::future::pending().await,
        Step::CloseAfter(text) => sse(vec![delta(text)], None),
        Step::HangAfter(text) => sse(vec![delta(text)], Some(disconnected)),
    }
}

fn complete(text: &str, reason: &str, streamed: bool) -> Response<Body> {
    if streamed {
        // One character in each event, which is the hardest case for the output filter.
        let mut events: Vec<Bytes> = text.chars().map(|letter| delta(&letter.to_string())).collect();
        events.push(data(&json!({"choices": [{"delta": {}, "finish_reason": reason}]})));
        events.push("data: [DONE]\n\n".into());
        return sse(events, None);
    }
    let body = json!({
        "choices": [{"message": {"content": text}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens": 5},
    });
    let response = Response::builder().header("content-type", "application/json");
    response.body(Body::Full(body.to_string().into())).unwrap()
}

fn delta(text: &str) -> Bytes {
    data(&json!({"choices": [{"delta": {"content": text}}]}))
}

fn data(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

fn sse(events: Vec<Bytes>, hang: Option<Arc<tokio::sync::Notify>>) -> Response<Body> {
    let (sender, body) = mpsc::channel(1);
    tokio::spawn(async move {
        for event in events {
            if sender.send(event).await.is_err() {
                return;
            }
        }
        match hang {
            Some(disconnected) => {
                sender.closed().await;
                disconnected.notify_one();
            }
            // The client may have disconnected.
            None => drop(sender.send(Bytes::new()).await),
        }
    });
    Response::builder().header("content-type", "text/event-stream").body(Body::stream(body)).unwrap()
}
