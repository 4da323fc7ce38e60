//! Who runs this, and where: the one file that reads the environment and `/proc`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A process, so that another one on the same host can tell whether it is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub host: String,
    /// Changes with every start of the host.
    pub boot: String,
    /// Containers on one host have process numbers of their own.
    pub pid_namespace: String,
    pub pid: u32,
    /// When it was started, in the kernel's ticks: process numbers are used again.
    pub started: String,
}

impl Process {
    pub fn current() -> Self {
        let pid = std::process::id();
        Self {
            host: read("/proc/sys/kernel/hostname")
                .or_else(|| variable("HOSTNAME"))
                .unwrap_or_else(|| "an unnamed host".to_owned()),
            boot: boot(),
            pid_namespace: pid_namespace(),
            pid,
            started: started(pid).unwrap_or_default(),
        }
    }

    /// Known to be gone. `false` also when it cannot be known from here.
    pub fn is_gone(&self) -> bool {
        let here = Self::current();
        let knowable = !self.boot.is_empty() && !self.started.is_empty() && self.host == here.host;
        if !knowable {
            return false;
        }
        if self.boot != here.boot {
            return true;
        }
        self.pid_namespace == here.pid_namespace && started(self.pid).as_ref() != Some(&self.started)
    }

    /// Returns whether this process can see the other one, so that `is_gone` is always known.
    pub fn is_visible(&self) -> bool {
        let here = Self::current();
        let is_known = !self.boot.is_empty() && !self.started.is_empty();
        is_known
            && (&self.host, &self.boot, &self.pid_namespace) == (&here.host, &here.boot, &here.pid_namespace)
    }
}

/// This program, and what tells it from another build of it: its version, size and time of change.
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

/// Where the user's own systemd units lie.
pub fn user_units() -> PathBuf {
    let configuration = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let configuration = configuration.or_else(|| Some(std::env::home_dir()?.join(".config")));
    configuration.unwrap_or_default().join("systemd/user")
}

/// Who runs this, as others should read it.
pub fn user() -> String {
    let names = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME", "USERNAME"];
    names.into_iter().find_map(variable).unwrap_or_else(|| "somebody".to_owned())
}

/// The address of the CI run that this is part of.
pub fn ci_run() -> Option<String> {
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        let attempt = variable("GITHUB_RUN_ATTEMPT").map(|attempt| format!("/attempts/{attempt}"));
        let run = variable("GITHUB_RUN_ID")?;
        Some(format!("{server}/{repository}/actions/runs/{run}{}", attempt.unwrap_or_default()))
    };
    github().or_else(|| variable("CI_JOB_URL")).or_else(|| variable("BUILD_URL"))
}

/// Resolves at Ctrl-C, or when a CI runner asks the process to end.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Resolves when the terminal is closed. It goes over `nohup`: for what is of no use without a terminal.
pub async fn terminal_closed() {
    #[cfg(unix)]
    if let Ok(mut hangup) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        hangup.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}

/// Whether nobody can answer a question.
pub fn in_ci() -> bool {
    variable("CI").is_some()
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
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

/// Known to have ended, even if whoever started it has not asked yet. `false` also where that cannot be known.
pub fn has_ended(pid: u32) -> bool {
    match read(&format!("/proc/{pid}/stat")) {
        Some(stat) => stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with(['Z', 'X'])),
        None => std::path::Path::new("/proc/self/stat").exists(),
    }
}

/// Field 22 of `/proc/PID/stat`; the name in field 2 may hold spaces and parentheses.
fn started(pid: u32) -> Option<String> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(19).map(ToOwned::to_owned)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_here_and_a_reused_number_is_not_it() {
        let here = Process::current();
        assert!(here.is_visible() && !here.is_gone());
        assert!(!Process { pid_namespace: "another".to_owned(), ..here.clone() }.is_visible());
        assert!(Process { started: "1".to_owned(), ..here.clone() }.is_gone());
        assert!(Process { boot: "another".to_owned(), ..here.clone() }.is_gone());
        assert!(!Process { host: "elsewhere".to_owned(), boot: "another".to_owned(), ..here }.is_gone());
    }

    #[test]
    fn a_process_that_ended_is_gone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process =
            Process { pid: child.id(), started: started(child.id()).unwrap(), ..Process::current() };
        assert!(!process.is_gone());
        child.kill().unwrap();
        while !has_ended(child.id()) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(process.is_gone() && has_ended(process.pid) && !has_ended(std::process::id()));
    }
}
