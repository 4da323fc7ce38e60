//! The user, the host and its processes: the only code that reads environment variables and `/proc`.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow};
use serde::{Deserialize, Serialize};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The identity of a process, by which another process on the same host can check whether it is running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub host: String,
    /// Changes when the host is restarted.
    pub boot: String,
    /// Containers on the same host have separate process IDs.
    pub pid_namespace: String,
    pub pid: u32,
    /// The start time, in kernel ticks, because process IDs are reused.
    pub started: String,
}

impl Process {
    pub fn current() -> Self {
        let pid = std::process::id();
        Self {
            host: read("/proc/sys/kernel/hostname")
                .or_else(|| variable("HOSTNAME"))
                .or_else(|| variable("COMPUTERNAME"))
                .unwrap_or_else(|| "an unnamed host".to_owned()),
            boot: boot(),
            pid_namespace: pid_namespace(),
            pid,
            started: started(pid).unwrap_or_default(),
        }
    }

    /// Returns whether the process is known to have exited, even if its parent has not waited for it. Returns `false` if
    /// this process cannot see it.
    pub fn is_gone(&self) -> bool {
        let current = Self::current();
        let is_comparable = !self.boot.is_empty() && !self.started.is_empty() && self.host == current.host;
        if !is_comparable {
            return false;
        }
        if self.boot != current.boot {
            return true;
        }
        let is_other = || started(self.pid).as_ref() != Some(&self.started);
        self.pid_namespace == current.pid_namespace && (is_other() || has_exited(self.pid))
    }

    /// Returns whether this process can see the other one, so that `is_gone` is always known.
    pub fn is_visible(&self) -> bool {
        let current = Self::current();
        let is_known = !self.boot.is_empty() && !self.started.is_empty();
        is_known
            && (&self.host, &self.boot, &self.pid_namespace)
                == (&current.host, &current.boot, &current.pid_namespace)
    }
}

/// Returns the path of this program, and an identifier of its build: version, size and modification time.
pub fn program() -> (PathBuf, String) {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("twinctl"));
    let metadata = std::fs::metadata(&path).ok();
    let changed = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
    let changed =
        changed.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let size = metadata.map_or(0, |metadata| metadata.len());
    let program = format!("{} ({size:x}-{:x})", env!("CARGO_PKG_VERSION"), changed.as_millis());
    (path, program)
}

/// Returns the folder of the user's systemd units.
pub fn user_units_folder() -> PathBuf {
    user_folder("XDG_CONFIG_HOME", ".config").join("systemd/user")
}

/// Returns the folder with the sockets of the user's systemd, if it runs.
pub(crate) fn runtime_folder() -> Option<PathBuf> {
    #[cfg(unix)]
    let folder = PathBuf::from(format!("/run/user/{}", rustix::process::getuid().as_raw()));
    #[cfg(not(unix))]
    let folder = PathBuf::new();
    folder.join("systemd/private").exists().then_some(folder)
}

/// Returns the folder of the user's data.
pub(crate) fn user_data_folder() -> PathBuf {
    if cfg!(windows) {
        user_folder("LOCALAPPDATA", "AppData/Local")
    } else {
        user_folder("XDG_DATA_HOME", ".local/share")
    }
}

/// Returns a folder of the XDG specification: the variable's value, or else its default in the home folder.
fn user_folder(name: &str, default: &str) -> PathBuf {
    let set = variable(name).map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(default))).unwrap_or_default()
}

/// Returns the name of the user, for locks and records.
pub fn user() -> String {
    let names = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME", "USERNAME"];
    names.into_iter().find_map(variable).unwrap_or_else(|| "an unknown user".to_owned())
}

/// Returns the URL of the CI run of this process, if there is one.
pub fn ci_run() -> Option<String> {
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        let attempt = variable("GITHUB_RUN_ATTEMPT").map(|attempt| format!("/attempts/{attempt}"));
        let run = variable("GITHUB_RUN_ID")?;
        Some(format!("{server}/{repository}/actions/runs/{run}{}", attempt.unwrap_or_default()))
    };
    github().or_else(|| variable("CI_JOB_URL")).or_else(|| variable("BUILD_URL"))
}

