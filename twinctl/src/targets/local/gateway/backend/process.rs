//! A twin-lambda process: started, asked for its health, listened to, ended.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::Request;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

use super::upstream::Upstream;
use crate::{
    system::clock,
    targets::local::gateway::{logs::Logs, protocol::Refusal},
};

const READY_WITHIN: Duration = Duration::from_secs(15);
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// What a dead process said last may still be on its way.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_millis(20);
/// Lines that tell why it failed.
const LAST_LINES: usize = 20;

/// It ends when its standard input does, so it never outlives the door.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(super) pid: u32,
    pub(super) address: SocketAddr,
    said: Said,
}

/// The line by which it says where it listens.
#[derive(Deserialize)]
struct Listening {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    url: String,
}

/// What it says, line by line, into the log; the last lines are kept.
#[derive(Debug)]
struct Said {
    last: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it, and answers when it is healthy.
    pub(super) async fn start(
        binary: &Path,
        environment: &BTreeMap<String, String>,
        folder: &Path,
        logs: &Logs,
    ) -> Result<Self, Refusal> {
        let mut command = Command::new(binary);
        command.args(["serve", "--port", "0", "--with-parent"]).env_clear().envs(environment);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A Ctrl-C that is meant for the door must not reach it: it has requests to finish.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Refusal::new(format!("{} cannot be started: {error}", binary.display())))?;
        // Before anybody waits for its end: that would close it.
        let stdin = child.stdin.take();
        let pid = child.id().unwrap_or_default();
        let (addresses, mut address) = mpsc::channel(1);
        let mut said = Said { last: Arc::default(), readers: Vec::new() };
        said.listen(child.stdout.take(), logs, Some(addresses));
        said.listen(child.stderr.take(), logs, None);
        let ready = async {
            let address = address.recv().await?;
            healthy(address, pid).await;
            Some(address)
        };
        let unready = tokio::select! {
            ready = timeout(READY_WITHIN, ready) => match ready {
                Ok(Some(address)) => return Ok(Self { child, stdin, pid, address, said }),
                // It has closed its output: its end is near.
                Ok(None) => match timeout(LAST_WORDS_WITHIN, child.wait()).await {
                    Ok(ended) => how(ended),
                    Err(_) => "twin-lambda does not say where it listens".to_owned(),
                },
                Err(_) => format!("twin-lambda was not ready within {}", clock::spoken(READY_WITHIN)),
            },
            ended = child.wait() => how(ended),
        };
        Err(said.refusal(unready).await)
    }

    /// Resolves when it has ended by itself, with how that was.
    pub(super) async fn ended(&mut self) -> Refusal {
        let how = how(self.child.wait().await);
        self.said.refusal(how).await
    }

    /// Tells it to end, and does not take no for an answer.
    pub(super) async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(ENDS_WITHIN, self.child.wait()).await.is_err() {
            // It may have ended in this very moment.
            drop(self.child.kill().await);
        }
    }
}

fn how(ended: std::io::Result<std::process::ExitStatus>) -> String {
    match ended {
        Ok(status) => format!("twin-lambda ended with {status}"),
        Err(error) => format!("twin-lambda is lost: {error}"),
    }
}

/// Resolves when the process says that it is healthy.
async fn healthy(address: SocketAddr, pid: u32) {
    let (upstream, _) = Upstream::new(address, pid);
    loop {
        let mut request = Request::new(Either::Left(Full::new(Bytes::new())));
        *request.uri_mut() = http::Uri::from_static("/health");
        if upstream.ask(request).await.is_ok_and(|response| response.status().is_success()) {
            return;
        }
        clock::sleep(BETWEEN).await;
    }
}

impl Said {
    fn listen(
        &mut self,
        stream: Option<impl AsyncRead + Unpin + Send + 'static>,
        logs: &Logs,
        mut addresses: Option<mpsc::Sender<SocketAddr>>,
    ) {
        let Some(stream) = stream else {
            return;
        };
        let (last, logs) = (Arc::clone(&self.last), logs.clone());
        self.readers.push(tokio::spawn(async move {
            let mut lines = BufReader::new(stream).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line).into_owned();
                if let Some(address) = addresses.as_ref().and_then(|_| address(&line)) {
                    // Whoever waited may have lost patience.
                    let _ = addresses.take().map(|addresses| addresses.try_send(address));
                }
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.len() == LAST_LINES {
                    last.pop_front();
                }
                last.push_back(line.clone());
                drop(last);
                logs.twin(line);
            }
        }));
    }

    async fn refusal(&mut self, reason: String) -> Refusal {
        for reader in self.readers.drain(..) {
            drop(timeout(LAST_WORDS_WITHIN, reader).await);
        }
        let log = self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        Refusal { reason, log }
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let listening: Listening = serde_json::from_str(line).ok()?;
    listening.detail.url.strip_prefix("http://")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_the_address_is_known() {
        let line = r#"{"time":"t","level":"info","message":"listening","detail":{"url":"http://127.0.0.1:4711","version":"1"}}"#;
        assert_eq!(address(line), Some("127.0.0.1:4711".parse().unwrap()));
        for other in ["", "{}", "listening", r#"{"detail":{"url":"file:///"}}"#, r#"{"detail":"x"}"#] {
            assert_eq!(address(other), None, "{other}");
        }
    }

    async fn refused(script: &str) -> Refusal {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("twin");
        std::fs::write(&binary, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        let logs = Logs::open(folder.path().join("logs"));
        Process::start(&binary, &BTreeMap::new(), folder.path(), &logs).await.unwrap_err()
    }

    #[tokio::test]
    async fn one_that_ends_at_once_is_refused_with_its_last_words() {
        let refusal = refused("echo 'a mistake' >&2; exit 3").await;
        assert_eq!(refusal.reason, "twin-lambda ended with exit status: 3");
        assert_eq!(refusal.log, ["a mistake"]);
    }

    #[tokio::test]
    async fn one_that_cannot_be_started_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::open(folder.path().join("logs"));
        let refusal =
            Process::start(Path::new("/nowhere/twin-lambda"), &BTreeMap::new(), folder.path(), &logs)
                .await
                .unwrap_err();
        assert!(refusal.reason.starts_with("/nowhere/twin-lambda cannot be started: "), "{refusal:?}");
    }
}
