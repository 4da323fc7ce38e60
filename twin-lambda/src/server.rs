//! The plain HTTP server: the same API for a laptop or a home server.

use std::convert::Infallible;
use std::io;
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
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::body::Body;
use crate::clock::Deadline;
use crate::http::{Api, Call, Transport};

const BODY_WITHIN: Duration = Duration::from_secs(30);
const READ_AT_MOST: usize = 1024 * 1024;
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
        // Each piece of a stream is sent when it is there; what stays slow without it is no reason to refuse.
        drop(stream.set_nodelay(true));
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
        deadline: Deadline::after(limits::ANSWER_TIMEOUT),
        cold: false,
    };
    let (head, incoming) = request.into_parts();
    // What did not arrive in time is refused like any other body that is not whole.
    let body = timeout(BODY_WITHIN, read(incoming)).await.unwrap_or_default();
    Ok(api.respond(Request::from_parts(head, body), call).await)
}

/// Holds little more than the limit, by which the API sees that the body is too large. Some of the rest is read and
/// dropped: a client that is still sending would not see the answer.
async fn read(mut incoming: Incoming) -> Bytes {
    let mut kept = Vec::new();
    let mut seen = 0;
    while seen <= READ_AT_MOST {
        let Some(Ok(frame)) = incoming.frame().await else {
            break;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        seen += data.len();
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
    use crate::client::{HttpClient, read};
    use crate::testing;

    async fn post(url: &str, accept: &'static str, message: &str) -> (StatusCode, Bytes) {
        let until = Instant::now() + Duration::from_secs(10);
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{url}/api/chat"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, accept)
            .body(Full::new(json!({"message": message}).to_string().into()));
        let response = HttpClient::new(None).unwrap().send(request.unwrap(), until).await.unwrap();
        (response.status(), read(response.into_body(), until).await.unwrap())
    }

    #[tokio::test]
    async fn serves_json_streams_and_refusals_over_a_socket() {
        let twin = testing::api(&[]);
        let listener = bind(Ipv4Addr::LOCALHOST, 0).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(Arc::clone(&twin.api), listener));

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
