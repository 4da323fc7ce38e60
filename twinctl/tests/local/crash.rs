//! Deploys, uploads, gateways and backends that are killed.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use testbed::process;

use super::{
    data::{UPLOAD, ls},
    twin::{DEPLOY, Twin, binary, chat, get, try_chat},
};

fn kill(pid: &serde_json::Value) {
    process::kill(pid.as_u64().unwrap().try_into().unwrap());
}

#[expect(clippy::disallowed_methods, reason = "the moment of the kill varies")]
pub(crate) fn pause(length: Duration) {
    thread::sleep(length);
}

#[testbed::test]
fn a_killed_deploy_is_finished_by_the_next_one() {
    let twin = Twin::new();
    let started = Instant::now();
    twin.deploy().exits_with(0);
    let whole = started.elapsed();
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    for step in 0..12 {
        let moment = whole * step / 12;
        let mut deploy = twin.command(&[&DEPLOY[..], &[binary()]].concat());
        let mut deploy = deploy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(moment);
        deploy.kill().unwrap();
        deploy.wait().unwrap();
        let url = twin.deploy().exits_with(0).url().to_owned();
        assert_eq!(chat(&url, "Who are you?").status, 200, "after {moment:?}");
        twin.deploy().exits_with(0).reports("nothing to change");
        if step % 2 == 0 {
            twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
        }
    }
}

/// The system calls that change or sync files and folders.
const CALLS: [&str; 5] = ["/^rename", "/^link", "/^unlink", "/^mkdir", "fsync"];

/// Runs `twinctl` and kills it at the nth call of a kind. Returns `false` if there were fewer calls.
fn is_killed(twin: &Twin, args: &[&str], call: &str, number: usize) -> bool {
    let twinctl = twin.command(args);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    strace.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]);
    strace.arg(twinctl.get_program()).args(args).current_dir(twin.path());
    let ran = strace.env_clear().env("HOME", twin.path()).output().unwrap();
    let killed = ran.status.signal() == Some(9);
    assert!(killed || ran.status.success(), "{ran:?}");
    killed
}

fn assert_files(twin: &Twin, files: &[&str], summary: &str, moment: &str) {
    assert_eq!(ls(twin), files, "{moment}");
    let there = fs::read_to_string(twin.place().join("data/summary.txt")).unwrap();
    assert_eq!(there, summary, "{moment}");
}

#[testbed::test(strace)]
fn an_upload_or_rollback_killed_at_any_system_call_is_finished_by_the_next_one() {
    const BACK: [&str; 4] = ["upload-data", "local", "--yes", "--rollback"];
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.write("data/summary.txt", "Ada paints lighthouses.");
    twin.write("data/me.txt", "I am Ada.");
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            let moment = format!("{call} {number}");
            let upload_killed = is_killed(&twin, &UPLOAD, call, number);
            twin.run(&UPLOAD).exits_with(0);
            twin.run(&UPLOAD).exits_with(0).reports("nothing to change");
            assert_files(&twin, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);

            let mut back = || {
                let is_killed = is_killed(&twin, &BACK, call, number);
                if is_killed {
                    twin.run(&BACK).exits_with(0);
                }
                kills += usize::from(is_killed);
                is_killed
            };
            let back_killed = back();
            assert_files(&twin, &["facts.json", "summary.txt"], "Ada draws maps of islands.", &moment);
            // From here on, the newest set is a restored one.
            back();
            assert_files(&twin, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);
            twin.run(&BACK).exits_with(0);
            kills += usize::from(upload_killed);
            if !upload_killed && !back_killed {
                break;
            }
        }
    }
    assert!(kills > 30, "{kills}");
}

#[testbed::test]
fn a_killed_backend_is_restarted_before_the_next_request_is_answered() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    kill(&twin.status()["backend"]["phase"]["pid"]);
    let answer = try_chat(&url, "And what do you do?", Some(&session)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let history = get(&url, &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 4);
    assert_eq!(twin.status()["backend"]["restarts"], 1);
}

#[testbed::test]
fn a_killed_gateway_is_reported_and_restarted_by_a_deploy() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    let status = twin.status();
    kill(&status["gateway"]["pid"]);
    twin.run(&["status", "local"]).exits_with(8);
    let again = twin.deploy().exits_with(0);
    let history = get(again.url(), &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
    let old = status["backend"]["phase"]["pid"].as_u64().unwrap();
    process::wait_until_gone(old.try_into().unwrap());
}
