//! A stand-in for a REST API that streams, and for the Runtime API behind it: it converts a visitor's request to an event,
//! and the function's streamed response to the parts that the visitor receives.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// How long API Gateway waits for the next chunk of a response.
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);

/// How the Runtime API treats the function's response when no visitor receives it any more.
#[derive(Clone, Copy, Debug)]
pub(super) enum Abandoned {
    /// The Runtime API closes the connection.
    Closed,
    /// The Runtime API receives the rest, so the function does not notice it.
    Received,
}

/// A part of the response, as the visitor receives it.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Head(Value),
    Data(Bytes),
    End,
    /// The response was interrupted. API Gateway closes the connection.
    Failed {
        kind: String,
        body: Value,
    },
    IdleTimeout,
}

#[derive(Debug)]
pub(super) struct RestApi {
    /// The address of the Runtime API.
    pub(super) address: String,
    visits: mpsc::UnboundedSender<(Value, mpsc::UnboundedSender<Part>)>,
    /// The headers of each response of the function.
    responses: mpsc::UnboundedReceiver<HeaderMap>,
}

/// A request that is being answered. Dropping it closes the visitor's connection.
#[derive(Debug)]
pub(super) struct Visit(mpsc::UnboundedReceiver<Part>);

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<(Value, mpsc::UnboundedSender<Part>)>>,
    current: Mutex<Option<mpsc::UnboundedSender<Part>>>,
    responses: mpsc::UnboundedSender<HeaderMap>,
    abandoned: Abandoned,
}

impl RestApi {
    pub(super) async fn start(abandoned: Abandoned) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (visits, events) = mpsc::unbounded_channel();
        let (sender, responses) = mpsc::unbounded_channel();
        let (events, current) = (Mutex::new(events), Mutex::default());
        let shared = Arc::new(Shared { events, current, responses: sender, abandoned });
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = Arc::clone(&shared);
                let service = service_fn(move |request| serve(Arc::clone(&shared), request));
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, visits, responses }
    }

    pub(super) fn visit(&self, method: &str, path: &str, accept: &str, body: &Value) -> Visit {
        self.send(event(method, path, accept, &body.to_string()))
    }

    pub(super) fn send(&self, event: Value) -> Visit {
        let (sender, parts) = mpsc::unbounded_channel();
        self.visits.send((event, sender)).unwrap();
        Visit(parts)
    }

    /// Returns the headers of the function's next response.
    pub(super) async fn response_headers(&mut self) -> HeaderMap {
        self.responses.recv().await.unwrap()
    }
}

impl Visit {
    pub(super) async fn next(&mut self) -> Part {
        self.0.recv().await.unwrap()
    }

    /// Receives data until it contains `text`.
    pub(super) async fn until(&mut self, text: &str) -> String {
        let mut received = String::new();
        while !received.contains(text) {
            match self.next().await {
                Part::Head(_) => {}
                Part::Data(bytes) => received += std::str::from_utf8(&bytes).unwrap(),
                other => panic!("{other:?} after {received:?}"),
            }
        }
        received
    }

    /// Returns the prelude and the complete body.
    pub(super) async fn complete(mut self) -> (Value, String) {
        let Part::Head(head) = self.next().await else { panic!("no prelude") };
        let mut body = Vec::new();
        loop {
            match self.next().await {
                Part::Data(bytes) => body.extend_from_slice(&bytes),
                Part::End => return (head, String::from_utf8(body).unwrap()),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Finds the end of the prelude, no matter how the response is divided into chunks.
#[derive(Debug, Default)]
pub(super) struct Parser {
    prelude: Vec<u8>,
    is_in_body: bool,
}

impl Parser {
    pub(super) fn push(&mut self, chunk: Bytes) -> Vec<Part> {
        if self.is_in_body {
            return vec![Part::Data(chunk)];
        }
        self.prelude.extend_from_slice(&chunk);
        let Some(end) = self.prelude.windows(8).position(|window| window == [0; 8]) else {
            return Vec::new();
        };
        self.is_in_body = true;
        let head = serde_json::from_slice(&self.prelude[..end]).unwrap();
        let body = Bytes::copy_from_slice(&self.prelude[end + 8..]);
        let data = (!body.is_empty()).then_some(Part::Data(body));
        std::iter::once(Part::Head(head)).chain(data).collect()
    }
}

/// An event of a REST API, whose stage is `live`.
pub(super) fn event(method: &str, path: &str, accept: &str, body: &str) -> Value {
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Accept": accept, "content-type": "application/json"},
        "multiValueHeaders": {"Accept": [accept], "content-type": ["application/json"]},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": {"proxy": path.trim_start_matches('/')},
        "stageVariables": null,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "path": format!("/live{path}"),
            "httpMethod": method,
            "protocol": "HTTP/1.1",
            "stage": "live",
            "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
            "apiId": "abc123",
            "requestId": "00000000-0000-0000-0000-000000000001",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "test"},
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

async fn serve(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    if request.method() == http::Method::POST {
        assert!(request.uri().path().ends_with("/invocation/r-1/response"), "{}", request.uri());
        return shared.receive(request).await;
    }
    let Some((event, visitor)) = shared.events.lock().await.recv().await else {
        return std::future::pending().await;
    };
    *shared.current.lock().await = Some(visitor);
    let deadline = std::time::UNIX_EPOCH.elapsed().unwrap() + Duration::from_mins(15);
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", "r-1")
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string());
    Ok(response.body(Full::new(event.to_string().into())).unwrap())
}

impl Shared {
    async fn receive(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let visitor = self.current.lock().await.take().unwrap();
        let (head, mut body) = request.into_parts();
        drop(self.responses.send(head.headers));
        let mut parser = Parser::default();
        let mut visitor = Some(visitor);
        let mut last = Part::End;
        loop {
            let gone = async {
                match (&visitor, self.abandoned) {
                    (Some(visitor), Abandoned::Closed) => visitor.closed().await,
                    _ => std::future::pending().await,
                }
            };
            let frame = tokio::select! {
                frame = timeout(IDLE_TIMEOUT, body.frame()) => frame,
                () = gone => return Err(io::ErrorKind::BrokenPipe.into()),
            };
            let parts = match frame {
                Err(_) => {
                    visitor.take().map(|visitor| visitor.send(Part::IdleTimeout));
                    continue;
                }
                Ok(None) => break,
                Ok(Some(frame)) => match frame.unwrap().into_data() {
                    Ok(data) => parser.push(data),
                    Err(frame) => {
                        last = failed(&frame.into_trailers().unwrap());
                        continue;
                    }
                },
            };
            for part in parts {
                drop(visitor.as_ref().map(|visitor| visitor.send(part)));
            }
        }
        drop(visitor.map(|visitor| visitor.send(last)));
        Ok(Response::builder().status(202).body(Full::default()).unwrap())
    }
}

fn failed(trailers: &HeaderMap) -> Part {
    let text = |name: &str| trailers[name].to_str().unwrap().to_owned();
    let body = aws_smithy_types::base64::decode(text("lambda-runtime-function-error-body")).unwrap();
    Part::Failed {
        kind: text("lambda-runtime-function-error-type"),
        body: serde_json::from_slice(&body).unwrap(),
    }
}
