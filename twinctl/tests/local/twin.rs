//! A local twin for one test: a folder with an environment, a page and data files, in which `twinctl` runs.

use std::{
    io::Write as _,
    net::TcpListener,
    ops::Deref,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use testbed::{
    Folder, Run,
    former_twins::FormerTwin,
    http::{self, Response},
    twin_lambda,
};

/// Returns an environment file with a free port, so that no request reaches the twin of another test.
fn environment() -> String {
    let port = free_port();
    format!(
        "project: ada\nenvironment: local\ntarget: local\nweb: {{ bundle: web }}\n\
         local: {{ port: {port}, next_free_port: true }}\napi: {{ throttle: {{ burst: 1000, rate: 1000 }} }}\n"
    )
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) const ENVIRONMENT_FILE: &str = "environments/local.yaml";

pub(crate) const PAGE: &str =
    "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n<p>Hello.</p>\n</html>\n";

/// A twin that is destroyed when it is dropped.
pub(crate) struct Twin {
    folder: Folder,
}

impl Deref for Twin {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Twin {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        folder.write(ENVIRONMENT_FILE, environment());
        folder.write("web/index.html", PAGE);
        folder.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "ada@ada.example"}"#);
        folder.write("data/summary.txt", "Ada draws maps of islands.");
        Self { folder }
    }

    /// Creates the repository of an existing twin, without an environment.
    pub(crate) fn of_repository(former: &FormerTwin) -> Self {
        let folder = Folder::new();
        former.write(&folder);
        Self { folder }
    }

    /// Returns the folder of the deployed twin.
    pub(crate) fn place(&self) -> PathBuf {
        self.join(".twinctl/local/local")
    }

    pub(crate) fn add_to_environment(&self, yaml: &str) {
        self.write(ENVIRONMENT_FILE, self.read(ENVIRONMENT_FILE) + yaml);
    }

    /// Returns a `twinctl` command without other environment variables.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinctl"));
        command.args(args).current_dir(self.path()).env_clear().env("HOME", self.path());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.command(args).output().unwrap().into()
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    pub(crate) fn deploy(&self) -> Run {
        self.deploy_with(&[])
    }

    pub(crate) fn deploy_with(&self, more: &[&str]) -> Run {
        self.run(&[&DEPLOY[..], &[binary()], more].concat())
    }

    /// Returns the output of `status --json`.
    pub(crate) fn status(&self) -> Value {
        let run = self.run(&["status", "local", "--json"]);
        let objects = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.into_iter().find(|object| object["kind"] == "status").unwrap_or_else(|| panic!("{run:?}"))
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        self.run(&["destroy", "local", "--confirm", "local"]);
    }
}

/// Arguments to deploy. Append the path of a binary.
pub(crate) const DEPLOY: [&str; 3] = ["deploy", "local", "--lambda-binary"];

/// Returns the path of twin-lambda.
pub(crate) fn binary() -> &'static str {
    twin_lambda::binary().to_str().unwrap()
}

#[track_caller]
pub(crate) fn get(url: &str, path: &str) -> Response {
    send(url, &format!("GET {path}"), "").unwrap()
}

#[track_caller]
pub(crate) fn chat(url: &str, message: &str) -> Response {
    try_chat(url, message, None).unwrap()
}

#[track_caller]
pub(crate) fn chat_at(url: &str, path: &str, message: &str) -> Response {
    send(url, &format!("POST {path}"), &json!({ "message": message }).to_string()).unwrap()
}

/// Returns `None` if the connection breaks before the response is complete.
pub(crate) fn try_chat(url: &str, message: &str, session: Option<&str>) -> Option<Response> {
    send(url, "POST /api/chat", &json!({"message": message, "session_id": session}).to_string())
}

/// Deletes a conversation as its visitor does.
pub(crate) fn delete_conversation(url: &str, session: &str) -> Response {
    send(url, &format!("DELETE /api/chat/history/{session}"), "").unwrap()
}

fn send(url: &str, request: &str, body: &str) -> Option<Response> {
    let host = url.strip_prefix("http://").unwrap();
    http::send(host, host, request, &[("Content-Type", "application/json")], body).ok()
}
