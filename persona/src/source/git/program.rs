//! Runs git with a timeout, without exposing secrets and without leaving files behind.

use std::{
    ffi::OsStr,
    io::{self, Read, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};

use super::{
    super::address::GitAddress,
    error::{GitError, Target},
};
use crate::crypt::{ExposeSecret as _, SecretString};

/// Whether git may prompt for credentials at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    Allowed,
    Forbidden,
}

/// The environment variable from which the credential helper reads the token, so that it is neither in a command line
/// nor in a file.
const TOKEN: &str = "TWINCTL_GIT_TOKEN";
/// The user name for tokens. GitHub accepts any.
const USER: &str = "x-access-token";
/// Variables with which an outer git (in a hook) points to its own repository.
const OUTER_GIT: [&str; 8] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_QUARANTINE_PATH",
    "GIT_WORK_TREE",
];

pub(super) struct Git<'g> {
    folder: &'g Path,
    address: &'g GitAddress,
    token: Option<&'g SecretString>,
    prompt: Prompt,
    timeout: Duration,
}

impl<'g> Git<'g> {
    pub(super) fn new(
        folder: &'g Path,
        address: &'g GitAddress,
        token: Option<&'g SecretString>,
        prompt: Prompt,
        timeout: Duration,
    ) -> Self {
        // Tokens are only used over HTTP.
        let token = token.filter(|_| address.host().is_some());
        Self { folder, address, token, prompt, timeout }
    }

    /// Fetches one commit, without its history.
    pub(super) fn fetch(&self, reference: &str) -> Result<(), GitError> {
        let options = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--"];
        let words = options.into_iter().chain([self.address.url.as_str(), reference]);
        self.run(&words.collect::<Vec<_>>()).map(drop)
    }

    /// Runs a command and returns its output.
    pub(super) fn run(&self, words: &[&str]) -> Result<Vec<u8>, GitError> {
        self.run_with(words, Vec::new())
    }

    pub(super) fn run_with(&self, words: &[&str], input: Vec<u8>) -> Result<Vec<u8>, GitError> {
        let mut child = self.command(words).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => GitError::NoGit,
            _ => GitError::NotStarted(error),
        })?;
        let stdin = child.stdin.take();
        // The thread ends when git stops reading.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let (stdout, stderr) = (read_all(child.stdout.take()), read_all(child.stderr.take()));
        let deadline = Instant::now() + self.timeout;
        let remaining = || deadline.saturating_duration_since(Instant::now());
        let output = stdout
            .recv_timeout(remaining())
            .and_then(|stdout| Ok((stdout, stderr.recv_timeout(remaining())?)));
        let Ok((stdout, stderr)) = output else {
            stop(&mut child);
            return Err(GitError::TimedOut {
                url: self.address.url.clone(),
                seconds: self.timeout.as_secs(),
            });
        };
        if child.wait().map_err(GitError::NotStarted)?.success() {
            return Ok(stdout);
        }
        let target = Target {
            url: &self.address.url,
            reference: self.address.reference.as_deref(),
            has_token: self.token.is_some(),
        };
        Err(GitError::from_output(&String::from_utf8_lossy(&stderr), target))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.current_dir(self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in OUTER_GIT {
            git.env_remove(name);
        }
        git.env("GIT_DIR", self.folder).env("LC_ALL", "C");
        if self.prompt == Prompt::Forbidden {
            git.env("GIT_TERMINAL_PROMPT", "0");
        }
        // Run neither the user's hooks nor background maintenance.
        git.args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        // Git stops by itself if the host stops sending, because its child processes do not notice when it is killed.
        let low_speed_time = format!("http.lowSpeedTime={}", (self.timeout / 4).as_secs().max(1));
        git.args(["-c", "http.lowSpeedLimit=1", "-c", &low_speed_time]);
        if let (Some(token), Some(host)) = (self.token, self.address.host()) {
            // The token is for this host only, even after a redirect, and no credential helper of the user stores it.
            git.args([
                "-c",
                "credential.helper=",
                "-c",
                &format!("credential.{host}.helper={}", self.credential_command()),
            ]);
            git.env(TOKEN, token.expose_secret()).env("GIT_ASKPASS", OsStr::new(""));
        }
        git.args(words);
        git
    }

    /// Returns a shell command that prints user name and password for git.
    fn credential_command(&self) -> String {
        let user = if self.address.has_user() { String::new() } else { format!("echo username={USER}; ") };
        format!("!f() {{ test \"$1\" = get || exit 0; {user}echo \"password=${TOKEN}\"; }}; f")
    }
}

/// Reads a pipe to its end in a separate thread. Both pipes of git are read concurrently, because git blocks if one of
/// them is full.
fn read_all(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // There is no receiver after a timeout.
        read.is_ok().then(|| sender.send(bytes))
    });
    receiver
}

/// Stops git, on Unix with SIGTERM, so that it removes its temporary files.
fn stop(child: &mut Child) {
    // Both fail if it has exited meanwhile.
    #[cfg(unix)]
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    #[cfg(not(unix))]
    drop(child.kill());
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn address(text: &str) -> GitAddress {
        text.parse().unwrap()
    }

    #[test]
    fn a_silent_host_times_out_and_git_exits() {
        let host = TcpListener::bind("127.0.0.1:0").unwrap();
        host.set_nonblocking(true).unwrap();
        let address = address(&format!("git+http://{}/ada/private", host.local_addr().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let git = |timeout| Git::new(folder.path(), &address, None, Prompt::Forbidden, timeout);
        git(Duration::from_mins(10)).run(&["init", "--quiet", "--bare", "--template="]).unwrap();
        // On a slow machine, git may be stopped before it connects.
        let connection = [500, 5_000, 50_000].into_iter().find_map(|timeout| {
            let error = git(Duration::from_millis(timeout)).fetch("HEAD").unwrap_err();
            assert!(matches!(error, GitError::TimedOut { .. }), "{error}");
            host.accept().ok()
        });
        // The connection is closed once all processes of git have exited.
        let (mut connection, _) = connection.unwrap();
        connection.set_nonblocking(false).unwrap();
        connection.set_read_timeout(Some(Duration::from_mins(5))).unwrap();
        let mut request = Vec::new();
        connection.read_to_end(&mut request).unwrap();
        assert!(request.is_empty() || request.starts_with(b"GET /ada/private/info/refs"));
    }

    #[test]
    fn the_token_is_not_in_the_command_line_and_for_one_host_only() {
        let token = SecretString::from("ghp_secret".to_owned());
        let command = |text: &str| {
            let (address, folder) = (address(text), Path::new("/"));
            let git = Git::new(folder, &address, Some(&token), Prompt::Forbidden, Duration::ZERO);
            let command = git.command(&["fetch"]);
            let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
            let has_token = command.get_envs().any(|(name, _)| name == TOKEN);
            (words.join(" "), has_token)
        };
        let (words, has_token) = command("git+https://github.com/ada/private");
        assert!(
            has_token && words.contains("credential.https://github.com.helper=") && !words.contains("ghp_")
        );
        assert!(words.contains("username=x-access-token"));
        assert!(!command("git+https://ada@github.com/ada/private").0.contains("username="));
        assert!(!command("git+ssh://git@github.com/ada/private").1);
    }

    #[test]
    fn a_missing_git_is_reported() {
        let folder = Path::new("/nowhere/at/all");
        let address = address("git+https://github.com/ada/private");
        let git = Git::new(folder, &address, None, Prompt::Forbidden, Duration::from_secs(5));
        // A missing folder causes the same error as a missing program.
        assert!(matches!(git.run(&["version"]).unwrap_err(), GitError::NoGit));
    }
}
