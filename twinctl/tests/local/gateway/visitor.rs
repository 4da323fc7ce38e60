//! An HTTP client that reuses connections, as browsers do.

use std::net::SocketAddr;

use futures_util::future::join_all;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use testbed::wait;

#[derive(Clone)]
pub(crate) struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Visitor {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), address }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Response<Incoming>, Error> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.request(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        read_whole(self.send(Method::GET, path, headers, String::new()).await.unwrap()).await.unwrap()
    }

    pub(crate) async fn chat(&self, message: &str, session: &str) -> Result<Answer, String> {
        let body = json!({"message": message, "session_id": session}).to_string();
        let headers = [("content-type", "application/json")];
        let sent = self.send(Method::POST, "/api/chat", &headers, body).await;
        read_whole(sent.map_err(|error| format!("{error:?}"))?).await
    }

    /// Sends a message and returns the response with its body unread.
    pub(crate) async fn stream(&self, message: &str) -> Response<Incoming> {
        let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
        let body = json!({"message": message}).to_string();
        self.send(Method::POST, "/api/chat", &headers, body).await.unwrap()
    }
}

/// Sends several requests at once, until one is throttled.
pub(crate) async fn until_throttled(visitor: &Visitor) -> Answer {
    wait::for_value_async("a request is throttled", async || {
        let answers = join_all((0..10).map(|_| visitor.get("/api/health"))).await;
        answers.into_iter().find(|answer| answer.status == 429)
    })
    .await
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE.as_str())
    }
}

async fn read_whole(response: Response<Incoming>) -> Result<Answer, String> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer { status: head.status, headers: head.headers, body })
}
