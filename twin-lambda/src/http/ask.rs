//! A chat request's body, within its limits, as what is asked of the twin.

use bytes::Bytes;
use contract::limits;
use http::{HeaderMap, HeaderValue, Request, header};
use serde::Deserialize;

use super::{Call, Transport};
use crate::chat::Ask;
use crate::error::ApiError;
use crate::model::Delivery;
use crate::session::SessionId;

#[derive(Deserialize)]
struct ChatBody {
    message: String,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
}

pub(super) fn read(request: &Request<Bytes>, call: Call) -> Result<Ask, ApiError> {
    let body = body(request)?;
    let wants_stream = body.stream == Some(true) || accepts_event_stream(request.headers());
    let session = body.session_id.filter(|id| !id.is_empty());
    Ok(Ask {
        session: session.map(|id| SessionId::parse(&id)).transpose().map_err(|_| ApiError::SessionId)?,
        message: body.message,
        deadline: call.deadline,
        delivery: match call.transport {
            Transport::Streaming if wants_stream => Delivery::Streamed,
            Transport::Streaming | Transport::Buffered => Delivery::Whole,
        },
    })
}

fn body(request: &Request<Bytes>) -> Result<ChatBody, ApiError> {
    if request.body().len() > limits::BODY {
        return Err(ApiError::BodyTooLarge);
    }
    if !request.headers().get(header::CONTENT_TYPE).is_none_or(is_json) {
        return Err(ApiError::MediaType);
    }
    let body: ChatBody = serde_json::from_slice(request.body()).map_err(|_| ApiError::Body)?;
    if body.message.trim().is_empty() {
        return Err(ApiError::EmptyMessage);
    }
    if body.message.chars().count() > limits::MESSAGE {
        return Err(ApiError::MessageTooLong);
    }
    Ok(body)
}

/// Anything else would be a simple request, which a browser sends from any site without asking.
fn is_json(content_type: &HeaderValue) -> bool {
    let text = content_type.to_str().unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}
