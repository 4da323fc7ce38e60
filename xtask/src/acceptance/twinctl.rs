//! Runs of twinctl, as a user starts them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::by_hand::Keys;
use super::calls::Call;
use super::interrupt::Interrupt;

/// The name of the environment.
pub(super) const ENVIRONMENT: &str = "acceptance";

/// The arguments that destroy the twin.
pub(super) const DESTROY: [&str; 4] = ["destroy", ENVIRONMENT, "--confirm", ENVIRONMENT];

/// twinctl in the folder of the twin.
#[derive(Debug)]
pub(super) struct Twinctl {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    /// Environment variables in addition to the variables of this process.
    pub(super) environment: Vec<(String, String)>,
    /// Options of `deploy` and `plan` that choose the function.
    pub(super) function: Vec<String>,
    pub(super) interrupt: Interrupt,
}

/// A finished run.
#[derive(Debug)]
pub(super) struct Outcome {
    /// `None` after a signal.
    pub(super) code: Option<i32>,
    pub(super) took: Duration,
    /// The objects that it printed.
    pub(super) objects: Vec<Value>,
    pub(super) calls: Vec<Call>,
    /// The lines on standard error, which contain the calls.
    pub(super) lines: Vec<String>,
}

/// A run that has not finished yet.
#[derive(Debug)]
pub(super) struct Running {
    process: Child,
    started: Instant,
    output: JoinHandle<String>,
    lines: Receiver<String>,
    seen: Vec<String>,
    interrupt: Interrupt,
}

impl Twinctl {
    /// Runs a command with `--json` and `--verbose` to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        self.start(arguments, None)?.finish()
    }

    /// Runs a command that must succeed.
    pub(super) fn succeed(&self, arguments: &[&str]) -> Result<Outcome> {
        self.run(arguments)?.succeeded(arguments[0])
    }

    pub(super) fn deploy(&self) -> Result<Outcome> {
        self.run(&words(&self.deployment()))?.succeeded("deploy")
    }

    /// The arguments of a deployment.
    pub(super) fn deployment(&self) -> Vec<String> {
        let deploy = ["deploy", ENVIRONMENT, "--yes"].map(ToOwned::to_owned);
        deploy.into_iter().chain(self.function.clone()).collect()
    }

    /// Starts a command, with the credentials of a role if there are any.
    pub(super) fn start(&self, arguments: &[&str], keys: Option<&Keys>) -> Result<Running> {
        self.interrupt.check()?;
        eprintln!("  $ twinctl {}", arguments.join(" "));
        let mut command = Command::new(&self.program);
        command.args(arguments).args(["--json", "--verbose"]).current_dir(&self.folder);
        for variable in ["AWS_ENDPOINT_URL", "PRIVATE_DATA_REPO", "TWINCTL_ENVIRONMENTS"] {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().cloned());
        if let Some(Keys(keys)) = keys {
            let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
            command.envs(names.iter().zip(keys)).env_remove("AWS_PROFILE");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().context("failed to start twinctl")?;
        let mut stdout = process.stdout.take().context("no standard output")?;
        let stderr = BufReader::new(process.stderr.take().context("no standard error")?);
        let output = thread::spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            text
        });
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let interrupt = self.interrupt.clone();
        Ok(Running { process, started: Instant::now(), output, lines, seen: Vec::new(), interrupt })
    }
}

impl Running {
    /// Waits until it has made this number of writes. Returns whether it did before it exited.
    pub(super) fn wait_for_writes(&mut self, count: usize) -> bool {
        let mut writes = 0;
        while writes < count {
            let Ok(line) = self.lines.recv() else { return false };
            writes += usize::from(Call::parse(&line).is_some_and(|call| call.is_write()));
            self.seen.push(line);
        }
        true
    }

    /// Returns the number of lines that it has printed on standard error.
    pub(super) fn printed_lines(&mut self) -> usize {
        self.seen.extend(self.lines.try_iter());
        self.seen.len()
    }

    /// Sends a signal, such as `-STOP`.
    pub(super) fn signal(&self, signal: &str) -> Result<()> {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().context("failed to run `kill`")?;
        if !status.success() {
            bail!("twinctl has already exited");
        }
        Ok(())
    }

    /// Waits until it exits. Fails after a signal, because the terminal sends Ctrl-C to twinctl, too.
    pub(super) fn finish(mut self) -> Result<Outcome> {
        self.seen.extend(self.lines);
        let code = self.process.wait()?.code();
        self.interrupt.check()?;
        let took = self.started.elapsed();
        let output = self.output.join().unwrap_or_default();
        let objects = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Outcome { code, took, objects, calls: Call::all(&self.seen), lines: self.seen })
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(mut self) -> Result<Outcome> {
        self.process.kill()?;
        self.finish()
    }
}

impl Outcome {
    /// Returns the last object of a kind, or null.
    pub(super) fn object(&self, kind: &str) -> &Value {
        self.objects.iter().rfind(|object| object["kind"] == kind).unwrap_or(&Value::Null)
    }

