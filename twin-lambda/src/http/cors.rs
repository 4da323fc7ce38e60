//! Cross-origin requests: only the configured origins are allowed. No other component adds such headers.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::body::Body;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE, OPTIONS");
/// The headers that pages of twins send, also pages for other backends. The API ignores the ones that it does not know.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, X-API-Key, X-Correlation-ID, X-Requested-With, X-Session-ID",
);
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("X-Session-ID, X-Correlation-ID, X-Memory, Retry-After");
const ANY: HeaderValue = HeaderValue::from_static("*");

pub(super) fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Adds the headers that let a configured origin read the response. Browsers hide it from pages of other origins.
pub(super) fn allow(configured: &[String], request: &HeaderMap, response: &mut HeaderMap) {
    if configured.is_empty() {
        return;
    }
    response.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(header::ORIGIN) else {
        return;
    };
    let is_listed = configured.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    let allowed = if is_listed {
        origin.clone()
    } else if configured.iter().any(|allowed| allowed == "*") {
        ANY
    } else {
        return;
    };
    response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
}
