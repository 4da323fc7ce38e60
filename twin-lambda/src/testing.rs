//! A whole twin in a temporary folder, and stand-ins for what it talks to, for tests.

pub(crate) mod model;
pub(crate) mod s3;
pub(crate) mod serve;

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
use crate::http::{Api, Call, Transport};
use crate::log::Log;
use crate::start;

/// An API over a folder that lives as long as it does.
#[derive(Debug)]
pub(crate) struct Testing {
    pub(crate) api: Arc<Api>,
    folder: tempfile::TempDir,
    lines: Arc<Mutex<Vec<String>>>,
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
    let (log, lines) = Log::kept(config.log_text);
    let twin = start::twin(&config, &log).unwrap();
    Testing { api: Arc::new(Api::new(config, twin, log)), folder, lines }
}

/// The settings of a twin whose model is a stand-in at `url`.
pub(crate) fn openai(url: &str) -> [(&str, &str); 4] {
    [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", url), ("OPENAI_MODEL", "m"), ("TURNS_PER_MINUTE", "0")]
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

    /// Name and data of each server-sent event.
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
        let call = Call { transport: Transport::Streaming, deadline: Deadline::after(within), cold: false };
        self.api.respond(request, call).await
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Answered {
        let (head, body) = self.respond(request, Duration::from_secs(10)).await.into_parts();
        Answered { status: head.status, headers: head.headers, body: body.collect().await }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(request(Method::GET, path, "")).await
    }

    pub(crate) async fn chat(&self, body: &Value) -> Answered {
        self.send(request(Method::POST, "/api/chat", &body.to_string())).await
    }

    pub(crate) async fn say(&self, message: &str) -> Answered {
        self.chat(&json!({"message": message, "session_id": "s"})).await
    }

    /// The log lines so far.
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
