//! Converts an HTTP response to the two forms that Lambda accepts: a JSON object, or a prelude followed by a stream.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use crate::body::Body;
use crate::http::Transport;

const STREAM_TYPE: &str = "application/vnd.awslambda.http-integration-response";
/// Separates the prelude from the body of a streamed response.
const SEPARATOR: [u8; 8] = [0; 8];

/// Converts a response. Both payload formats accept the same JSON object. With streaming, each response is a prelude and a
/// body, even if its body is complete.
pub(super) async fn wrap(response: Response<Body>, transport: Transport) -> Body {
    let (head, body) = response.into_parts();
    let prelude = json!({"statusCode": head.status.as_u16(), "headers": as_json(&head.headers)});
    match (transport, body) {
        (Transport::Buffered, body) => Body::Full(buffered(prelude, &body.collect().await)),
        (Transport::Streaming, Body::Full(bytes)) => streamed(&prelude, &bytes, mpsc::channel(1).1),
        (Transport::Streaming, Body::Stream { first, rest }) => {
            streamed(&prelude, &first.unwrap_or_default(), rest)
        }
    }
}

fn streamed(prelude: &Value, first: &[u8], rest: mpsc::Receiver<Bytes>) -> Body {
    let mut start = prelude.to_string().into_bytes();
    start.extend_from_slice(&SEPARATOR);
    start.extend_from_slice(first);
    Body::Stream { first: Some(start.into()), rest }
}

fn buffered(mut reply: Value, body: &[u8]) -> Bytes {
    reply["body"] = String::from_utf8_lossy(body).into();
    reply["isBase64Encoded"] = false.into();
    reply.to_string().into()
}

fn as_json(headers: &HeaderMap) -> Map<String, Value> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect()
}

/// Sets the body and headers of a request that sends a wrapped response to the Runtime API.
pub(super) fn set_body(body: Body, request: &mut Request<Body>) {
    let headers = request.headers_mut();
    if matches!(body, Body::Stream { .. }) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(STREAM_TYPE));
        headers.insert("lambda-runtime-function-response-mode", HeaderValue::from_static("streaming"));
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    *request.body_mut() = body;
}