    /// Returns the nodes that the plan would change.
    pub(super) fn changed_nodes(&self) -> Vec<String> {
        let nodes = self.object("plan")["nodes"].as_array().into_iter().flatten();
        let changed =
            nodes.filter(|node| node["changes"].as_array().is_some_and(|changes| !changes.is_empty()));
        changed.filter_map(|node| Some(node["node"].as_str()?.to_owned())).collect()
    }

    /// Returns the retried errors, with the class that twinctl gave them.
    pub(super) fn retries(&self) -> Vec<(String, String)> {
        let retries = self.objects.iter().filter(|object| object["kind"] == "retrying");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        retries.map(|object| (text(&object["class"]), text(&object["error"]))).collect()
    }

    pub(super) fn writes(&self) -> usize {
        self.calls.iter().filter(|call| call.is_write()).count()
    }

    pub(super) fn seconds(&self) -> String {
        format!("{:.1} s", self.took.as_secs_f64())
    }

    /// Returns the exit code, for people.
    pub(super) fn exit(&self) -> String {
        self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string())
    }

    /// Describes the exit code and the error.
    pub(super) fn failure(&self) -> String {
        let error = self.object("error");
        let causes = error["causes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let texts: Vec<_> = error["message"].as_str().into_iter().chain(causes).collect();
        let code = match self.code {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        if texts.is_empty() { code } else { format!("{code}: {}", texts.join(": ")) }
    }

    fn succeeded(self, command: &str) -> Result<Self> {
        if self.code == Some(0) {
            return Ok(self);
        }
        eprintln!("{}", self.lines.join("\n"));
        bail!("`{command}` failed with {}", self.failure())
    }
}

pub(super) fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Writes a file of the twin, and creates its folder.
pub(super) fn write(folder: &Path, path: &str, text: &str) -> Result<()> {
    let path = folder.join(path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    /// A stand-in for twinctl, which runs a shell script.
    fn stand_in(folder: &TempDir, script: &str) -> Twinctl {
        let program = folder.path().join("twinctl");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let folder = folder.path().to_owned();
        Twinctl {
            program,
            folder,
            environment: Vec::new(),
            function: Vec::new(),
            interrupt: Interrupt::default(),
        }
    }

    const WRITE: &str = "echo 'iam CreateRole: 200 after 7 ms' >&2";

    #[test]
    fn a_run_is_killed_after_a_number_of_writes() {
        let folder = TempDir::new().unwrap();
        let twinctl = stand_in(
            &folder,
            &format!("{WRITE}; echo 'iam GetRole: 200 after 7 ms' >&2; {WRITE}; exec sleep 100"),
        );
        let mut running = twinctl.start(&["deploy"], None).unwrap();
        assert!(running.wait_for_writes(2));
        let outcome = running.kill().unwrap();
        assert_eq!((outcome.code, outcome.writes(), outcome.calls.len()), (None, 2, 3));
        assert_eq!(outcome.failure(), "ended by a signal");
    }

    #[test]
    fn a_run_may_end_before_it_made_enough_writes() {
        let folder = TempDir::new().unwrap();
        let twinctl = stand_in(&folder, WRITE);
        let mut running = twinctl.start(&["deploy"], None).unwrap();
        assert!(!running.wait_for_writes(2));
        assert_eq!(running.finish().unwrap().code, Some(0));
    }

    #[test]
    fn errors_and_differences_are_read_from_the_objects() {
        let folder = TempDir::new().unwrap();
        let plan = r#"{"kind":"plan","nodes":[{"node":"role","changes":[{"field":"trust"}]},{"node":"api","changes":[]}]}"#;
        let retry = r#"{"kind":"retrying","class":"stale","error":"s3:PutBucketTagging: NoSuchBucket"}"#;
        let error = r#"{"kind":"error","message":"failed to read","causes":["denied"]}"#;
        let twinctl = stand_in(&folder, &format!("echo '{plan}'; echo '{retry}'; echo '{error}'; exit 6"));
        let outcome = twinctl.run(&["deploy"]).unwrap();
        assert_eq!(outcome.changed_nodes(), ["role"]);
        assert_eq!(outcome.retries(), [("stale".to_owned(), "s3:PutBucketTagging: NoSuchBucket".to_owned())]);
        assert_eq!(outcome.failure(), "exit code 6: failed to read: denied");
    }

    #[test]
    fn the_keys_of_a_role_replace_the_profile() {
        let folder = TempDir::new().unwrap();
        let mut twinctl =
            stand_in(&folder, r#"echo "{\"kind\":\"done\",\"url\":\"$AWS_PROFILE $AWS_SESSION_TOKEN\"}""#);
        twinctl.environment = vec![("AWS_PROFILE".to_owned(), "admin".to_owned())];
        let keys = Keys(["key", "secret", "token"].map(ToOwned::to_owned));
        let outcome = twinctl.start(&["deploy"], Some(&keys)).unwrap().finish().unwrap();
        assert_eq!(outcome.object("done")["url"], " token");
        assert_eq!(format!("{keys:?}"), "Keys", "secrets are not printed");
    }
}