/// Returns the text that a program in `folder` writes to stdout, if it is installed and succeeds in time. Returns `None`
/// if it writes nothing.
pub async fn output_of(program: &str, args: &[&str], folder: &Path, patience: Duration) -> Option<String> {
    let stdout = stdout_of(program, args, folder, patience).await?;
    Some(String::from_utf8(stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Returns whether a program in `folder` is installed and succeeds in time, whatever it writes.
pub async fn succeeds(program: &str, args: &[&str], folder: &Path, patience: Duration) -> bool {
    stdout_of(program, args, folder, patience).await.is_some()
}

async fn stdout_of(program: &str, args: &[&str], folder: &Path, patience: Duration) -> Option<Vec<u8>> {
    let mut command = tokio::process::Command::new(program);
    // Git must not write to the repository, where another Git may be running.
    command.args(args).stdin(Stdio::null()).env("GIT_OPTIONAL_LOCKS", "0").kill_on_drop(true);
    let output = tokio::time::timeout(patience, command.current_dir(folder).output()).await.ok()?.ok()?;
    output.status.success().then_some(output.stdout)
}

/// Returns the commit of the Git repository that contains `folder`, with `-dirty` if files differ from it.
pub async fn commit(folder: &Path) -> Option<String> {
    const GIT: [&str; 5] = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    output_of("git", &GIT, folder, Duration::from_secs(2)).await
}

/// Waits for Ctrl-C or SIGTERM, which CI runners send to cancel a job.
pub async fn stop_signal() {
    #[cfg(unix)]
    if let (Ok(mut interrupt), Ok(mut terminate)) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()))
    {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Listens for a signal. Signals are blocked while the handler is installed, because for a moment it would ignore them.
#[cfg(unix)]
fn listen(kind: SignalKind) -> std::io::Result<Signal> {
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let listener = signal(kind);
    before.thread_set_mask()?;
    listener
}

/// Waits until the terminal is closed. Overrides `nohup`, for commands that are useless without a terminal.
pub async fn terminal_closed() {
    #[cfg(unix)]
    if let Ok(mut hangup) = listen(SignalKind::hangup()) {
        hangup.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}

/// Returns whether this process runs in CI, where no one can answer questions.
pub fn in_ci() -> bool {
    variable("CI").is_some()
}

#[expect(clippy::disallowed_methods, reason = "the only code that reads environment variables")]
/// Returns an environment variable, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the variables without which programs do not run on Windows.
pub fn required_variables() -> impl Iterator<Item = (&'static str, String)> {
    const NAMES: &[&str] = if cfg!(windows) { &["SystemRoot", "TEMP", "TMP"] } else { &[] };
    NAMES.iter().filter_map(|name| Some((*name, variable(name)?)))
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

fn boot() -> String {
    read("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

fn pid_namespace() -> String {
    std::fs::read_link("/proc/self/ns/pid").map(|path| path.display().to_string()).unwrap_or_default()
}

/// Returns whether the process is known to exit or to have exited, even if its parent has not waited for it (a zombie).
/// Returns `false` without `/proc`.
pub fn is_ending(pid: u32) -> bool {
    threads_of_zombie(pid).is_some()
}

/// Returns whether the process is known to have exited and to have released its files and their locks. Returns `false`
/// without `/proc`.
fn has_exited(pid: u32) -> bool {
    threads_of_zombie(pid).is_some_and(|threads| threads < 2)
}

/// Returns the number of threads of a process that is a zombie or gone, and `None` for any other.
fn threads_of_zombie(pid: u32) -> Option<u32> {
    match read(&format!("/proc/{pid}/stat")) {
        Some(stat) => threads_in_stat(&stat),
        None => (cfg!(target_os = "linux") && Path::new("/proc/self/stat").exists()).then_some(0),
    }
}

/// A process that is killed is a zombie as soon as its first thread has ended, but holds its files until the others have
/// ended, too. Field 20 of `/proc/PID/stat` is the number of threads.
fn threads_in_stat(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let threads = || fields.split(' ').nth(17)?.parse().ok();
    fields.starts_with(['Z', 'X']).then(|| threads().unwrap_or_default())
}

/// Returns the start time: field 22 of `/proc/PID/stat`. The name in field 2 may contain spaces and parentheses.
fn started(pid: u32) -> Option<String> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(19).map(ToOwned::to_owned)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_program_that_hangs_is_not_waited_for() {
        assert_eq!(output_of("sleep", &["600"], Path::new("/"), PATIENCE).await, None);
    }

    #[tokio::test]
    async fn the_output_of_a_program_is_its_text() {
        let echoed = output_of("echo", &["ada/twin"], Path::new("/"), PATIENCE).await;
        assert_eq!(echoed.as_deref(), Some("ada/twin"));
        assert_eq!(output_of("false", &[], Path::new("/"), PATIENCE).await, None);
        assert_eq!(commit(Path::new("/")).await, None, "no repository");
    }

    #[tokio::test]
    async fn a_program_that_writes_nothing_succeeds() {
        assert!(succeeds("true", &[], Path::new("/"), PATIENCE).await);
        assert!(!succeeds("false", &[], Path::new("/"), PATIENCE).await);
        assert!(!succeeds("no-such-program", &[], Path::new("/"), PATIENCE).await);
    }

    #[test]
    fn a_process_is_identified_by_more_than_its_id() {
        let here = Process::current();
        assert!(here.is_visible() && !here.is_gone());
        assert!(!Process { pid_namespace: "another".to_owned(), ..here.clone() }.is_visible());
        assert!(Process { started: "1".to_owned(), ..here.clone() }.is_gone());
        assert!(Process { boot: "another".to_owned(), ..here.clone() }.is_gone());
        assert!(!Process { host: "elsewhere".to_owned(), boot: "another".to_owned(), ..here }.is_gone());
    }

    #[test]
    fn a_zombie_can_have_threads() {
        let stat = |name: &str, status: char, threads: u32| {
            format!(
                "13533 ({name}) {status} 1 1 4605 0 -1 4227084 2937 6492 1 0 3 2 5 1 20 0 {threads} 0 4334476 0"
            )
        };
        for (text, threads) in [
            (stat("twinctl", 'Z', 1), Some(1)),
            (stat("twinctl", 'Z', 12), Some(12)),
            (stat("a) Z 1", 'S', 1), None),
            ("13533 (twinctl) X".to_owned(), Some(0)),
            (String::new(), None),
        ] {
            assert_eq!(threads_in_stat(&text), threads, "{text}");
        }
    }

    #[test]
    fn a_process_that_exited_is_gone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process =
            Process { pid: child.id(), started: started(child.id()).unwrap(), ..Process::current() };
        assert!(!process.is_gone());
        child.kill().unwrap();
        while !has_exited(child.id()) {
            std::thread::yield_now();
        }
        assert!(process.is_gone(), "a zombie writes nothing any more");
        child.wait().unwrap();
        assert!(process.is_gone() && has_exited(process.pid) && !has_exited(std::process::id()));
    }
}
