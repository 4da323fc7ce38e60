//! A process that can be asked. It is not ended before everybody who holds this has let go.

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

/// Shorter than the backend's own patience, so that it never closes a connection that is just being used again.
const KEPT: Duration = Duration::from_secs(5);

/// What a visitor sent: read already, or passed on as it comes.
pub(in crate::targets::local::gateway) type Sent = Either<Full<Bytes>, Limited<Incoming>>;

#[derive(Debug)]
pub(in crate::targets::local::gateway) struct Upstream {
    client: Client<HttpConnector, Sent>,
    address: SocketAddr,
    pid: u32,
    _held: mpsc::Sender<Infallible>,
}

/// Tells when nobody holds the upstream any more.
#[derive(Debug)]
pub(super) struct Drained(mpsc::Receiver<Infallible>);

impl Upstream {
    pub(super) fn new(address: SocketAddr, pid: u32) -> (Self, Drained) {
        let mut connector = HttpConnector::new();
        // A piece of an answer is sent when it is there.
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .build(connector);
        let (held, drained) = mpsc::channel(1);
        (Self { client, address, pid, _held: held }, Drained(drained))
    }

    /// A request that is sent now may get into a connection at whose other end nobody is left.
    pub(in crate::targets::local::gateway) fn has_ended(&self) -> bool {
        host::has_ended(self.pid)
    }

    pub(in crate::targets::local::gateway) async fn ask(
        &self,
        request: Request<Sent>,
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
        // Nothing is ever sent: it ends when the last sender is gone.
        let _nothing = self.0.recv().await;
    }
}
