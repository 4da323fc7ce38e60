//! A GitHub of one's own: one repository with a pull request and runs, and the surroundings that a job gets there.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

#[derive(Debug, Default)]
struct Inside {
    /// The bodies of the comments that the job's token has made.
    comments: Vec<String>,
    /// What `status` of every run says.
    runs: String,
    /// The token may only read.
    read_only: bool,
    asked: Vec<String>,
}

/// Serves until it is dropped.
pub(crate) struct Hub {
    inside: Arc<Mutex<Inside>>,
    root: String,
    folder: TempDir,
    serving: tokio::task::AbortHandle,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Hub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Mutex::new(Inside { runs: "in_progress".to_owned(), ..Inside::default() }));
        let serving = tokio::spawn(serve(listener, Arc::clone(&inside))).abort_handle();
        let folder = tempfile::tempdir().unwrap();
        let head = json!({ "sha": "5d41402abc4b2a76", "repo": { "full_name": "ada/twin" } });
        let event = json!({ "pull_request": { "number": 7, "head": head } });
        std::fs::write(folder.path().join("event.json"), event.to_string()).unwrap();
        Self { inside, root, folder, serving }
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        self.inside.lock().unwrap().comments.clone()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.inside.lock().unwrap().asked.clone()
    }

    pub(crate) fn all_runs_are(&self, status: &str) {
        status.clone_into(&mut self.inside.lock().unwrap().runs);
    }

    pub(crate) fn is_read_only(&self) {
        self.inside.lock().unwrap().read_only = true;
    }

    fn summary_file(&self) -> PathBuf {
        self.folder.path().join("summary.md")
    }

    /// What the job's page shows, and begins anew.
    pub(crate) fn summary(&self) -> String {
        let text = std::fs::read_to_string(self.summary_file()).unwrap_or_default();
        let _ = std::fs::remove_file(self.summary_file());
        text
    }

    /// Puts `command` into a job of run `id`.
    pub(crate) fn in_job(&self, mut command: Command, id: u64, workspace: &std::path::Path) -> Command {
        command
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTOR", "ada")
            .env("GITHUB_API_URL", &self.root)
            .env("GITHUB_EVENT_PATH", self.folder.path().join("event.json"))
            .env("GITHUB_REPOSITORY", "ada/twin")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_RUN_ID", id.to_string())
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_STEP_SUMMARY", self.summary_file())
            .env("GITHUB_TOKEN", "the token of the job")
            .env("GITHUB_WORKSPACE", workspace);
        command
    }
}

async fn serve(listener: TcpListener, inside: Arc<Mutex<Inside>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inside = Arc::clone(&inside);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&inside, request));
            // A client that goes away is its own business.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    inside: &Mutex<Inside>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await?.to_bytes()).unwrap_or_default();
    let body = body["body"].as_str().unwrap_or_default().to_owned();
    let authorized =
        head.headers.get("authorization").is_some_and(|token| token == "Bearer the token of the job");
    let (status, answer) = if authorized {
        inside.lock().unwrap().answer(&head.method, head.uri.path(), body)
    } else {
        (401, json!({ "message": "Bad credentials" }))
    };
    Ok(Response::builder().status(status).body(Full::new(answer.to_string().into())).unwrap())
}

impl Inside {
    fn answer(&mut self, method: &Method, path: &str, body: String) -> (u16, Value) {
        self.asked.push(format!("{method} {path}"));
        let path = path.strip_prefix("/repos/ada/twin").unwrap_or_default();
        let shown = |id: usize, body: &str| {
            let url = format!("https://github.com/ada/twin/pull/7#issuecomment-{id}");
            json!({ "id": id, "user": { "type": "Bot" }, "body": body, "html_url": url })
        };
        if method != Method::GET && self.read_only {
            return (403, json!({ "message": "Resource not accessible by integration" }));
        }
        match (method.as_str(), path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["actions", "runs", _]) => (200, json!({ "status": self.runs, "run_attempt": 1 })),
            ("GET", ["issues", "7", "comments"]) => {
                let listed = self.comments.iter().enumerate().map(|(id, body)| shown(id, body));
                (200, listed.collect())
            }
            ("POST", ["issues", "7", "comments"]) => {
                self.comments.push(body);
                let id = self.comments.len() - 1;
                (201, shown(id, &self.comments[id]))
            }
            ("PATCH", ["issues", "comments", id]) => {
                let id: usize = id.parse().unwrap();
                self.comments[id] = body;
                (200, shown(id, &self.comments[id]))
            }
            _ => (404, json!({ "message": "Not Found" })),
        }
    }
}
