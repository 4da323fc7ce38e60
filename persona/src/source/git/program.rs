//! Runs git so that no secret is seen, nothing of it stays, and nobody waits for ever.

use std::{
    ffi::OsStr,
    io::{self, Read, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    super::GitAddress,
    trouble::{GitError, Whereto},
};
use crate::crypt::{ExposeSecret as _, SecretString};

/// Whether git may ask at the terminal for a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Allowed,
    Forbidden,
}

/// What the answer below reads the token from: neither the command line nor a file shows it.
const TOKEN: &str = "TWINCTL_GIT_TOKEN";
/// What stands for the user where a token is the password; GitHub asks for no more.
const USER: &str = "x-access-token";
/// A surrounding git (a hook) may have said where its own repository is.
const SURROUNDING: [&str; 8] = [
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
    asking: Asking,
    patience: Duration,
}

impl<'g> Git<'g> {
    pub(super) fn new(
        folder: &'g Path,
        address: &'g GitAddress,
        token: Option<&'g SecretString>,
        asking: Asking,
        patience: Duration,
    ) -> Self {
        // A token is for the host of the address; other ways to a repository have no use for it.
        let token = token.filter(|_| address.host().is_some());
        Self { folder, address, token, asking, patience }
    }

    /// That one commit, without its history.
    pub(super) fn fetch(&self, reference: &str) -> Result<(), GitError> {
        let options = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--"];
        let words = options.into_iter().chain([self.address.url.as_str(), reference]);
        self.run(&words.collect::<Vec<_>>()).map(drop)
    }

    /// What it prints.
    pub(super) fn run(&self, words: &[&str]) -> Result<Vec<u8>, GitError> {
        self.run_with(words, Vec::new())
    }

    pub(super) fn run_with(&self, words: &[&str], input: Vec<u8>) -> Result<Vec<u8>, GitError> {
        let mut child = self.command(words).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => GitError::NoGit,
            _ => GitError::NotStarted(error),
        })?;
        let stdin = child.stdin.take();
        // It ends when git does not read any more.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let (stdout, stderr) = (whole(child.stdout.take()), whole(child.stderr.take()));
        let deadline = Instant::now() + self.patience;
        let rest = || deadline.saturating_duration_since(Instant::now());
        let printed = stdout.recv_timeout(rest()).and_then(|out| Ok((out, stderr.recv_timeout(rest())?)));
        let Ok((out, said)) = printed else {
            stop(&mut child);
            return Err(GitError::TimedOut {
                url: self.address.url.clone(),
                seconds: self.patience.as_secs(),
            });
        };
        if child.wait().map_err(GitError::NotStarted)?.success() {
            return Ok(out);
        }
        let whereto = Whereto {
            url: &self.address.url,
            reference: self.address.reference.as_deref(),
            has_token: self.token.is_some(),
        };
        Err(GitError::of(&String::from_utf8_lossy(&said), whereto))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.current_dir(self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in SURROUNDING {
            git.env_remove(name);
        }
        git.env("GIT_DIR", self.folder).env("LC_ALL", "C");
        if self.asking == Asking::Forbidden {
            git.env("GIT_TERMINAL_PROMPT", "0");
        }
        // Nothing of the user's runs in there, and nothing goes on in the background.
        git.args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        // A host that has stopped sending is given up; git's own children would not hear of it when git itself is ended.
        let silence = format!("http.lowSpeedTime={}", (self.patience / 4).as_secs().max(1));
        git.args(["-c", "http.lowSpeedLimit=1", "-c", &silence]);
        if let (Some(token), Some(host)) = (self.token, self.address.host()) {
            // For this host alone, wherever it may send us; and no helper of the user gets to keep it.
            git.args([
                "-c",
                "credential.helper=",
                "-c",
                &format!("credential.{host}.helper={}", self.answer()),
            ]);
            git.env(TOKEN, token.expose_secret()).env("GIT_ASKPASS", OsStr::new(""));
        }
        git.args(words);
        git
    }

    /// A line of shell that answers when git asks for name and password.
    fn answer(&self) -> String {
        let user =
            if self.address.names_a_user() { String::new() } else { format!("echo username={USER}; ") };
        format!("!f() {{ test \"$1\" = get || exit 0; {user}echo \"password=${TOKEN}\"; }}; f")
    }
}

/// All that comes out, once it has ended. Both pipes are read at once: neither may fill up.
fn whole(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // Nobody listens when the wait was given up.
        read.is_ok().then(|| sender.send(bytes))
    });
    receiver
}

/// Asks it to end, so that it tidies up.
fn stop(child: &mut Child) {
    // It may have ended meanwhile; then nothing is left to be asked.
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
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
    fn a_host_that_never_answers_is_given_up_and_git_does_not_go_on_for_long() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = address(&format!("git+http://{}/ada/private", silent.local_addr().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let git = Git::new(folder.path(), &address, None, Asking::Forbidden, Duration::from_millis(500));
        git.run(&["init", "--quiet", "--bare", "--template="]).unwrap();
        let error = git.fetch("HEAD").unwrap_err();
        assert!(matches!(error, GitError::TimedOut { .. }), "{error}");
        // The connection is closed soon: by then all that git has started has ended.
        let (mut connection, _) = silent.accept().unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut request = Vec::new();
        connection.read_to_end(&mut request).unwrap();
        assert!(request.starts_with(b"GET /ada/private/info/refs"));
    }

    #[test]
    fn the_token_is_in_no_command_line_and_for_one_host_alone() {
        let token = SecretString::from("ghp_secret".to_owned());
        let command = |text: &str| {
            let (address, folder) = (address(text), Path::new("/"));
            let git = Git::new(folder, &address, Some(&token), Asking::Forbidden, Duration::ZERO);
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
    fn a_machine_without_git_is_told_what_to_do() {
        let folder = Path::new("/nowhere/at/all");
        let address = address("git+https://github.com/ada/private");
        let git = Git::new(folder, &address, None, Asking::Forbidden, Duration::from_secs(5));
        // A folder that is not there fails in the same way as a program that is not.
        assert!(matches!(git.run(&["version"]).unwrap_err(), GitError::NoGit));
    }
}
