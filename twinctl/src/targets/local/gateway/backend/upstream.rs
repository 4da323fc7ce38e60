//! The HTTP client for a backend process.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use http::{Request, Response, Uri, uri::PathAndQuery};
use http_body_util::{Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::sync::mpsc;

use crate::system::host;

/// Shorter than the backend's own idle timeout, so that the backend does not close a connection that is about to be reused.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// The body of a request: read already, or streamed.
pub(in crate::targets::local::gateway) type RequestBody = Either<Full<Bytes>, Limited<Incoming>>;

/// A client for one process. The process is not stopped before every reference to this is dropped.
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

    /// Whether the process has exited. A request that is sent after that can be lost in an open connection.
    pub(in crate::targets::local::gateway) fn has_exited(&self) -> bool {
        host::has_exited(self.pid)
    }

    pub(in crate::targets::local::gateway) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, Error> {
        let (mut head, body) = request.into_parts();
        head.uri = self.uri(head.uri.path_and_query());
        self.client.request(Request::from_parts(head, body)).await
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
