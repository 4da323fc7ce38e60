//! Client connections: their number, their timeouts and how they are closed.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, header};
use hyper::{
    body::{Body, Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use super::timed_stream::TimedStream;
use crate::system::clock;

/// Maximum number of connections. Each needs two file descriptors, and the limit of a process is often 1,024.
pub(super) const MAX_CONNECTIONS: u32 = 400;
/// Time to wait for the head of the next request. Idle connections are closed after it too.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST_HEAD: usize = 64 << 10;
/// Time for active clients to send one more request, whose response tells them to reconnect.
const LAST_REQUEST_WINDOW: Duration = Duration::from_secs(1);
/// Pause after a failed `accept`, so that a lack of file descriptors does not cause a busy loop.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// All connections. Each holds a permit, so that all are closed when all permits can be acquired.
#[derive(Debug)]
pub(super) struct Connections {
    permits: Arc<Semaphore>,
    closing: watch::Sender<Closing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// The next response closes its connection.
    AfterResponse,
    /// Idle connections are closed.
    Now,
}

/// How connections are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// Another process has taken over. Clients are first asked to reconnect, so that no request arrives on a connection
    /// that is just being closed.
    Gracefully,
    Now,
}

impl Connections {
    pub(super) fn new() -> Self {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
        Self { permits, closing: watch::Sender::new(Closing::No) }
    }

    /// Accepts connections until the future is dropped. Open connections are still served after that. A connection for
    /// which `serve` returns `None` is closed at once.
    pub(super) async fn accept<S, A, B>(&self, listener: TcpListener, serve: impl Fn(SocketAddr) -> Option<S>)
    where
        S: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        while let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, client)) => {
                    if let Some(serve) = serve(client) {
                        tokio::spawn(serve_connection(stream, serve, self.closing.subscribe(), permit));
                    }
                }
                Err(_) => clock::sleep(ACCEPT_RETRY).await,
            }
        }
    }

    /// Closes the connections, and waits up to `limit` for responses to be finished. `accept` must have been stopped.
    pub(super) async fn close(&self, how: Close, limit: Duration) {
        if how == Close::Gracefully {
            self.closing.send_replace(Closing::AfterResponse);
            drop(timeout(LAST_REQUEST_WINDOW, self.permits.acquire_many(MAX_CONNECTIONS)).await);
        }
        self.closing.send_replace(Closing::Now);
        drop(timeout(limit, self.permits.acquire_many(MAX_CONNECTIONS)).await);
    }
}

async fn serve_connection<S, A, B>(
    stream: TcpStream,
    serve: S,
    mut closing: watch::Receiver<Closing>,
    _permit: OwnedSemaphorePermit,
) where
    S: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
    A: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    // Each chunk of a response is sent immediately.
    drop(stream.set_nodelay(true));
    let close_after = closing.clone();
    let service = service_fn(|request| {
        let (answer, close_after) = (serve(request), &close_after);
        async move {
            let mut response = answer.await;
            if *close_after.borrow() != Closing::No {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(TimedStream::new(stream)), service)
    );
    // An error means that the client has disconnected, or does not read the response.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.wait_for(|closing| *closing == Closing::Now) => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}
