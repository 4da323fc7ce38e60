//! Responses: JSON, an error or no content.

use contract::api::SESSION_ID_HEADER;
use contract::budget::OVER_BUDGET;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::body::Body;
use crate::chat::ChatReply;
use crate::error::ApiError;
use crate::log::{Level, Record, error_chain};
use crate::session::SessionId;

pub(super) fn json(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::Full(value.to_string().into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Returns a response without content: what was requested will be done later.
pub(super) fn accepted() -> Response<Body> {
    let mut response = no_content();
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub(super) fn error(error: &ApiError, correlation_id: &str) -> Response<Body> {
    let mut body = json!({
        "detail": error.detail(),
        "code": error.code(),
        "correlation_id": correlation_id,
    });
    if let Some(message) = error.owner_message() {
        body["message"] = message.into();
    }
    let mut response = no_store(json(&body));
    *response.status_mut() = error.status();
    if let Some(wait) = error.retry_after() {
        insert(response.headers_mut(), "retry-after", &wait.as_secs().max(1).to_string());
    }
    response
}

/// Returns the JSON of a complete answer.
pub(super) fn reply_json(reply: &ChatReply) -> Value {
    let mut json = json!({
        "response": reply.response,
        "session_id": reply.session.as_str(),
        "turn": reply.turn.as_str(),
        "timestamp": reply.timestamp,
    });
    if let Some(turn) = &reply.summarized {
        json["summarized"] = turn.as_str().into();
    }
    if reply.is_over_budget {
        json[OVER_BUDGET] = true.into();
    }
    // A stream's headers have been sent before this is known.
    if let Some(problem) = reply.memory_problem {
        json["memory"] = problem.as_str().into();
    }
    json
}

/// Adds an error and its causes to the log line of its request.
pub(super) fn log_error(error: &ApiError, record: &Record) {
    record.update(|fields| {
        fields.level = match error.status().is_server_error() {
            _ if error.is_intended() => Level::Info,
            true => Level::Error,
            false => Level::Warn,
        };
        fields.code = Some(error.code());
        fields.errors.push(error_chain(error));
    });
}

pub(super) fn no_store(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn session(headers: &mut HeaderMap, id: &SessionId) {
    insert(headers, SESSION_ID_HEADER, id.as_str());
}

/// Adds a header, unless the value is not a valid header value. Our values are valid.
pub(super) fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
