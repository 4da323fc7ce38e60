//! A streamed answer as server-sent events: `session`, `token` …, then `done` or `error`.

use bytes::Bytes;
use contract::api::event;
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{done, note, reply};
use crate::body::Body;
use crate::chat::{Event, Reply};
use crate::error::ApiError;
use crate::log::Record;
use crate::session::SessionId;

pub(super) fn response(body: Body) -> Response<Body> {
    let mut response = reply::no_store(Response::new(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    // Some proxies hold a stream back until it ends unless they are told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Passes events on; when nobody takes them any more, the twin's next one fails and it stops.
pub(super) async fn forward(
    session: SessionId,
    mut events: mpsc::Receiver<Event>,
    task: JoinHandle<Result<Reply, ApiError>>,
    pieces: mpsc::Sender<Bytes>,
    record: Record,
) {
    let mut taken =
        pieces.send(encode(event::SESSION, &json!({"session_id": session.as_str()}))).await.is_ok();
    while taken {
        let received = tokio::select! {
            received = events.recv() => received,
            () = pieces.closed() => break,
        };
        match received {
            Some(Event::Token(delta)) => {
                let piece = encode(event::TOKEN, &json!({"delta": delta}));
                taken = pieces.send(piece).await.is_ok();
            }
            Some(Event::Session { .. }) => {}
            None => break,
        }
    }
    drop(events);
    let last = match task.await.unwrap_or(Err(ApiError::CutOff)) {
        Ok(answer) => encode(event::DONE, &done(&answer)),
        Err(error) => {
            note(&error, &record);
            let status = error.status().as_u16();
            encode(
                event::ERROR,
                &json!({"status_code": status, "detail": error.detail(), "code": error.code()}),
            )
        }
    };
    // Nobody may be listening any more.
    drop(pieces.send(last).await);
}

fn encode(event: &str, data: &Value) -> Bytes {
    format!("event: {event}\ndata: {data}\n\n").into()
}
