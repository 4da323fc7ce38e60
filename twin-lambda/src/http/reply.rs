//! The forms of an answer: JSON, an error, nothing.

use contract::api::SESSION_ID_HEADER;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::body::Body;
use crate::error::ApiError;
use crate::session::SessionId;

pub(super) fn json(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::Whole(value.to_string().into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

pub(super) fn error(error: &ApiError, correlation: &str) -> Response<Body> {
    let mut response = no_store(json(&json!({
        "detail": error.detail(),
        "code": error.code(),
        "correlation_id": correlation,
    })));
    *response.status_mut() = error.status();
    if let Some(wait) = error.retry_after() {
        insert(response.headers_mut(), "retry-after", &wait.as_secs().max(1).to_string());
    }
    response
}

pub(super) fn no_store(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn session(headers: &mut HeaderMap, id: &SessionId) {
    insert(headers, SESSION_ID_HEADER, id.as_str());
}

/// A value that is no header value is left out; ours all are.
pub(super) fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
