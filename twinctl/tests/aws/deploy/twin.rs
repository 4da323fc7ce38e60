//! A twin for one test: a folder with an environment and a page, an empty account, and `twinctl` started in them.

use std::{ops::Deref, path::Path, process::Stdio, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_s3::config::Credentials;
use testbed::{
    Folder, Run,
    emulator::{self, Auth, Exclusive, PUBLIC_ACCOUNT},
    http::{self, Response},
    proxy::{Call, Proxy, Selector, Timing},
    twin_lambda::first_zip,
    wait,
};
use tokio::process::{Child, Command};
use twinctl::targets::aws::Cloud;

use crate::cloud::{cloud, config};

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

/// Dereferences to its folder.
pub(crate) struct Twin {
    /// The endpoint that `twinctl` uses. Dropped before the emulator, so that no call follows its reset.
    pub(crate) proxy: Proxy,
    pub(crate) emulator: Exclusive,
    /// Clients that bypass the proxy, so that their calls are neither counted nor broken.
    pub(crate) by_hand: Cloud,
    folder: Folder,
    access_key_id: String,
}

impl Deref for Twin {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Twin {
    /// Creates a twin in the account whose distributions and APIs the emulator serves.
    pub(crate) fn new() -> Self {
        Self::inside(Auth::Open, PUBLIC_ACCOUNT)
    }

    pub(crate) fn inside(auth: Auth, access_key_id: &str) -> Self {
        let emulator = emulator::exclusive(auth);
        let proxy = Proxy::start(&emulator.endpoint(), Duration::ZERO).unwrap();
        let folder = Folder::new();
        folder.write("environments/dev.yaml", ENVIRONMENT);
        folder.write("web/index.html", PAGE);
        folder.write("web/assets/style-5d41402a.css", "body { margin: 0 }\n");
        folder.write("web/assets/main-7c211433.js", "export {};\n");
        let credentials = Credentials::new(access_key_id, "test", None, None, "by hand");
        let by_hand = cloud(&config(credentials, REGION, &emulator.endpoint()), PUBLIC_ACCOUNT);
        Self { emulator, proxy, by_hand, folder, access_key_id: access_key_id.to_owned() }
    }

    /// Returns the configuration of clients that bypass the proxy.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new(&self.access_key_id, "test", None, None, "by hand");
        config(credentials, REGION, &self.emulator.endpoint())
    }

    /// Returns a command that runs `twinctl` with only the environment variables for the emulator.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_twinctl")), args)
    }

    /// Like [`command`](Self::command), with another `twinctl`.
    pub(crate) fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.path())
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

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Run {
        finish(self.spawn(args)).await
    }

    /// Runs `deploy dev --yes` with the code of the first release.
    pub(crate) async fn deploy(&self, more: &[&str]) -> Run {
        self.run(&[&deploy_args(first_zip()), more].concat()).await
    }

    pub(crate) async fn deploy_zip(&self, zip: &Path) -> Run {
        self.run(&deploy_args(zip)).await
    }

    /// Runs `plan dev --exit-code` with the code of the first release.
    pub(crate) async fn plan(&self) -> Run {
        let zip = first_zip().to_str().unwrap();
        self.run(&["plan", "dev", "--exit-code", "--lambda-zip", zip]).await
    }

    pub(crate) async fn destroy(&self, more: &[&str]) -> Run {
        self.run(&[&["destroy", "dev", "--confirm", "dev"], more].concat()).await
    }

    /// Starts `twinctl` and kills it while it waits for the response to the call `which`. Returns the call, or `None`
    /// if the run ended before it.
    pub(crate) async fn kill_at(&self, which: Selector, moment: Timing, args: &[&str]) -> Option<Call> {
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

    /// Requests `path` through the emulated CloudFront, which finds the distribution by the Host header. `url` is the
    /// URL that `twinctl` printed.
    #[track_caller]
    pub(crate) fn visit(&self, url: &str, path: &str) -> Response {
        self.ask(url, &format!("GET {path}"), "")
    }

    #[track_caller]
    pub(crate) fn ask(&self, url: &str, request: &str, body: &str) -> Response {
        let headers = [("X-Forwarded-Proto", "https"), ("Content-Type", "application/json")];
        let host = url.strip_prefix("https://").unwrap();
        http::send(("127.0.0.1", self.emulator.port()), host, request, &headers, body).unwrap()
    }

    /// Empties the account and the proxy's log.
    pub(crate) fn reset(&self) {
        self.emulator.reset().unwrap();
        self.proxy.reset();
    }

    /// Waits until `operation` has been called `times` times.
    pub(crate) async fn wait_for_calls(&self, operation: &str, times: usize) {
        let count = || self.proxy.calls().iter().filter(|call| call.operation == operation).count();
        wait::until_async(&format!("{operation} is called"), || count() >= times).await;
    }

    /// Returns the writes since the last `proxy.reset()`.
    pub(crate) fn writes(&self) -> Vec<Call> {
        self.proxy.calls().into_iter().filter(is_write).collect()
    }
}

pub(crate) fn deploy_args(zip: &Path) -> [&str; 5] {
    ["deploy", "dev", "--yes", "--lambda-zip", zip.to_str().unwrap()]
}

pub(crate) async fn finish(child: Child) -> Run {
    child.wait_with_output().await.unwrap().into()
}

/// Returns whether a call is a write, that is, neither a read nor an unsigned request of a visitor.
pub(crate) fn is_write(call: &Call) -> bool {
    !call.service.is_empty() && !call.is_read()
}
