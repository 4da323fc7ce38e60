//! An HTTP answer in the two forms that Lambda takes: one JSON envelope, or a prelude and a stream.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use crate::body::Body;
use crate::http::Transport;

const STREAM_TYPE: &str = "application/vnd.awslambda.http-integration-response";
/// Between the prelude and the body of a streamed answer.
const SEPARATOR: [u8; 8] = [0; 8];

/// Both payload versions read the same envelope. Where answers are streamed, every one is: a prelude, then the body.
pub(super) async fn envelope(response: Response<Body>, transport: Transport) -> Body {
    let (head, body) = response.into_parts();
    let prelude = json!({"statusCode": head.status.as_u16(), "headers": as_json(&head.headers)});
    match (transport, body) {
        (Transport::Buffered, body) => Body::Whole(buffered(prelude, &body.collect().await)),
        (Transport::Streaming, Body::Whole(bytes)) => streamed(&prelude, &bytes, mpsc::channel(1).1),
        (Transport::Streaming, Body::Stream { head, rest }) => {
            streamed(&prelude, &head.unwrap_or_default(), rest)
        }
    }
}

fn streamed(prelude: &Value, first: &[u8], rest: mpsc::Receiver<Bytes>) -> Body {
    let mut start = prelude.to_string().into_bytes();
    start.extend_from_slice(&SEPARATOR);
    start.extend_from_slice(first);
    Body::Stream { head: Some(start.into()), rest }
}

fn buffered(mut envelope: Value, body: &[u8]) -> Bytes {
    envelope["body"] = String::from_utf8_lossy(body).into();
    envelope["isBase64Encoded"] = false.into();
    envelope.to_string().into()
}

fn as_json(headers: &HeaderMap) -> Map<String, Value> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect()
}

/// The request that hands an enveloped answer to the Runtime API.
pub(super) fn frame(body: Body, request: &mut Request<Body>) {
    let headers = request.headers_mut();
    if matches!(body, Body::Stream { .. }) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(STREAM_TYPE));
        headers.insert("lambda-runtime-function-response-mode", HeaderValue::from_static("streaming"));
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    *request.body_mut() = body;
}
