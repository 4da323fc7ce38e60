//! The HTTP client behind the stores and the models: kept connections, one time limit a call.
//!
//! Why not the AWS SDK: for one signed GET and PUT and one model call it trebles the zip and more than doubles
//! the start. AWS's own crates still do what is easily got wrong: signatures, event-stream frames, XML.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};

/// Shorter than what servers allow: a connection that they closed is not tried first.
const IDLE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(3);
/// No object or answer that we read whole is larger.
const WHOLE_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("no answer in time")]
    Timeout,
    #[error("the connection failed")]
    Connection(#[source] legacy::Error),
    #[error("the answer broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the request could not be built")]
    Request(#[source] http::Error),
    #[error("the request could not be signed")]
    Signature(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("there are no AWS credentials")]
    NoCredentials,
}

impl HttpClient {
    /// The trusted roots are compiled in: reading a system's store would cost more than all the rest of the start.
    pub fn new() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .expect("ring has the default TLS versions")
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self(
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .build(connector),
        )
    }

    /// Waits for the head of the answer only.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        until: Instant,
    ) -> Result<Response<Incoming>, SendError> {
        let sent = timeout_at(until, self.0.request(request)).await;
        sent.map_err(|_| SendError::Timeout)?
            .map_err(SendError::Connection)
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

/// The whole body.
pub async fn read(body: Incoming, until: Instant) -> Result<Bytes, SendError> {
    let whole = timeout_at(until, Limited::new(body, WHOLE_LIMIT).collect()).await;
    let whole = whole
        .map_err(|_| SendError::Timeout)?
        .map_err(SendError::Broken)?;
    Ok(whole.to_bytes())
}

/// The next bytes of a body that is read as it arrives.
pub async fn next_bytes(body: &mut Incoming, until: Instant) -> Result<Option<Bytes>, SendError> {
    loop {
        let frame = timeout_at(until, body.frame())
            .await
            .map_err(|_| SendError::Timeout)?;
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
            Some(Err(error)) => return Err(SendError::Broken(error.into())),
        }
    }
}
