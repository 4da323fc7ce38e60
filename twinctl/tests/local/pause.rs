//! Local runs that are stopped, as a suspended laptop is, while another run takes their lock over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use testbed::{Run, process, wait};

use super::{
    data::UPLOAD,
    twin::{DEPLOY, Twin, binary},
};

/// The system calls that create, replace and remove files and folders. The content of a file is first written to a
/// draft.
const CALLS: &str = "/^rename,/^link,/^unlink,/^mkdir";
const DESTROY: [&str; 6] = ["destroy", "local", "--confirm", "local", "--lock-wait", "10m"];

/// A run of `twinctl` under strace, which does not follow the programs that it starts.
struct Traced<'a> {
    twin: &'a Twin,
    strace: Child,
}

impl<'a> Traced<'a> {
    fn start(twin: &'a Twin, args: &[&str], calls: &str, more: &[&str]) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-b", "execve", "-o", "trace", "-e", &format!("trace={calls}")]).args(more);
        strace.arg(twin.command(args).get_program()).args(args).current_dir(twin.path());
        strace.env_clear().env("HOME", twin.path()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { twin, strace: strace.spawn().unwrap() }
    }

    /// Waits until the run is stopped. Returns its process, or `None` if it ended before.
    fn wait_until_stopped(&mut self) -> Option<u32> {
        let mut stopped = None;
        wait::until("the run is stopped or ends", || {
            let trace = fs::read_to_string(self.twin.join("trace")).unwrap_or_default();
            let line = trace.lines().find(|line| line.ends_with("--- stopped by SIGSTOP ---"));
            stopped = line.and_then(|line| process_of(line.split_whitespace().next()?));
            stopped.is_some() || self.strace.try_wait().unwrap().is_some()
        });
        stopped
    }

    /// Lets the run continue to its end. strace counts the calls of each thread, so another one may stop it again.
    fn finish(mut self, stopped: Option<u32>) {
        wait::until("the run ends", || {
            if let Some(pid) = stopped.filter(|pid| process::is_running(*pid)) {
                // An error means that it has just ended.
                drop(Command::new("kill").args(["-CONT", &pid.to_string()]).output());
            }
            self.strace.try_wait().unwrap().is_some()
        });
    }
}

/// Returns the process of a thread.
fn process_of(thread: &str) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}

/// A system call, and its number among the calls of that name in its thread.
type Point = (String, usize);

/// Runs `twinctl` once, and returns its calls.
fn points(twin: &Twin, args: &[&str]) -> BTreeSet<Point> {
    Traced::start(twin, args, CALLS, &["-qq"]).finish(None);
    let trace = fs::read_to_string(twin.join("trace")).unwrap();
    let mut numbers = BTreeMap::<(&str, &str), usize>::new();
    let mut found = BTreeSet::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once('(').and_then(|(start, _)| start.split_once(' ')) else {
            continue;
        };
        let call = call.trim();
        let number = numbers.entry((thread, call)).or_default();
        *number += 1;
        found.insert((call.to_owned(), *number));
    }
    found
}

/// Returns the files below a folder, with their contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string(), fs::read(&path).unwrap_or_default());
        }
    }
    found
}

fn holds_the_lock(twin: &Twin) -> bool {
    let record = fs::read_to_string(twin.place().join("record.json")).unwrap_or_default();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
    record["lease"].is_object()
}

