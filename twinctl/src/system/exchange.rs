//! One request over HTTP or HTTPS, and its answer as it comes.

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

const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nobody took the request.
    Unreachable(String),
    /// It was sent, and may have been taken.
    Lost(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreachable(why) | Self::Lost(why)) = self;
        f.write_str(why)
    }
}

/// An answer, whose body is read as it comes.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: BoxStream<'static, Result<Vec<u8>, Silence>>,
}

impl Answer {
    /// A header's text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The whole body as text. One that is larger than `most` bytes is no answer.
    pub(crate) async fn text(mut self, most: usize) -> Result<String, Silence> {
        let mut whole = Vec::new();
        while let Some(piece) = self.body.next().await {
            whole.extend(piece?);
            if whole.len() > most {
                return Err(Silence::Lost(format!("the answer is larger than {most} bytes")));
            }
        }
        Ok(String::from_utf8_lossy(&whole).into_owned())
    }
}

/// By a connection of its own: one that was kept may be gone, and then nobody knows whether a request was taken.
pub(crate) async fn send(request: request::Builder, body: Vec<u8>) -> Result<Answer, Silence> {
    let unreachable = |error: &dyn std::error::Error| Silence::Unreachable(innermost(error));
    let request = request.body(Body::new(std::io::Cursor::new(body))).map_err(|error| unreachable(&error))?;
    let mut http = HttpConnector::new();
    http.set_connect_timeout(Some(CONNECT_WITHIN));
    if request.uri().scheme_str() == Some("http") {
        return exchange(http, request).await;
    }
    http.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_native_roots().map_err(|error| unreachable(&error))?;
    exchange(tls.https_only().enable_http1().wrap_connector(http), request).await
}

async fn exchange<C>(connector: C, request: http::Request<Body>) -> Result<Answer, Silence>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.request(request).await.map_err(|error| {
        let why = innermost(&error);
        if error.is_connect() { Silence::Unreachable(why) } else { Silence::Lost(why) }
    })?;
    let (head, body) = response.into_parts();
    let body = body.into_data_stream().map_ok(|piece| piece.to_vec());
    let body = body.map_err(|error| Silence::Lost(innermost(&error))).boxed();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

fn innermost(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}
