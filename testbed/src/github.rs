//! A stand-in for GitHub: one repository with a pull request and workflow runs, and the environment of a job.

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
use tokio::{net::TcpListener, process::Command};

use crate::Folder;

pub const OWNER_ID: u64 = 1815;
pub const REPOSITORY_ID: u64 = 1843;
/// The commit of every tag.
pub const TAGGED_COMMIT: &str = "5d41402abc4b2a76b9719d911017c592ae2b1c3d";

#[derive(Debug, Default)]
struct Repository {
    /// The bodies of the comments that were posted with the job's token.
    comments: Vec<String>,
    /// The `status` of every workflow run.
    run_status: String,
    /// Whether the job's token is read-only.
    read_only: bool,
    variables: Vec<(String, String)>,
    secrets: Vec<String>,
    /// The variables and secrets of the organization, if the owner is one.
    organization: Option<Settings>,
    requests: Vec<String>,
}

/// Variables, and the names of secrets.
type Settings = (Vec<(String, String)>, Vec<String>);

/// A running stand-in. Dropping it stops it.
#[derive(Debug)]
pub struct GitHub {
    repository: Arc<Mutex<Repository>>,
    root: String,
    folder: Folder,
    serving: tokio::task::AbortHandle,
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl GitHub {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let repository = Arc::new(Mutex::new(Repository {
            run_status: "in_progress".to_owned(),
            ..Repository::default()
        }));
        let serving = tokio::spawn(serve(listener, Arc::clone(&repository))).abort_handle();
        let folder = Folder::new();
        let head = json!({ "sha": "5d41402abc4b2a76", "repo": { "full_name": "ada/twin" } });
        let event = json!({ "pull_request": { "number": 7, "head": head } });
        folder.write("event.json", event.to_string());
        Self { repository, root, folder, serving }
    }

    /// The address of its API.
    pub fn api_url(&self) -> &str {
        &self.root
    }

    pub fn comments(&self) -> Vec<String> {
        self.repository.lock().unwrap().comments.clone()
    }

    pub fn requests(&self) -> Vec<String> {
        self.repository.lock().unwrap().requests.clone()
    }

    pub fn set_run_status(&self, status: &str) {
        status.clone_into(&mut self.repository.lock().unwrap().run_status);
    }

    pub fn make_read_only(&self) {
        self.repository.lock().unwrap().read_only = true;
    }

    /// Sets the variables of the repository, and the names of its secrets.
    pub fn configure(&self, variables: &[(&str, &str)], secrets: &[&str]) {
        let mut repository = self.repository.lock().unwrap();
        (repository.variables, repository.secrets) = settings(variables, secrets);
    }

    /// Makes the owner an organization, which shares these variables and secrets with the repository.
    pub fn configure_organization(&self, variables: &[(&str, &str)], secrets: &[&str]) {
        self.repository.lock().unwrap().organization = Some(settings(variables, secrets));
    }

    fn summary_file(&self) -> PathBuf {
        self.folder.join("summary.md")
    }

    /// Returns the text of the job summary, and deletes it.
    pub fn take_summary(&self) -> String {
        let text = std::fs::read_to_string(self.summary_file()).unwrap_or_default();
        let _ = std::fs::remove_file(self.summary_file());
        text
    }

    /// Sets the environment variables of a job in workflow run `id`.
    pub fn in_job(&self, mut command: Command, id: u64, workspace: &std::path::Path) -> Command {
        command
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTOR", "ada")
            .env("GITHUB_API_URL", &self.root)
            .env("GITHUB_EVENT_PATH", self.folder.join("event.json"))
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

fn settings(variables: &[(&str, &str)], secrets: &[&str]) -> Settings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    (variables.collect(), secrets.iter().map(ToString::to_string).collect())
}

async fn serve(listener: TcpListener, repository: Arc<Mutex<Repository>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let repository = Arc::clone(&repository);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&repository, request));
            // The client may disconnect at any time.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    repository: &Mutex<Repository>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await?.to_bytes()).unwrap_or_default();
    let body = body["body"].as_str().unwrap_or_default().to_owned();
    let authorized =
        head.headers.get("authorization").is_some_and(|token| token == "Bearer the token of the job");
    let path = head.uri.path();
    let is_readable = path == "/repos/ada/twin" || path.starts_with("/repos/ada/twin/commits/");
    let public = head.method == Method::GET && is_readable;
    let (status, answer) = if authorized || public {
        repository.lock().unwrap().answer(&head.method, head.uri.path(), body)
    } else {
        (401, json!({ "message": "Bad credentials" }))
    };
    Ok(Response::builder().status(status).body(Full::new(answer.to_string().into())).unwrap())
}

impl Repository {
    fn answer(&mut self, method: &Method, path: &str, body: String) -> (u16, Value) {
        self.requests.push(format!("{method} {path}"));
        let path = path.strip_prefix("/repos/ada/twin").unwrap_or_default();
        let shown = |id: usize, body: &str| {
            let url = format!("https://github.com/ada/twin/pull/7#issuecomment-{id}");
            json!({ "id": id, "user": { "type": "Bot" }, "body": body, "html_url": url })
        };
        if method != Method::GET && self.read_only {
            return (403, json!({ "message": "Resource not accessible by integration" }));
        }
        let variables = |listed: &[(String, String)]| {
            let listed = listed.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            (200, json!({ "variables": listed.collect::<Vec<_>>() }))
        };
        let secrets = |listed: &[String]| {
            let listed = listed.iter().map(|name| json!({ "name": name }));
            (200, json!({ "secrets": listed.collect::<Vec<_>>() }))
        };
        match (method.as_str(), path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", [""]) => {
                let (id, owner) = (REPOSITORY_ID, json!({ "id": OWNER_ID }));
                let created = "2026-09-01T12:00:00Z";
                (200, json!({ "id": id, "full_name": "ada/twin", "owner": owner, "created_at": created }))
            }
            ("GET", ["commits", tag]) if tag.starts_with('v') => (200, json!({ "sha": TAGGED_COMMIT })),
            ("GET", ["actions", "variables"]) => variables(&self.variables),
            ("GET", ["actions", "secrets"]) => secrets(&self.secrets),
            ("GET", ["actions", kind @ ("organization-variables" | "organization-secrets")]) => {
                match &self.organization {
                    Some((shared, _)) if *kind == "organization-variables" => variables(shared),
                    Some((_, shared)) => secrets(shared),
                    None => (404, json!({ "message": "Not Found" })),
                }
            }
            ("GET", ["actions", "runs", _]) => (200, json!({ "status": self.run_status, "run_attempt": 1 })),
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
