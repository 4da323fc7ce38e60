//! The HTTP client of the stores and the models. It reuses connections and has one time limit for each call.
//!
//! The AWS SDK is not used: for one signed GET and PUT and one model call, it triples the size of the zip and more than
//! doubles the start time. AWS's own crates do the parts that are easy to get wrong: signatures, event-stream frames, XML.

use std::path::{Path, PathBuf};
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
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};

/// Shorter than the idle timeouts of servers, so that we do not reuse a connection that the server has closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 3 });
/// The largest body that is read completely.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// The file of additional certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("failed to read certificates from {}", .0.display())]
pub struct CertificateError(PathBuf, #[source] pem::Error);

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the request timed out")]
    Timeout,
    #[error("the connection failed")]
    Connection(#[source] legacy::Error),
    #[error("the response was interrupted")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("failed to build the request")]
    Request(#[source] http::Error),
    #[error("failed to sign the request")]
    Signature(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("there are no AWS credentials")]
    NoCredentials,
}

impl SendError {
    /// Returns whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout | Self::Connection(_) | Self::Interrupted(_))
    }

    /// Returns whether the server may have received the request.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Connection(error) => !error.is_connect(),
            _ => self.is_transient(),
        }
    }
}

impl HttpClient {
    /// Creates a client that trusts the public certificate authorities and those in `bundle`. The public ones are compiled
    /// in, because reading the system's would take longer than the rest of the start.
    pub fn new(bundle: Option<&Path>) -> Result<Self, CertificateError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(bundle) = bundle {
            add_certificates(bundle, &mut roots)
                .map_err(|error| CertificateError(bundle.to_owned(), error))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports the default TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self(client))
    }

    /// Sends a request and waits for the head of the response.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        until: Instant,
    ) -> Result<Response<Incoming>, SendError> {
        let sent = timeout_at(until, self.0.request(request)).await;
        sent.map_err(|_| SendError::Timeout)?.map_err(SendError::Connection)
    }
}

fn add_certificates(bundle: &Path, roots: &mut RootCertStore) -> Result<(), pem::Error> {
    let certificates = CertificateDer::pem_file_iter(bundle)?.collect::<Result<Vec<_>, _>>()?;
    // Bundles of operating systems contain certificates that rustls cannot parse. They are skipped.
    roots.add_parsable_certificates(certificates);
    Ok(())
}

/// Reads a body completely.
pub async fn read_body(body: Incoming, until: Instant) -> Result<Bytes, SendError> {
    let body = timeout_at(until, Limited::new(body, BODY_LIMIT).collect()).await;
    let body = body.map_err(|_| SendError::Timeout)?.map_err(SendError::Interrupted)?;
    Ok(body.to_bytes())
}

/// Waits for the next bytes of a body, and returns `None` at its end.
pub async fn next_chunk(body: &mut Incoming, until: Instant) -> Result<Option<Bytes>, SendError> {
    loop {
        let frame = timeout_at(until, body.frame()).await.map_err(|_| SendError::Timeout)?;
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
            Some(Err(error)) => return Err(SendError::Interrupted(error.into())),
        }
    }
}
