//! The plain HTTP server: the same API for a laptop or a home server.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::body::Body;
use crate::clock::Deadline;
use crate::http::{Api, BODY_LIMIT, Call, Transport};

/// A model on the owner's own machine can be slow.
const ANSWER_WITHIN: Duration = Duration::from_mins(3);
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// Port 0 takes a free one; the address that was taken is `listener.local_addr()`.
pub async fn bind(address: Ipv4Addr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((address, port))).await
}

/// Serves until the future is dropped.
pub async fn serve(api: Arc<Api>, listener: TcpListener) {
    loop {
        // A connection that could not be accepted is the client's loss, not the server's end.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let api = Arc::clone(&api);
        let service = service_fn(move |request| respond(Arc::clone(&api), request));
        tokio::spawn(async move {
            // An error here is a client that went away.
            let _gone = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_WITHIN)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let call = Call {
        transport: Transport::Streaming,
        deadline: Deadline::after(ANSWER_WITHIN),
        cold: false,
    };
    let (head, incoming) = request.into_parts();
    let body = read(incoming).await;
    Ok(api.respond(Request::from_parts(head, body), call).await)
}

/// Never holds more than one byte over the limit: the API then says that the body is too large.
async fn read(incoming: Incoming) -> Bytes {
    match Limited::new(incoming, BODY_LIMIT).collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Bytes::from(vec![b' '; BODY_LIMIT + 1])
        }
        Err(_) => Bytes::new(),
    }
}
