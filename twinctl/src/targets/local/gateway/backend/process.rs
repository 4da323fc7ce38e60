//! A twin-lambda process: start, health check, output and shutdown.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::HeaderValue;
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
    system::{clock, host},
    targets::local::gateway::{logs::Logs, protocol::GatewayError},
    twin::canary::{Answers, answer},
};

const START_TIMEOUT: Duration = Duration::from_secs(15);
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to read the rest of the output after the process has exited. It passes only if another process keeps the pipe
/// open.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(5);
/// Number of log lines that are reported if the process fails.
const LAST_LINES: usize = 20;

/// The answers of a process to visitors, while they are counted.
pub(super) type Tally = Arc<Mutex<Option<Answers>>>;

/// A running twin-lambda. It exits when its standard input is closed, so it never outlives the gateway.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(super) pid: u32,
    pub(super) address: SocketAddr,
    /// The correlation id of health checks.
    pub(super) health_check: HeaderValue,
    output: ProcessOutput,
}

/// The log line that reports the address on which twin-lambda listens.
#[derive(Deserialize)]
struct ListeningLine {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    url: String,
}

/// The readers that write the process's output to the log. They keep the last lines.
#[derive(Debug)]
struct ProcessOutput {
    last: Arc<Mutex<VecDeque<String>>>,
    tally: Tally,
    /// Lines that contain this are dropped: the health checks would fill the log.
    health_check: String,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts the process and waits until it is healthy. Its answers are added to `tally`.
    pub(super) async fn start(
        binary: &Path,
        environment: &BTreeMap<String, String>,
        folder: &Path,
        logs: &Logs,
        tally: &Tally,
    ) -> Result<Self, GatewayError> {
        let mut command = Command::new(binary);
        command
            .args(["serve", "--port", "0", "--with-parent"])
            .env_clear()
            .envs(host::required_variables())
            .envs(environment);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A separate process group, so that Ctrl-C in the gateway's terminal does not stop the backend before it has
        // finished its requests.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| GatewayError::new(format!("could not start {}: {error}", binary.display())))?;
        // `Child::wait` closes standard input, so it is taken first.
        let stdin = child.stdin.take();
        let pid = child.id().unwrap_or_default();
        let (addresses, mut address) = mpsc::channel(1);
        let id = clock::unique_id();
        let health_check = HeaderValue::try_from(&id).unwrap_or(HeaderValue::from_static("gateway"));
        let mut output = ProcessOutput {
            last: Arc::default(),
            tally: Arc::clone(tally),
            health_check: id,
            readers: Vec::new(),
        };
        output.read(child.stdout.take(), logs, Some(addresses));
        output.read(child.stderr.take(), logs, None);
        let ready = async {
            let address = address.recv().await?;
            Upstream::new(address, pid).0.wait_until_healthy(&health_check).await;
            Some(address)
        };
        let reason = tokio::select! {
            ready = timeout(START_TIMEOUT, ready) => match ready {
                Ok(Some(address)) => {
                    return Ok(Self { child, stdin, pid, address, health_check, output });
                }
                // The process has closed its output, so it probably exits.
                Ok(None) => match timeout(OUTPUT_TIMEOUT, child.wait()).await {
                    Ok(exit) => describe_exit(exit),
                    Err(_) => "twin-lambda did not report the address on which it listens".to_owned(),
                },
                Err(_) => format!("twin-lambda was not ready within {}", clock::human_duration(START_TIMEOUT)),
            },
            exit = child.wait() => describe_exit(exit),
        };
        Err(output.error(reason).await)
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.output.tally
    }

    /// Waits until the process exits, and returns the reason. Used while nothing asks it to stop.
    pub(super) async fn exited(&mut self) -> GatewayError {
        let reason = describe_exit(self.child.wait().await);
        self.output.error(reason).await
    }

    /// Kills a process that does not respond any more, and returns the reason.
    pub(super) async fn kill_hung(&mut self) -> GatewayError {
        // An error means that the process has exited meanwhile.
        drop(self.child.kill().await);
        self.output.error("twin-lambda stopped responding and was killed".to_owned()).await
    }

    /// Asks the process to exit, and kills it after a timeout.
    pub(super) async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            // An error means that the process has exited meanwhile.
            drop(self.child.kill().await);
        }
    }
}

fn describe_exit(exit: std::io::Result<std::process::ExitStatus>) -> String {
    match exit {
        Ok(status) => format!("twin-lambda exited with {status}"),
        Err(error) => format!("could not wait for twin-lambda: {error}"),
    }
}

impl ProcessOutput {
    /// Starts to read a stream. `addresses` receives the address on which the process listens.
    fn read(
        &mut self,
        stream: Option<impl AsyncRead + Unpin + Send + 'static>,
        logs: &Logs,
        mut addresses: Option<mpsc::Sender<SocketAddr>>,
    ) {
        let Some(stream) = stream else {
            return;
        };
        let (last, logs, health_check) = (Arc::clone(&self.last), logs.clone(), self.health_check.clone());
        let tally = Arc::clone(&self.tally);
        self.readers.push(tokio::spawn(async move {
            let mut lines = BufReader::new(stream).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line).into_owned();
                if line.contains(&health_check) {
                    continue;
                }
                if let Some(address) = addresses.as_ref().and_then(|_| address(&line)) {
                    // Sending fails if the start has timed out.
                    let _ = addresses.take().map(|addresses| addresses.try_send(address));
                }
                if let Some(answers) = &mut *tally.lock().unwrap_or_else(PoisonError::into_inner)
                    && let Some(answer) = answer(&line)
                {
                    answers.add(answer);
                }
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.len() == LAST_LINES {
                    last.pop_front();
                }
                last.push_back(line.clone());
                drop(last);
                logs.write_twin(line);
            }
        }));
    }

    async fn error(&mut self, reason: String) -> GatewayError {
        for reader in self.readers.drain(..) {
            drop(timeout(OUTPUT_TIMEOUT, reader).await);
        }
        let log = self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        GatewayError { reason, log }
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let listening: ListeningLine = serde_json::from_str(line).ok()?;
    listening.detail.url.strip_prefix("http://")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_parsed_from_the_log() {
        let line = r#"{"time":"t","level":"info","message":"listening","detail":{"url":"http://127.0.0.1:4711","version":"1"}}"#;
        assert_eq!(address(line), Some("127.0.0.1:4711".parse().unwrap()));
        for other in ["", "{}", "listening", r#"{"detail":{"url":"file:///"}}"#, r#"{"detail":"x"}"#] {
            assert_eq!(address(other), None, "{other}");
        }
    }

    async fn start_error(script: &str) -> GatewayError {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("twin");
        std::fs::write(&binary, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        let logs = Logs::open(folder.path().join("logs"));
        Process::start(&binary, &BTreeMap::new(), folder.path(), &logs, &Tally::default()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_process_that_exits_at_once_is_reported_with_its_output() {
        let error = start_error("echo 'an error' >&2; exit 3").await;
        assert_eq!(error.reason, "twin-lambda exited with exit status: 3");
        assert_eq!(error.log, ["an error"]);
    }

    #[tokio::test]
    async fn a_program_that_cannot_be_started_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::open(folder.path().join("logs"));
        let (binary, tally) = (Path::new("/nowhere/twin-lambda"), Tally::default());
        let started = Process::start(binary, &BTreeMap::new(), folder.path(), &logs, &tally).await;
        let error = started.unwrap_err();
        assert!(error.reason.starts_with("could not start /nowhere/twin-lambda: "), "{error:?}");
    }
}
