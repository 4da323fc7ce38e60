//! A kill at any moment: of the deploy, of the front door, of twin-lambda.

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
    home::{DEPLOY, Home, binary, chat, get, try_chat},
};

fn kill(pid: &serde_json::Value) {
    process::kill(pid.as_u64().unwrap().try_into().unwrap());
}

#[expect(clippy::disallowed_methods, reason = "the moment of the kill varies")]
fn pause(length: Duration) {
    thread::sleep(length);
}

#[testbed::test]
fn a_deploy_that_is_killed_is_finished_by_the_next() {
    let home = Home::new();
    let started = Instant::now();
    home.deploy().exits_with(0);
    let whole = started.elapsed();
    home.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    for step in 0..12 {
        let moment = whole * step / 12;
        let mut deploy = home.command(&[&DEPLOY[..], &[binary()]].concat());
        let mut deploy = deploy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        pause(moment);
        deploy.kill().unwrap();
        deploy.wait().unwrap();
        let url = home.deploy().exits_with(0).url().to_owned();
        assert_eq!(chat(&url, "Who are you?").status, 200, "after {moment:?}");
        home.deploy().exits_with(0).reports("nothing to change");
        if step % 2 == 0 {
            home.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
        }
    }
}

/// Everything that changes a folder, or makes sure of it.
const CALLS: [&str; 5] = ["/^rename", "/^link", "/^unlink", "/^mkdir", "fsync"];

/// Whether the run was killed at that call of that kind.
fn is_killed(home: &Home, args: &[&str], call: &str, number: usize) -> bool {
    let twinctl = home.command(args);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    strace.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]);
    strace.arg(twinctl.get_program()).args(args).current_dir(home.path());
    let ran = strace.env_clear().env("HOME", home.path()).output().unwrap();
    let killed = ran.status.signal() == Some(9);
    assert!(killed || ran.status.success(), "{ran:?}");
    killed
}

fn is_there(home: &Home, files: &[&str], summary: &str, moment: &str) {
    assert_eq!(ls(home), files, "{moment}");
    let there = fs::read_to_string(home.place().join("data/summary.txt")).unwrap();
    assert_eq!(there, summary, "{moment}");
}

#[testbed::test(strace)]
fn an_upload_and_a_rollback_that_are_killed_at_any_call_are_finished_by_the_next() {
    const BACK: [&str; 4] = ["upload-data", "local", "--yes", "--rollback"];
    let home = Home::new();
    home.deploy().exits_with(0);
    home.write("data/summary.txt", "Ada paints lighthouses.");
    home.write("data/me.txt", "I am Ada.");
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            let moment = format!("{call} {number}");
            let upload_killed = is_killed(&home, &UPLOAD, call, number);
            home.run(&UPLOAD).exits_with(0);
            home.run(&UPLOAD).exits_with(0).reports("nothing to upload");
            is_there(&home, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);

            let mut back = || {
                let is_killed = is_killed(&home, &BACK, call, number);
                if is_killed {
                    home.run(&BACK).exits_with(0);
                }
                kills += usize::from(is_killed);
                is_killed
            };
            let back_killed = back();
            is_there(&home, &["facts.json", "summary.txt"], "Ada draws maps of islands.", &moment);
            // From here on the newest set is one that was brought back.
            back();
            is_there(&home, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);
            home.run(&BACK).exits_with(0);
            kills += usize::from(upload_killed);
            if !upload_killed && !back_killed {
                break;
            }
        }
    }
    assert!(kills > 30, "{kills}");
}

#[testbed::test]
fn a_backend_that_is_killed_is_back_before_the_next_visitor_notices() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    kill(&home.status()["backend"]["phase"]["pid"]);
    let answer = try_chat(&url, "And what do you do?", Some(&session)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let history = get(&url, &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 4);
    assert_eq!(home.status()["backend"]["restarts"], 1);
}

#[testbed::test]
fn a_front_door_that_is_killed_is_missed_and_made_anew() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    let status = home.status();
    kill(&status["front_door"]["pid"]);
    home.run(&["status", "local"]).exits_with(8);
    let again = home.deploy().exits_with(0);
    let history = get(again.url(), &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
    let old = status["backend"]["phase"]["pid"].as_u64().unwrap();
    process::wait_until_gone(old.try_into().unwrap());
}
