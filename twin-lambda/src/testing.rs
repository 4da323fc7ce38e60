//! A whole twin in a temporary folder, for tests.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;

use crate::body::Body;
use crate::clock::Deadline;
use crate::config::{Config, LogText};
use crate::http::{Api, Call, Transport};
use crate::log::Log;
use crate::start;

/// An API over a folder that lives as long as it does.
#[derive(Debug)]
pub(crate) struct Testing {
    pub(crate) api: Arc<Api>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) lines: Arc<Mutex<Vec<String>>>,
}

pub(crate) const FACTS: &str = r#"{"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com"}"#;

/// The builtin twin of Ada, with some settings changed.
pub(crate) fn api(settings: &[(&str, &str)]) -> Testing {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/facts.json"), FACTS).unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut environment =
        BTreeMap::from([("DATA_DIR".to_owned(), at("data")), ("MEMORY_DIR".to_owned(), at("memory"))]);
    environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let config = Config::read(&environment).unwrap();
    let (log, lines) = Log::kept(LogText::Never);
    let twin = start::twin(&config, &log);
    Testing { api: Arc::new(Api::new(config, twin, log)), folder, lines }
}

/// An answer with its body read to the end.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Testing {
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Answered {
        let call = Call {
            transport: Transport::Streaming,
            deadline: Deadline::after(Duration::from_secs(10)),
            cold: false,
        };
        let response: Response<Body> = self.api.respond(request, call).await;
        let (head, body) = response.into_parts();
        Answered { status: head.status, headers: head.headers, body: body.collect().await }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(request(Method::GET, path, "")).await
    }

    pub(crate) async fn chat(&self, body: &Value) -> Answered {
        self.send(request(Method::POST, "/api/chat", &body.to_string())).await
    }
}

pub(crate) fn request(method: Method, path: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}
