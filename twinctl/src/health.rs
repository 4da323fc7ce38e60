//! Asks the twin from outside whether it answers.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};
use serde::Serialize;
use tokio::time::Instant;

use crate::clock;

type Bytes = std::io::Cursor<Vec<u8>>;

const TIMEOUT: Duration = Duration::from_secs(10);
/// A page is small, and nothing else is read.
const LARGEST_BODY: usize = 4 << 20;
const BETWEEN: Duration = Duration::from_secs(1);

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    /// Fits "the twin …".
    pub(crate) finding: String,
}

impl Health {
    fn sick(finding: impl Into<String>) -> Self {
        Self { healthy: false, finding: finding.into() }
    }
}

/// Asks the page and the API once, both at the same time.
pub(crate) async fn ask(endpoint: Option<&str>, domain: &str) -> Health {
    let (page, api) = tokio::join!(get(endpoint, domain, "/"), get(endpoint, domain, "/api/health"));
    match (page, api) {
        (Err(why), _) | (_, Err(why)) => Health::sick(format!("does not answer: {why}")),
        (Ok((200, _)), Ok((200, body))) if body.contains("\"healthy\"") => {
            Health { healthy: true, finding: "answers".to_owned() }
        }
        (Ok((200, _)), Ok((status, body))) => {
            let body: String = body.chars().take(200).collect();
            Health::sick(format!("answers `/api/health` with {status}: {body}"))
        }
        (Ok((status, _)), _) => Health::sick(format!("answers `/` with {status}")),
    }
}

/// Asks until it answers, for as long as `patience` lasts.
pub(crate) async fn ask_until(endpoint: Option<&str>, domain: &str, patience: Duration) -> Health {
    let begun = Instant::now();
    loop {
        let health = ask(endpoint, domain).await;
        if health.healthy || begun.elapsed() > patience {
            return health;
        }
        clock::sleep(BETWEEN).await;
    }
}

/// Where everything is reached at another address than AWS's, the front is too: it knows its domain by the Host header,
/// and that this stands for a visit by TLS.
async fn get(endpoint: Option<&str>, domain: &str, path: &str) -> Result<(u16, String), String> {
    let base =
        endpoint.map_or_else(|| format!("https://{domain}"), |url| url.trim_end_matches('/').to_owned());
    let request = http::Request::get(format!("{base}{path}")).header(http::header::HOST, domain);
    let request = request.header("x-forwarded-proto", "https");
    let request = request.body(Empty::new()).map_err(|error| error.to_string())?;
    let exchange = async {
        if base.starts_with("http://") {
            send(HttpConnector::new(), request).await
        } else {
            let connector =
                HttpsConnectorBuilder::new().with_native_roots().map_err(|error| error.to_string())?;
            send(connector.https_only().enable_http1().build(), request).await
        }
    };
    tokio::time::timeout(TIMEOUT, exchange).await.map_err(|_| "no answer in time".to_owned())?
}

async fn send<C>(connector: C, request: http::Request<Empty<Bytes>>) -> Result<(u16, String), String>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.request(request).await.map_err(|error| innermost(&error))?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LARGEST_BODY).collect().await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn innermost(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}
