//! The HTTP client for a backend process.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use contract::api;
use http::{HeaderValue, Request, Response, Uri, uri::PathAndQuery};
use http_body_util::{Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::{sync::mpsc, time::timeout};

use crate::system::{clock, host};

/// Shorter than the backend's own idle timeout, so that the backend does not close a connection that is about to be
/// reused.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
const HEALTH_CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// Time between the probes of a running process.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// Time for a probe to succeed.
const PROBE_TIMEOUT: Duration = Duration::from_secs(4);
/// Time for a second probe after the first one timed out. The first one also times out if the gateway itself was
/// suspended meanwhile, although the process is healthy.
const LAST_PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// A hung backend is replaced within 10 s. This leaves 3 s to start the new one.
const _: () = assert!(PROBE_INTERVAL.as_secs() + PROBE_TIMEOUT.as_secs() + LAST_PROBE_TIMEOUT.as_secs() <= 7);

/// The body of a request: buffered or streamed.
pub(in crate::targets::local::gateway) type RequestBody = Either<Full<Bytes>, Limited<Incoming>>;

/// A client for one process. A process that is being replaced runs until every reference to its client is dropped.
#[derive(Debug)]
pub(in crate::targets::local::gateway) struct Upstream {
    client: Client<HttpConnector, RequestBody>,
    address: SocketAddr,
    pid: u32,
    _in_use: mpsc::Sender<Infallible>,
}

/// Resolves when the `Upstream` has been dropped.
#[derive(Debug)]
pub(super) struct Drained(mpsc::Receiver<Infallible>);

impl Upstream {
    pub(super) fn new(address: SocketAddr, pid: u32) -> (Self, Drained) {
        let mut connector = HttpConnector::new();
        // Each chunk is sent immediately.
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        let (in_use, drained) = mpsc::channel(1);
        (Self { client, address, pid, _in_use: in_use }, Drained(drained))
    }

    /// Returns whether the process exits or has exited. Check this before a request, which could otherwise be lost: a pooled
    /// connection may still look open.
    pub(in crate::targets::local::gateway) fn is_ending(&self) -> bool {
        host::is_ending(self.pid)
    }

    pub(in crate::targets::local::gateway) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Error> {
        let (mut head, body) = request.into_parts();
        head.uri = self.uri(head.uri.path_and_query());
        self.client.request(Request::from_parts(head, body)).await
    }

    /// Waits until the process reports that it is healthy. `id` identifies the requests in its log.
    pub(super) async fn wait_until_healthy(&self, id: &HeaderValue) {
        loop {
            let mut request = Request::new(Either::Left(Full::new(Bytes::new())));
            *request.uri_mut() = Uri::from_static("/health");
            request.headers_mut().insert(api::CORRELATION_ID_HEADER, id.clone());
            if self.send(request).await.is_ok_and(|response| response.status().is_success()) {
                return;
            }
            clock::sleep(HEALTH_CHECK_INTERVAL).await;
        }
    }

    /// Probes the process, and returns when it no longer responds.
    pub(super) async fn hung(&self, id: &HeaderValue) {
        loop {
            clock::sleep(PROBE_INTERVAL).await;
            if timeout(PROBE_TIMEOUT, self.wait_until_healthy(id)).await.is_err()
                && timeout(LAST_PROBE_TIMEOUT, self.wait_until_healthy(id)).await.is_err()
            {
                return;
            }
        }
    }

    fn uri(&self, path: Option<&PathAndQuery>) -> Uri {
        let path = path.map_or("/", PathAndQuery::as_str);
        Uri::builder()
            .scheme("http")
            .authority(self.address.to_string())
            .path_and_query(path)
            .build()
            .unwrap_or_default()
    }
}

impl Drained {
    pub(super) async fn wait(mut self) {
        // Nothing is ever sent. `recv` returns when the sender is dropped.
        let _none = self.0.recv().await;
    }
}
