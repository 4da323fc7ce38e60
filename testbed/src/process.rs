//! Finished runs of `twinctl`, and processes that a test signals and waits for.

use std::{
    fs,
    process::{Command, Output},
};

use crate::wait;

/// How a program exited, and what it printed.
#[derive(Debug)]
pub struct Run {
    /// `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Run {
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "the assertion alone is a use")]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Returns the URL, which is the complete standard output of a deploy.
    #[track_caller]
    pub fn url(&self) -> &str {
        let url = self.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line:\n{}", self.stdout));
        let is_url = url.starts_with("https://") || url.starts_with("http://127.0.0.1:");
        assert!(is_url && !url.contains('\n'), "not only a URL:\n{}", self.stdout);
        url
    }

    /// Returns the line of a check of `doctor`.
    #[track_caller]
    pub fn check(&self, name: &str) -> &str {
        let states = ["ok ", "problem ", "not checked "];
        let is_it = |line: &&str| {
            let rest = states.iter().find_map(|state| line.strip_prefix(state));
            rest.is_some_and(|rest| rest.trim_start().starts_with(&format!("{name} ")))
        };
        let line = self.stdout.lines().find(is_it);
        line.unwrap_or_else(|| panic!("no line of {name}:\n{}", self.stdout))
    }

    /// Asserts that standard error contains `text`.
    #[track_caller]
    pub fn reports(&self, text: &str) {
        assert!(self.stderr.contains(text), "`{text}` is missing in:\n{}", self.stderr);
    }
}

/// Sends a signal, `-INT` for example.
#[track_caller]
pub fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status().expect("`kill` runs");
    assert!(sent.success(), "process {pid} does not exist");
}

/// Kills a process, which may have exited already, and waits until it is gone.
#[track_caller]
pub fn kill(pid: u32) {
    let sent = Command::new("kill").args(["-9", &pid.to_string()]).output();
    drop(sent.expect("`kill` runs"));
    wait_until_gone(pid);
}

#[track_caller]
pub fn wait_until_gone(pid: u32) {
    wait::until(&format!("process {pid} ends"), || !is_running(pid));
}

/// Returns whether a process is running. Zombies are not, once all of their threads have ended: until then, a killed
/// process holds its files and their locks.
pub fn is_running(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| {
        let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        let is_zombie = matches!(fields.next(), Some("Z" | "X"));
        let threads = fields.nth(16).and_then(|threads| threads.parse::<u32>().ok());
        !is_zombie || threads.is_some_and(|threads| threads > 1)
    })
}

/// Returns the resident memory of a process.
#[track_caller]
pub fn resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
