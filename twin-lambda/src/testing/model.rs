//! A model that does what a test tells it to.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::serve::serve;
use crate::body::Body;

/// One answer of the stand-in; the last one is repeated.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    Say(&'static str),
    Stop {
        text: &'static str,
        reason: &'static str,
    },
    Refuse {
        status: u16,
    },
    Hang,
    /// Starts a stream and breaks it off.
    DieAfter(&'static str),
    /// Starts a stream and then says nothing more.
    HangAfter(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Value>>>,
    /// Told when a reader of a hanging stream goes away.
    pub(crate) left: Arc<tokio::sync::Notify>,
}

pub(crate) async fn model(script: &[Does]) -> Model {
    let script = Arc::new(script.to_vec());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let left = Arc::new(tokio::sync::Notify::new());
    let (seen, gone) = (Arc::clone(&asked), Arc::clone(&left));
    let url = serve(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let streamed = body["stream"] == true;
        let mut seen = seen.lock().unwrap();
        let does = script[seen.len().min(script.len() - 1)].clone();
        seen.push(body);
        act(does, streamed, Arc::clone(&gone))
    })
    .await;
    Model { url, asked, left }
}

async fn act(does: Does, streamed: bool, left: Arc<tokio::sync::Notify>) -> Response<Body> {
    match does {
        Does::Say(text) => whole(text, "stop", streamed),
        Does::Stop { text, reason } => whole(text, reason, streamed),
        Does::Refuse { status } => {
            let body = json!({"error": {"message": "secret internals"}}).to_string();
            Response::builder().status(status).body(Body::Whole(body.into())).unwrap()
        }
        Does::Hang => std::future::pending().await,
        Does::DieAfter(text) => sse(vec![delta(text)], None),
        Does::HangAfter(text) => sse(vec![delta(text)], Some(left)),
    }
}

fn whole(text: &str, reason: &str, streamed: bool) -> Response<Body> {
    if streamed {
        // Letter by letter: the hardest way for what looks for marks in it.
        let mut events: Vec<Bytes> = text.chars().map(|letter| delta(&letter.to_string())).collect();
        events.push(data(&json!({"choices": [{"delta": {}, "finish_reason": reason}]})));
        events.push("data: [DONE]\n\n".into());
        return sse(events, None);
    }
    let body = json!({
        "choices": [{"message": {"content": text}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5},
    });
    let response = Response::builder().header("content-type", "application/json");
    response.body(Body::Whole(body.to_string().into())).unwrap()
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
        if let Some(left) = hang {
            sender.closed().await;
            left.notify_one();
        }
    });
    Response::builder().header("content-type", "text/event-stream").body(Body::stream(body)).unwrap()
}
