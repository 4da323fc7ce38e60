//! A streamed answer as server-sent events: `session`, then `token` events, then `done` or `error`. While the model thinks,
//! comments keep the connection open.

use std::time::Duration;

use bytes::Bytes;
use contract::api::{event, stream_check};
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::response;
use crate::body::Body;
use crate::chat::{ChatReply, Event};
use crate::clock;
use crate::error::ApiError;
use crate::log::Record;
use crate::session::{SessionId, TurnId};

/// The time without data after which a comment is sent. CloudFront waits 30 seconds for each part of a response.
const HEARTBEAT: Duration = Duration::from_secs(15);
const COMMENT: &str = ": the model is thinking\n\n";
/// The end of a stream that was not interrupted.
const END: Bytes = Bytes::new();

pub(super) fn stream(body: Body) -> Response<Body> {
    let mut response = response::no_store(Response::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    // Without it, some proxies buffer a stream until it ends.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Forwards the twin's events to the visitor. If the visitor disconnects, the twin's next event fails, so it stops.
pub(super) async fn forward(
    session: SessionId,
    turn: TurnId,
    mut events: mpsc::Receiver<Event>,
    task: JoinHandle<Result<ChatReply, ApiError>>,
    chunks: mpsc::Sender<Bytes>,
    record: Record,
) {
    let first = json!({"session_id": session.as_str(), "turn": turn.as_str()});
    let mut is_connected = chunks.send(encode(event::SESSION, &first)).await.is_ok();
    while is_connected {
        let received = tokio::select! {
            received = events.recv() => received,
            () = chunks.closed() => break,
            () = clock::sleep(HEARTBEAT) => {
                is_connected = chunks.send(COMMENT.into()).await.is_ok();
                continue;
            }
        };
        match received {
            Some(Event::Token(delta)) => {
                let chunk = encode(event::TOKEN, &json!({"delta": delta}));
                is_connected = chunks.send(chunk).await.is_ok();
            }
            Some(Event::Session { .. }) => {}
            None => break,
        }
    }
    drop(events);
    let last = match task.await.unwrap_or(Err(ApiError::Internal)) {
        Ok(reply) => encode(event::DONE, &response::reply_json(&reply)),
        Err(error) => {
            response::log_error(&error, &record);
            let status = error.status().as_u16();
            encode(
                event::ERROR,
                &json!({"status_code": status, "detail": error.detail(), "code": error.code()}),
            )
        }
    };
    // The visitor may have disconnected.
    drop(chunks.send(last).await);
    drop(chunks.send(END).await);
}

/// Returns a response whose second part follows after a pause. twinctl checks whether they are received apart.
pub(super) fn check(record: Record) -> Response<Body> {
    let (chunks, body) = mpsc::channel(3);
    tokio::spawn(async move {
        drop(chunks.send(stream_check::FIRST.into()).await);
        clock::sleep(stream_check::PAUSE).await;
        drop(chunks.send(stream_check::SECOND.into()).await);
        drop(chunks.send(END).await);
        drop(record);
    });
    stream(Body::stream(body))
}

fn encode(event: &str, data: &Value) -> Bytes {
    format!("event: {event}\ndata: {data}\n\n").into()
}
