//! The connections of visitors: how many there may be, how patient we are with each, and how they are let go.

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

use crate::system::clock;

/// Each takes two file descriptors, of which a process often has 1,024.
const MOST: u32 = 400;
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
const LARGEST_HEAD: usize = 64 << 10;
/// Visitors who are busy send their next request within that time, and learn that it was the last.
const GENTLY: Duration = Duration::from_secs(1);
/// Out of descriptors: trying again at once would only heat the machine.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Every connection holds one of the places, so when all places are free again, all connections are gone.
#[derive(Debug)]
pub(super) struct Connections {
    places: Arc<Semaphore>,
    leaving: watch::Sender<Leaving>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    No,
    /// The next answer is a connection's last.
    Soon,
    /// What is idle is closed.
    Now,
}

/// How connections are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Somebody else serves already: no request may hit a connection that is just being closed.
    Gentle,
    Short,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST as usize)), leaving: watch::Sender::new(Leaving::No) }
    }

    /// Serves whoever comes, until the future is dropped. Connections outlive it.
    pub(super) async fn accept<S, A, B>(&self, listener: TcpListener, serve: impl Fn(SocketAddr) -> S)
    where
        S: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, visitor)) => {
                    tokio::spawn(attend(stream, serve(visitor), self.leaving.subscribe(), place));
                }
                Err(_) => clock::sleep(AFTER_FAILURE).await,
            }
        }
    }

    /// Lets answers be finished, for as long as `patience` lasts. Nothing may be accepted any more.
    pub(super) async fn drain(&self, farewell: Farewell, patience: Duration) {
        if farewell == Farewell::Gentle {
            self.leaving.send_replace(Leaving::Soon);
            drop(timeout(GENTLY, self.places.acquire_many(MOST)).await);
        }
        self.leaving.send_replace(Leaving::Now);
        drop(timeout(patience, self.places.acquire_many(MOST)).await);
    }
}

async fn attend<S, A, B>(
    stream: TcpStream,
    serve: S,
    mut leaving: watch::Receiver<Leaving>,
    _place: OwnedSemaphorePermit,
) where
    S: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
    A: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    // Pieces of an answer are sent when they are there.
    drop(stream.set_nodelay(true));
    let left = leaving.clone();
    let service = service_fn(|request| {
        let (answer, left) = (serve(request), &left);
        async move {
            let mut response = answer.await;
            if *left.borrow() != Leaving::No {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    // An error is a visitor who went away.
    tokio::select! {
        _gone = connection.as_mut() => return,
        _ = leaving.wait_for(|leaving| *leaving == Leaving::Now) => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}
