//! Converts an HTTP response to the two forms that Lambda accepts: a JSON object, or a prelude followed by a stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_smithy_types::base64;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::body::{Body as _, Frame, SizeHint};
use serde_json::{Map, Value, json};

use crate::body::Body;
use crate::http::Transport;

const STREAM_TYPE: &str = "application/vnd.awslambda.http-integration-response";
/// Separates the prelude from the body of a streamed response.
const SEPARATOR: [u8; 8] = [0; 8];
/// Trailers of a stream that was interrupted.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// The body of a request to the Runtime API.
#[derive(Debug)]
pub(super) struct Reply {
    body: Body,
    transport: Transport,
    is_interrupted: bool,
}

impl Reply {
    pub(super) fn empty() -> Self {
        Self::new(Body::empty(), Transport::Buffered)
    }

    pub(super) fn json(value: &Value) -> Self {
        Self::new(Body::Full(value.to_string().into()), Transport::Buffered)
    }

    /// Converts a response. Both payload formats accept the same JSON object. With streaming, each response is a prelude and
    /// a body, even if its body is complete.
    pub(super) async fn wrap(response: Response<Body>, transport: Transport) -> Self {
        let (head, body) = response.into_parts();
        let prelude = json!({"statusCode": head.status.as_u16(), "headers": as_json(&head.headers)});
        let body = match (transport, body) {
            (Transport::Buffered, body) => Body::Full(buffered(prelude, &body.collect().await)),
            (Transport::Streaming, Body::Full(bytes)) => Body::Full(after_prelude(&prelude, &bytes)),
            (Transport::Streaming, Body::Stream { first, rest }) => {
                let first = after_prelude(&prelude, &first.unwrap_or_default());
                Body::Stream { first: Some(first), rest }
            }
        };
        Self::new(body, transport)
    }

    fn new(body: Body, transport: Transport) -> Self {
        Self { body, transport, is_interrupted: false }
    }

    /// Sets the body and headers of a request to the Runtime API.
    pub(super) fn set(self, request: &mut Request<Self>) {
        let headers = request.headers_mut();
        match self.transport {
            Transport::Buffered if self.body.is_end_stream() => {}
            Transport::Buffered => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Transport::Streaming => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(STREAM_TYPE));
                headers
                    .insert("lambda-runtime-function-response-mode", HeaderValue::from_static("streaming"));
                headers.append(header::TRAILER, HeaderValue::from_static(ERROR_TYPE));
                headers.append(header::TRAILER, HeaderValue::from_static(ERROR_BODY));
                // The Runtime API requires it after a stream.
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
        }
        *request.body_mut() = self;
    }
}

impl hyper::body::Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.is_interrupted {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| {
            Ok(frame.unwrap_or_else(|error| {
                this.is_interrupted = true;
                Frame::trailers(error_trailers(&error))
            }))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.transport == Transport::Buffered && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.transport {
            Transport::Buffered => self.body.size_hint(),
            // A known size would end the chunked encoding, which the Runtime API requires.
            Transport::Streaming => SizeHint::default(),
        }
    }
}

/// Returns the description of an error, as the Runtime API expects it.
pub(super) fn error(message: &str) -> Value {
    json!({"errorType": "Twin.Rejected", "errorMessage": message, "stackTrace": []})
}

fn error_trailers(cause: &dyn std::error::Error) -> HeaderMap {
    let body = base64::encode(error(&cause.to_string()).to_string().as_bytes());
    let mut trailers = HeaderMap::new();
    trailers.insert(ERROR_TYPE, HeaderValue::from_static("Twin.Interrupted"));
    // Base64 is a valid header value.
    trailers.extend(
        HeaderValue::try_from(body).ok().map(|body| (http::HeaderName::from_static(ERROR_BODY), body)),
    );
    trailers
}

fn after_prelude(prelude: &Value, body: &[u8]) -> Bytes {
    let mut start = prelude.to_string().into_bytes();
    start.extend_from_slice(&SEPARATOR);
    start.extend_from_slice(body);
    start.into()
}

fn buffered(mut reply: Value, body: &[u8]) -> Bytes {
    reply["body"] = String::from_utf8_lossy(body).into();
    reply["isBase64Encoded"] = false.into();
    reply.to_string().into()
}

/// Returns the headers as JSON. The values of a repeated header are joined. This is possible because we set no cookies.
fn as_json(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name| {
        let values: Vec<&str> =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    };
    headers.keys().map(|name| (name.to_string(), joined(name).into())).collect()
}
