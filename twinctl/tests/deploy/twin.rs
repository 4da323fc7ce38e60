//! A twin of one's own: a folder with an environment and a page, an empty account, and `twinctl` started in them.

use std::{fs, path::Path, process::Stdio, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use reconcile::Silent;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use twinctl::targets::aws::{Cloud, Login};
use xtask::{
    emulator::{self, Auth, Emulator, PUBLIC_ACCOUNT},
    proxy::{Call, Moment, Proxy, Which},
};

use crate::{
    code,
    visit::{self, Answer},
};

const REGION: &str = "us-east-1";

pub(crate) const ENVIRONMENT: &str = "\
project: ada
environment: dev
region: us-east-1
model: { source: builtin }
web: { bundle: web }
";

pub(crate) const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title>\n\
    <link rel=\"stylesheet\" href=\"/assets/style-5d41402a.css\">\n<p>Hello.</p>\n</html>\n";

pub(crate) struct Twin {
    pub(crate) emulator: Emulator,
    /// What `twinctl` talks to.
    pub(crate) proxy: Proxy,
    /// Past the proxy: what is done here is neither counted nor broken.
    pub(crate) by_hand: Cloud,
    folder: TempDir,
    access_key_id: String,
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
        assert!(url.starts_with("https://") && !url.contains('\n'), "not an address alone:\n{}", self.stdout);
        url
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        assert!(self.stderr.contains(words), "`{words}` is not said:\n{}", self.stderr);
    }
}

impl Twin {
    /// In the one account that visitors reach, in an emulator of its own. None with `cargo xtask test --fast`.
    pub(crate) fn new() -> Option<Self> {
        emulator::wanted().then(|| Self::inside(Auth::Open, PUBLIC_ACCOUNT))
    }

    pub(crate) fn inside(auth: Auth, access_key_id: &str) -> Self {
        let emulator = Emulator::start(auth).unwrap_or_else(|error| panic!("{error:#}"));
        let proxy = Proxy::start(&emulator.endpoint(), Duration::ZERO).unwrap();
        let by_hand = enter(access_key_id, &emulator.endpoint());
        let twin = Self {
            proxy,
            by_hand,
            emulator,
            folder: TempDir::with_prefix("twinctl-test-").unwrap(),
            access_key_id: access_key_id.to_owned(),
        };
        twin.write("environments/dev.yaml", ENVIRONMENT);
        twin.write("web/index.html", PAGE);
        twin.write("web/assets/style-5d41402a.css", "body { margin: 0 }\n");
        twin.write("web/assets/main-7c211433.js", "export {};\n");
        twin
    }

    /// For clients of one's own, past the proxy.
    pub(crate) fn config(&self) -> SdkConfig {
        config(&self.access_key_id, &self.emulator.endpoint())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// `twinctl` with nothing around it but the way to the emulator.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinctl"));
        command
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .envs([
                ("AWS_ENDPOINT_URL", self.proxy.endpoint().as_str()),
                ("AWS_ACCESS_KEY_ID", &self.access_key_id),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
                ("AWS_CONFIG_FILE", "/dev/null"),
                ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
                ("USER", "ada"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args).spawn().unwrap()).await
    }

    /// `deploy dev --yes` of a first release's code.
    pub(crate) async fn deploy(&self, more: &[&str]) -> Ran {
        self.deploy_of(code::before(), more).await
    }

    pub(crate) async fn deploy_of(&self, zip: &Path, more: &[&str]) -> Ran {
        let zip = zip.to_str().unwrap();
        self.run(&[&["deploy", "dev", "--yes", "--lambda-zip", zip], more].concat()).await
    }

    /// `plan dev --exit-code` of a first release's code.
    pub(crate) async fn plan(&self) -> Ran {
        let zip = code::before().to_str().unwrap();
        self.run(&["plan", "dev", "--exit-code", "--lambda-zip", zip]).await
    }

    pub(crate) async fn destroy(&self, more: &[&str]) -> Ran {
        self.run(&[&["destroy", "dev", "--confirm", "dev"], more].concat()).await
    }

    /// Starts it, and kills it while it waits for the answer of `which`. The call, unless the run ended before.
    pub(crate) async fn killed_at(&self, which: Which, moment: Moment, args: &[&str]) -> Option<Call> {
        let held = self.proxy.hold(which, moment);
        let mut child = self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::select! {
            call = held => {
                child.kill().await.unwrap();
                call.ok()
            }
            _ = child.wait() => None,
        }
    }

    pub(crate) async fn visit(&self, url: &str, path: &str) -> Answer {
        visit::visit(self.emulator.port(), url, path).await
    }

    /// As in a new emulator.
    pub(crate) async fn forget_everything(&self) {
        let answer = visit::ask(self.emulator.port(), "localhost", "POST /_ministack/reset", "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.proxy.reset();
    }

    /// Resolves once `operation` has been called.
    pub(crate) async fn called(&self, operation: &str) {
        self.called_often(operation, 1).await;
    }

    pub(crate) async fn called_often(&self, operation: &str, times: usize) {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let count = || self.proxy.calls().iter().filter(|call| call.operation == operation).count();
        while count() < times {
            looks.tick().await;
        }
    }

    /// What the calls since the last `proxy.reset()` changed.
    pub(crate) fn writes(&self) -> Vec<Call> {
        self.proxy.calls().into_iter().filter(writes).collect()
    }
}

pub(crate) async fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().await.unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Visits (unsigned), and everything that only looks, is not counted.
pub(crate) fn writes(call: &Call) -> bool {
    let reads = ["GET ", "HEAD ", "Get", "List", "Describe", "Query", "Scan"];
    !call.service.is_empty() && !reads.iter().any(|read| call.operation.starts_with(read))
}

fn enter(access_key_id: &str, endpoint: &str) -> Cloud {
    let login =
        Login { region: REGION.to_owned(), endpoint_url: Some(endpoint.to_owned()), ..Login::default() };
    let config = config(access_key_id, endpoint);
    Cloud::new(&config, &login, PUBLIC_ACCOUNT.to_owned(), Arc::new(Silent))
}

fn config(access_key_id: &str, endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key_id, "test", None, None, "by hand");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}
