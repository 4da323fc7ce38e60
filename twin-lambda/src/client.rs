//! The HTTP client behind the stores and the models: kept connections, one time limit a call.
//!
//! Why not the AWS SDK: for one signed GET and PUT and one model call it trebles the zip and more than doubles
//! the start. AWS's own crates still do what is easily got wrong: signatures, event-stream frames, XML.

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

/// Shorter than what servers allow: a connection that they closed is not tried first.
const IDLE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(3);
/// No object or answer that we read whole is larger.
const WHOLE_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// The file of additional certificates is not one.
#[derive(Debug, thiserror::Error)]
#[error("the certificates in {} could not be read", .0.display())]
pub struct BundleError(PathBuf, #[source] pem::Error);

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
    /// A bundle adds those of a company or a home to them.
    pub fn new(bundle: Option<&Path>) -> Result<Self, BundleError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(bundle) = bundle {
            add(bundle, &mut roots).map_err(|error| BundleError(bundle.to_owned(), error))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector);
        Ok(Self(client))
    }

    /// Waits for the head of the answer only.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        until: Instant,
    ) -> Result<Response<Incoming>, SendError> {
        let sent = timeout_at(until, self.0.request(request)).await;
        sent.map_err(|_| SendError::Timeout)?.map_err(SendError::Connection)
    }
}

fn add(bundle: &Path, roots: &mut RootCertStore) -> Result<(), pem::Error> {
    let certificates = CertificateDer::pem_file_iter(bundle)?.collect::<Result<Vec<_>, _>>()?;
    // Bundles of whole systems have certificates that are too odd for us; one that is needed is not among them.
    roots.add_parsable_certificates(certificates);
    Ok(())
}

/// The whole body.
pub async fn read(body: Incoming, until: Instant) -> Result<Bytes, SendError> {
    let whole = timeout_at(until, Limited::new(body, WHOLE_LIMIT).collect()).await;
    let whole = whole.map_err(|_| SendError::Timeout)?.map_err(SendError::Broken)?;
    Ok(whole.to_bytes())
}

/// The next bytes of a body that is read as it arrives.
pub async fn next_bytes(body: &mut Incoming, until: Instant) -> Result<Option<Bytes>, SendError> {
    loop {
        let frame = timeout_at(until, body.frame()).await.map_err(|_| SendError::Timeout)?;
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