/// Stops a run at a call and lets `take_over` run meanwhile. Returns the names of the files in `folder` that the run wrote or
/// removed afterwards, or `None` if it was not stopped, or did not hold the lock.
fn written_after(
    twin: &Twin,
    args: &[&str],
    (call, number): &Point,
    folder: &Path,
    take_over: impl FnOnce() -> Run,
) -> Option<Vec<String>> {
    let inject = format!("inject={call}:signal=STOP:when={number}");
    let mut run = Traced::start(twin, args, call, &["-e", &inject]);
    let stopped = run.wait_until_stopped();
    let mut held = stopped.is_some() && holds_the_lock(twin);
    if held {
        let other = take_over();
        // The run was stopped while it changed the record, so no other process can change the record.
        let is_blocked = other.stderr.contains("is locked by another process, which may be stopped");
        assert!(other.code == Some(0) || is_blocked, "{call} {number}: {other:?}");
        held = !is_blocked;
    }
    let before = files(folder);
    run.finish(stopped);
    let after = files(folder);
    let changed = |(name, content): (&String, &Vec<u8>)| {
        (before.get(name) != Some(content) || after.get(name) != Some(content)).then(|| name.clone())
    };
    let changed: BTreeSet<_> = before.iter().chain(&after).filter_map(changed).collect();
    held.then(|| changed.into_iter().collect())
}

/// All runs are stopped at the same time, because a lock can be taken over only after a minute.
#[testbed::test(strace)]
fn a_local_deploy_that_was_stopped_at_any_write_writes_nothing_after_its_lock_was_taken_over() {
    let deploy = [&DEPLOY[..], &[binary()]].concat();
    let counted = points(&Twin::new(), &deploy);
    let stopped_at = |point: &Point| {
        let twin = Twin::new();
        let folder = twin.join(".twinctl/local");
        let written = written_after(&twin, &deploy, point, &folder, || {
            let destroyed = twin.run(&DESTROY);
            if destroyed.code == Some(0) {
                assert_eq!(files(&folder).into_keys().collect::<Vec<_>>(), [""; 0], "{point:?}");
            }
            destroyed
        })?;
        // The call at which the run was stopped may complete. The next run finds what it made.
        twin.run(&DESTROY).exits_with(0);
        assert_eq!(files(&folder).into_keys().collect::<Vec<_>>(), [""; 0], "{point:?} is cleaned up");
        Some((point.clone(), written))
    };
    let results = thread::scope(|scope| {
        let started: Vec<_> = counted.iter().map(|point| scope.spawn(|| stopped_at(point))).collect();
        started.into_iter().filter_map(|run| run.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(results.len() > 12, "only {} of {counted:?} held the lock", results.len());
    let late: Vec<_> = results.iter().filter(|(_, written)| written.len() > 1).collect();
    assert!(late.is_empty(), "{late:#?}");
}

/// The other run uploads another set, so files of the first set would mix with files of the second.
#[testbed::test(strace)]
fn a_local_upload_that_was_stopped_at_any_write_does_not_mix_its_files_with_those_of_the_next() {
    const ONE: [(&str, &str); 3] =
        [("summary.txt", "Ada paints."), ("style.txt", "Short."), ("me.txt", "I am Ada.")];
    const OTHER: [(&str, &str); 3] =
        [("summary.txt", "Ada draws."), ("style.txt", "Long."), ("me.txt", "I am not Bob.")];
    let write = |twin: &Twin, files: &[(&str, &str)]| {
        for (name, text) in files {
            twin.write(&format!("data/{name}"), text);
        }
    };
    let deployed = || {
        let twin = Twin::new();
        twin.deploy().exits_with(0);
        write(&twin, &ONE);
        twin
    };
    let counted = points(&deployed(), &UPLOAD);
    let stopped_at = |point: &Point| {
        let twin = deployed();
        let folder = twin.place().join("data");
        let written = written_after(&twin, &UPLOAD, point, &folder, || {
            write(&twin, &OTHER);
            twin.run(&[&UPLOAD[..], &["--lock-wait", "10m"]].concat())
        })?;
        twin.run(&UPLOAD).exits_with(0);
        for (name, text) in OTHER {
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), text, "{point:?}: {name}");
        }
        Some((point.clone(), written))
    };
    let results = thread::scope(|scope| {
        let started: Vec<_> = counted.iter().map(|point| scope.spawn(|| stopped_at(point))).collect();
        started.into_iter().filter_map(|run| run.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(results.len() > 4, "only {} of {counted:?} held the lock", results.len());
    let late: Vec<_> = results.iter().filter(|(_, written)| written.len() > 1).collect();
    assert!(late.is_empty(), "{late:#?}");
}
