//! An HTTP client that sends one request and streams the response.

use std::{fmt, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use http::{HeaderMap, request};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};

type Body = Full<std::io::Cursor<Vec<u8>>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no complete response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// The request was not sent.
    Unreachable(String),
    /// The request was sent, and may have been processed.
    Lost(String),
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreachable(why) | Self::Lost(why)) = self;
        f.write_str(why)
    }
}

/// A response whose body is streamed.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: BoxStream<'static, Result<Vec<u8>, ExchangeError>>,
}

impl Response {
    /// Returns a header, or an empty string if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Reads the body as text. A body of more than `limit` bytes is an error.
    pub(crate) async fn text(self, limit: usize) -> Result<String, ExchangeError> {
        Ok(String::from_utf8_lossy(&self.bytes(limit).await?).into_owned())
    }

    /// Reads the body. A body of more than `limit` bytes is an error.
    pub(crate) async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, ExchangeError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.body.next().await {
            body.extend(chunk?);
            if body.len() > limit {
                return Err(ExchangeError::Lost(format!("the response is larger than {limit} bytes")));
            }
        }
        Ok(body)
    }
}

/// Sends a request over a new connection. With a pooled connection, which the server may have closed, it could be
/// unknown whether the request was processed.
pub(crate) async fn send(request: request::Builder, body: Vec<u8>) -> Result<Response, ExchangeError> {
    let unreachable = |error: &dyn std::error::Error| ExchangeError::Unreachable(innermost(error));
    let request = request.body(Body::new(std::io::Cursor::new(body))).map_err(|error| unreachable(&error))?;
    let mut http = HttpConnector::new();
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    if request.uri().scheme_str() == Some("http") {
        return exchange(http, request).await;
    }
    http.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_native_roots().map_err(|error| unreachable(&error))?;
    exchange(tls.https_only().enable_http1().wrap_connector(http), request).await
}

async fn exchange<C>(connector: C, request: http::Request<Body>) -> Result<Response, ExchangeError>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.request(request).await.map_err(|error| {
        let why = innermost(&error);
        if error.is_connect() { ExchangeError::Unreachable(why) } else { ExchangeError::Lost(why) }
    })?;
    let (head, body) = response.into_parts();
    let body = body.into_data_stream().map_ok(|chunk| chunk.to_vec());
    let body = body.map_err(|error| ExchangeError::Lost(innermost(&error))).boxed();
    Ok(Response { status: head.status.as_u16(), headers: head.headers, body })
}

fn innermost(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}
