//! Test support: a complete twin in a temporary folder, and stubs of the services that it calls.

pub(crate) mod dynamodb;
pub(crate) mod model;
pub(crate) mod s3;
pub(crate) mod serve;
pub(crate) mod signature;

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::body::Body;
use crate::clock::Deadline;
use crate::config::Config;
use crate::http::{Api, CallContext, Transport};
use crate::log::Log;
use crate::start;

/// A deadline that only ends a test that hangs.
pub(crate) const NEVER: Duration = Duration::from_mins(10);

/// Waits for an event that a correct twin causes, and fails if it does not occur.
pub(crate) async fn in_time<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, event).await.expect("the event occurs")
}

/// An API with its data in a temporary folder, which is deleted when this value is dropped.
#[derive(Debug)]
pub(crate) struct Testing {
    pub(crate) api: Arc<Api>,
    folder: tempfile::TempDir,
    lines: Arc<Mutex<Vec<String>>>,
}

pub(crate) const FACTS: &str = r#"{"full_name": "Ada Example", "name": "Ada", "email": "ada@example.com"}"#;

/// Creates a twin of Ada, by default with the built-in model. `settings` are environment variables.
pub(crate) fn api(settings: &[(&str, &str)]) -> Testing {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/facts.json"), FACTS).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut environment =
        BTreeMap::from([("DATA_DIR".to_owned(), path("data")), ("MEMORY_DIR".to_owned(), path("memory"))]);
    environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let config = Config::read(&environment).unwrap();
    let (log, lines) = Log::in_memory(config.log_level);
    let twin = start::twin(&config, &log).unwrap();
    Testing { api: Arc::new(Api::new(config, twin, log)), folder, lines }
}

/// Returns the settings of a twin that uses the model stub at `url`.
pub(crate) fn openai(url: &str) -> [(&str, &str); 4] {
    [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", url), ("OPENAI_MODEL", "m"), ("TURNS_PER_MINUTE", "0")]
}

/// A response with its complete body.
#[derive(Debug)]
pub(crate) struct FullResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl FullResponse {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the name and data of each server-sent event.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        let event = |block: &str| {
            let (name, data) = block.split_once('\n').unwrap();
            let data = data.strip_prefix("data: ").unwrap();
            (name.strip_prefix("event: ").unwrap().to_owned(), serde_json::from_str(data).unwrap())
        };
        self.text().split_terminator("\n\n").map(event).collect()
    }
}

impl Testing {
    pub(crate) async fn respond(&self, request: Request<Bytes>, within: Duration) -> Response<Body> {
        let context =
            CallContext { transport: Transport::Streaming, deadline: Deadline::after(within), cold: false };
        self.api.respond(request, context).await
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> FullResponse {
        let (head, body) = self.respond(request, NEVER).await.into_parts();
        FullResponse { status: head.status, headers: head.headers, body: body.collect().await }
    }

    pub(crate) async fn get(&self, path: &str) -> FullResponse {
        self.send(request(Method::GET, path, "")).await
    }

    pub(crate) async fn chat(&self, body: &Value) -> FullResponse {
        self.send(request(Method::POST, "/api/chat", &body.to_string())).await
    }

    pub(crate) async fn say(&self, message: &str) -> FullResponse {
        self.chat(&json!({"message": message, "session_id": "s"})).await
    }

    /// Returns the log lines written so far.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.lines.lock().unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
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
