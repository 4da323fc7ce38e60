//! A folder of one's own with an environment, a page and a persona in it, and `twinctl` started there.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;
pub(crate) use xtask::backend::twin_lambda as binary;

/// With a port that nobody else had before: what is asked there later is asked of this twin or of nobody.
fn environment() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    format!(
        "project: ada\nenvironment: local\ntarget: local\nweb: {{ bundle: web }}\n\
         local: {{ port: {port}, next_free_port: true }}\napi: {{ throttle: {{ burst: 1000, rate: 1000 }} }}\n"
    )
}

pub(crate) const PAGE: &str =
    "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n<p>Hello.</p>\n</html>\n";

pub(crate) struct Home {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The address, which is all that a deploy says on standard output.
    #[track_caller]
    pub(crate) fn url(&self) -> &str {
        let url = self.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line:\n{}", self.stdout));
        assert!(url.starts_with("http://127.0.0.1:") && !url.contains('\n'), "{}", self.stdout);
        url
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        assert!(self.stderr.contains(words), "`{words}` is not said:\n{}", self.stderr);
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { folder: TempDir::with_prefix("twinctl-local-").unwrap() };
        home.write("environments/local.yaml", &environment());
        home.write("web/index.html", PAGE);
        home.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "ada@ada.example"}"#);
        home.write("data/summary.txt", "Ada draws maps of islands.");
        home
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn place(&self) -> PathBuf {
        self.folder().join(".twinctl/local/local")
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// For an environment whose file does not say which model it asks.
    pub(crate) fn add_model(&self, model: &str) {
        let file = "environments/local.yaml";
        let before = fs::read_to_string(self.folder().join(file)).unwrap();
        self.write(file, &format!("{before}model: {model}\n"));
    }

    /// `twinctl` with nothing around it.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinctl"));
        command.args(args).current_dir(self.folder()).env_clear().env("HOME", self.folder());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    pub(crate) fn deploy(&self) -> Ran {
        self.run(&["deploy", "local", "--lambda-binary", binary().to_str().unwrap()])
    }

    /// The object of that kind among those that `--json` prints.
    pub(crate) fn status(&self) -> Value {
        let ran = self.run(&["status", "local", "--json"]);
        let objects = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.into_iter().find(|object| object["kind"] == "status").unwrap_or_else(|| panic!("{ran:?}"))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.run(&["destroy", "local", "--confirm", "local"]);
    }
}
