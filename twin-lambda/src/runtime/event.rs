//! Parses the payload of an invocation: an HTTP request in payload format 1.0 or 2.0, or twinctl's smoke test.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde::Deserialize;

use crate::config::InvokeMode;
use crate::http::Transport;

#[derive(Debug)]
pub(super) enum Event {
    Http {
        request: Box<Request<Bytes>>,
        transport: Transport,
    },
    /// `{"twinctl": "smoke"}`: twinctl checks the health of a new version before visitors reach it. With
    /// `"ask": true`, the version also answers a question.
    SmokeTest {
        ask: bool,
    },
    Unknown,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Payload {
    version: Option<String>,
    twinctl: Option<String>,
    ask: bool,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    path: Option<String>,
    http_method: Option<String>,
    headers: Option<BTreeMap<String, Option<String>>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    request_context: Context,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Context {
    http: Option<HttpContext>,
    api_id: Option<String>,
    domain_name: Option<String>,
    stage: Option<String>,
}

#[derive(Deserialize)]
struct HttpContext {
    method: String,
    path: Option<String>,
}

pub(super) fn parse(payload: &[u8], mode: InvokeMode) -> Event {
    let Ok(payload) = serde_json::from_slice::<Payload>(payload) else {
        return Event::Unknown;
    };
    if payload.is_smoke_test() {
        return Event::SmokeTest { ask: payload.ask };
    }
    let transport = payload.transport(mode);
    payload.request().map_or(Event::Unknown, |request| Event::Http { request: Box::new(request), transport })
}

impl Payload {
    /// Returns whether twinctl invoked the function directly. The event of a visitor's request always has a method,
    /// and the visitor controls none of its top-level fields.
    fn is_smoke_test(&self) -> bool {
        let is_http = self.request_context.http.is_some() || self.http_method.is_some();
        self.twinctl.as_deref() == Some("smoke") && !is_http
    }

    /// Returns whether the response can be streamed. Neither the event nor the Runtime API contains it, so it
    /// follows from the invoke mode and from what called the function.
    fn transport(&self, mode: InvokeMode) -> Transport {
        let domain = self.request_context.domain_name.as_deref().unwrap_or_default();
        let can_stream = match mode {
            InvokeMode::RestApi => self.is_from_rest_api(),
            InvokeMode::Buffered => false,
            InvokeMode::ResponseStream => self.is_from_rest_api() || domain.contains(".lambda-url."),
        };
        if can_stream { Transport::Streaming } else { Transport::Buffered }
    }

    /// Returns whether a REST API called the function. Its events have payload format 1.0, but no field `version`, which
    /// those of an HTTP API always have.
    fn is_from_rest_api(&self) -> bool {
        self.http_method.is_some() && self.version.is_none() && self.request_context.api_id.is_some()
    }

    fn request(self) -> Option<Request<Bytes>> {
        let context = self.request_context;
        let (method, path) = match (context.http, self.http_method) {
            (Some(http), _) => (http.method, self.raw_path.or(http.path)?),
            (None, Some(method)) => (method, self.path?),
            (None, None) => return None,
        };
        let path = without_stage(&path, context.stage.as_deref());
        let query = self.raw_query_string.filter(|query| !query.is_empty());
        let uri = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let mut request = Request::new(decode(self.body, self.is_base64_encoded));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
        // A path that is not a valid URI matches no route, so the response is 404.
        *request.uri_mut() = uri.parse().unwrap_or_else(|_| Uri::from_static("/not-a-path"));
        copy_headers(self.headers, self.multi_value_headers, request.headers_mut());
        Some(request)
    }
}

/// Removes a named stage, which is the first segment of the path in payload format 2.0.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    stage
        .filter(|stage| *stage != "$default")
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .map_or(path, |rest| if rest.is_empty() { "/" } else { rest })
}

/// Decodes a body. Invalid base64 becomes a body that no route accepts.
fn decode(body: Option<String>, base64: bool) -> Bytes {
    let body = body.unwrap_or_default();
    if base64 { base64::decode(body).unwrap_or_else(|_| b"not base64".to_vec()).into() } else { body.into() }
}

fn copy_headers(
    single: Option<BTreeMap<String, Option<String>>>,
    multiple: Option<BTreeMap<String, Vec<String>>>,
    headers: &mut http::HeaderMap,
) {
    let single = single.into_iter().flatten().filter_map(|(name, value)| Some((name, value?)));
    let multiple =
        multiple.into_iter().flatten().filter_map(|(name, mut values)| Some((name, values.pop()?)));
    for (name, value) in multiple.chain(single) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
}
