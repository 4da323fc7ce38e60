//! Streamed turns: the events of a REST API, and the parts of the model's streamed answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// The body of a streamed response.
pub(super) struct Streamed(pub(super) mpsc::UnboundedReceiver<Bytes>);

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// Whether the function streams this response.
pub(super) fn is_streamed(headers: &HeaderMap) -> bool {
    headers.get("lambda-runtime-function-response-mode").is_some_and(|mode| mode == "streaming")
}

/// The first token of the model's answer.
pub(super) fn first_token() -> Bytes {
    delta("I write ")
}

/// The rest of the model's answer.
pub(super) fn other_tokens() -> Bytes {
    let stop = frame("messageStop", &json!({"stopReason": "end_turn"}));
    let usage = frame("metadata", &json!({"usage": {"inputTokens": 400, "outputTokens": 12}}));
    [delta("compilers, and I teach on Sundays."), stop, usage].concat().into()
}

fn delta(text: &str) -> Bytes {
    frame("contentBlockDelta", &json!({"delta": {"text": text}}))
}

fn frame(kind: &str, payload: &Value) -> Bytes {
    let header =
        |name: &'static str, value: &str| Header::new(name, HeaderValue::String(value.to_owned().into()));
    let headers = vec![header(":message-type", "event"), header(":event-type", kind)];
    let mut bytes = Vec::new();
    write_message_to(&Message::new_from_parts(headers, payload.to_string().into_bytes()), &mut bytes)
        .expect("the message is small");
    bytes.into()
}

/// The event of a question through a REST API. Each conversation has five turns.
pub(super) fn event(number: u32) -> Bytes {
    let body =
        json!({"message": "What do you do?", "session_id": format!("reader-{}", number / 5)}).to_string();
    let event = json!({
        "resource": "/{proxy+}",
        "path": "/api/chat",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json", "accept": "text/event-stream"},
        "requestContext": {"stage": "live", "apiId": "abc123", "path": "/live/api/chat", "httpMethod": "POST"},
        "body": body,
        "isBase64Encoded": false,
    });
    event.to_string().into()
}
