//! Parses and validates a chat request.

use bytes::Bytes;
use contract::{api, limits};
use http::{HeaderMap, HeaderValue, Request, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::chat::ChatRequest;
use crate::clock::Deadline;
use crate::error::ApiError;
use crate::model::Delivery;
use crate::session::{SessionId, TurnId};
use crate::visitor::Visitor;

/// The most turns that a request can replace: the last one, and attempts to replace it that failed.
const MAX_REPLACES: usize = 16;

/// How a request was received.
#[derive(Clone, Copy, Debug)]
pub struct CallContext {
    pub transport: Transport,
    pub deadline: Deadline,
    /// Whether this is the first request of a Lambda environment.
    pub cold: bool,
}

/// Whether the visitor can receive an answer as a stream. Otherwise the answer is JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Streaming,
    Buffered,
}

#[derive(Deserialize)]
struct ChatBody {
    message: String,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    turn: Option<String>,
    #[serde(default)]
    replaces: Option<Replaces>,
}

/// A request to stop a turn.
#[derive(Deserialize)]
struct StopBody {
    session_id: String,
    turn: String,
    shown: usize,
}

/// A turn that the visitor stopped, and how many characters of its answer were shown.
pub(super) struct StopRequest {
    pub(super) session: SessionId,
    pub(super) turn: TurnId,
    pub(super) shown: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Replaces {
    One(String),
    Several(Vec<String>),
}

pub(super) fn parse(
    request: &Request<Bytes>,
    visitor: Option<Visitor>,
    context: CallContext,
) -> Result<ChatRequest, ApiError> {
    let body = parse_body(request)?;
    let wants_stream = body.stream == Some(true) || accepts_event_stream(request.headers());
    let session = body.session_id.filter(|id| !id.is_empty());
    let turn = body.turn.map(|id| turn_id(&id)).transpose()?;
    let replaces = match body.replaces {
        None => Vec::new(),
        Some(Replaces::One(id)) => vec![id],
        Some(Replaces::Several(ids)) if ids.len() > MAX_REPLACES => return Err(ApiError::Body),
        Some(Replaces::Several(ids)) => ids,
    };
    Ok(ChatRequest {
        session: session.map(|id| SessionId::parse(&id)).transpose().map_err(|_| ApiError::SessionId)?,
        visitor,
        message: body.message,
        turn,
        replaces: replaces.iter().map(|id| turn_id(id)).collect::<Result<_, _>>()?,
        deadline: context.deadline,
        delivery: match context.transport {
            Transport::Streaming if wants_stream => Delivery::Streamed,
            Transport::Streaming | Transport::Buffered => Delivery::Full,
        },
    })
}

fn turn_id(text: &str) -> Result<TurnId, ApiError> {
    TurnId::parse(text).ok_or(ApiError::Body)
}

pub(super) fn parse_stop(request: &Request<Bytes>) -> Result<StopRequest, ApiError> {
    let body: StopBody = parse_json(request)?;
    let session = SessionId::parse(&body.session_id).map_err(|_| ApiError::SessionId)?;
    Ok(StopRequest { session, turn: turn_id(&body.turn)?, shown: body.shown })
}

fn parse_body(request: &Request<Bytes>) -> Result<ChatBody, ApiError> {
    let body: ChatBody = parse_json(request)?;
    if body.message.trim().is_empty() {
        return Err(ApiError::EmptyMessage);
    }
    if body.message.chars().count() > limits::MESSAGE {
        return Err(ApiError::MessageTooLong);
    }
    Ok(body)
}

fn parse_json<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, ApiError> {
    if request.body().len() > limits::BODY {
        return Err(ApiError::BodyTooLarge);
    }
    let is_json = |value: &HeaderValue| value.to_str().is_ok_and(api::is_json);
    if !request.headers().get(header::CONTENT_TYPE).is_none_or(is_json) {
        return Err(ApiError::MediaType);
    }
    serde_json::from_slice(request.body()).map_err(|_| ApiError::Body)
}

fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}
