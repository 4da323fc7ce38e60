//! A plain HTTP server for the same API, on a laptop or a home server.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::limits;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::body::Body;
use crate::clock::{self, Deadline};
use crate::http::{Api, CallContext, Transport};
use crate::log::{Level, Log};

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a body that are received. Bytes beyond the API's limit are discarded.
const MAX_RECEIVED: usize = 1024 * 1024;
/// How long no connection is accepted after the process ran out of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Binds a port. Port 0 selects a free one; `local_addr()` of the listener returns it.
pub async fn bind(address: Ipv4Addr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((address, port))).await
}

/// Serves requests until the future is dropped.
pub async fn serve(api: Arc<Api>, listener: TcpListener, log: Log) {
    let mut failures = 0_u64;
    loop {
        let accepted = tokio::select! {
            biased;
            accepted = listener.accept() => accepted,
            // No connection is waiting, so the process has recovered.
            () = std::future::ready(()), if failures > 0 => {
                log.event(Level::Info, "accepting connections again", &failures.into());
                failures = 0;
                continue;
            }
        };
        match accepted {
            Ok((stream, _)) => drop(tokio::spawn(serve_connection(Arc::clone(&api), stream))),
            Err(error) if concerns_one_connection(&error) => {}
            // The connection remains in the queue, so the next `accept` would fail at once.
            Err(error) => {
                if failures == 0 {
                    log.event(Level::Error, "accepting connections is paused", &error.to_string().into());
                }
                failures += 1;
                clock::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Returns whether the error concerns only the connection that was being accepted. Other errors, such as too many open
/// files, affect the next connection as well.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}

async fn serve_connection(api: Arc<Api>, stream: TcpStream) {
    // Without it, chunks of a stream are delayed. That is no reason to reject the connection.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| respond(Arc::clone(&api), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // An error means that the client disconnected or sent invalid HTTP.
    drop(served);
}

async fn respond(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let context = CallContext {
        transport: Transport::Streaming,
        deadline: Deadline::after(limits::ANSWER_TIMEOUT),
        cold: false,
    };
    let (head, incoming) = request.into_parts();
    // The API rejects a body that did not arrive in time, because it is empty then.
    let body = timeout(BODY_TIMEOUT, receive(incoming)).await.unwrap_or_default();
    Ok(api.respond(Request::from_parts(head, body), context).await)
}

/// Receives a body. Keeps slightly more than the API's limit, so that the API can detect that the body is too large.
/// Reads on and discards up to [`MAX_RECEIVED`], because a client that is still sending would not read the response.
async fn receive(mut incoming: Incoming) -> Bytes {
    let mut kept = Vec::new();
    let mut received = 0;
    while received <= MAX_RECEIVED {
        let Some(Ok(frame)) = incoming.frame().await else {
            break;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        received += data.len();
        if kept.len() <= limits::BODY {
            kept.extend_from_slice(&data);
        }
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode, header};
    use http_body_util::Full;
    use serde_json::{Value, json};
    use tokio::time::Instant;

    use super::*;
    use crate::client::{HttpClient, read_body};
    use crate::config::LogLevel;
    use crate::testing;

    async fn post(url: &str, accept: &'static str, message: &str) -> (StatusCode, Bytes) {
        let until = Instant::now() + testing::NEVER;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{url}/api/chat"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, accept)
            .body(Full::new(json!({"message": message}).to_string().into()));
        let response = HttpClient::new(None).unwrap().send(request.unwrap(), until).await.unwrap();
        (response.status(), read_body(response.into_body(), until).await.unwrap())
    }

    #[tokio::test]
    async fn json_streams_and_errors_are_served_over_a_socket() {
        let twin = testing::api(&[]);
        let listener = bind(Ipv4Addr::LOCALHOST, 0).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(Arc::clone(&twin.api), listener, Log::in_memory(LogLevel::Info).0));

        let (status, body) = post(&url, "application/json", "What is your email?").await;
        let reply: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200);
        assert!(reply["response"].as_str().unwrap().contains("ada@example.com"));

        let (status, body) = post(&url, "text/event-stream", "Who are you?").await;
        assert_eq!(status, 200);
        assert!(body.starts_with(b"event: session\n") && body.ends_with(b"\n\n"));

        let (status, body) = post(&url, "application/json", &"x".repeat(500_000)).await;
        let reply: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), &reply["code"]), (413, &json!("body_too_large")));
    }
}
