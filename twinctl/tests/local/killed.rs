//! A kill at any moment: of the deploy, of the front door, of twin-lambda.

use std::{fs, os::unix::process::ExitStatusExt as _, process::Command, thread, time::Duration};

use twinctl::system::host;
use xtask::emulator::wanted;

use super::{
    data::{UPLOAD, ls},
    home::{Home, binary},
    visit::{chat, get, try_chat},
};

fn kill(pid: &serde_json::Value) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
    // A signal is on its way for a moment.
    while !host::has_ended(u32::try_from(pid.as_u64().unwrap()).unwrap()) {
        thread::yield_now();
    }
}

#[expect(clippy::disallowed_methods, reason = "the moment of the kill is what is tried")]
fn wait(pause: Duration) {
    thread::sleep(pause);
}

#[test]
fn a_deploy_that_is_killed_is_finished_by_the_next() {
    let home = Home::new();
    for pause in (0..12).map(|step| Duration::from_millis(step * 25)) {
        let mut deploy = home.command(&["deploy", "local", "--lambda-binary", binary().to_str().unwrap()]);
        let mut deploy =
            deploy.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        wait(pause);
        deploy.kill().unwrap();
        deploy.wait().unwrap();
        let url = home.deploy().ends_with(0).url().to_owned();
        assert_eq!(chat(&url, "Who are you?").status, 200, "after {pause:?}");
        home.deploy().ends_with(0).says("nothing to change");
        if pause.as_millis() % 50 == 0 {
            home.run(&["destroy", "local", "--confirm", "local"]).ends_with(0);
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
    strace.arg(twinctl.get_program()).args(args).current_dir(home.folder());
    let ran = strace.env_clear().env("HOME", home.folder()).output().unwrap();
    let killed = ran.status.signal() == Some(9);
    assert!(killed || ran.status.success(), "{ran:?}");
    killed
}

fn is_there(home: &Home, files: &[&str], summary: &str, moment: &str) {
    assert_eq!(ls(home), files, "{moment}");
    let there = fs::read_to_string(home.place().join("data/summary.txt")).unwrap();
    assert_eq!(there, summary, "{moment}");
}

#[test]
fn an_upload_and_a_rollback_that_are_killed_at_any_call_are_finished_by_the_next() {
    const BACK: [&str; 4] = ["upload-data", "local", "--yes", "--rollback"];
    if !wanted() {
        return;
    }
    let home = Home::new();
    home.deploy().ends_with(0);
    home.write("data/summary.txt", "Ada paints lighthouses.");
    home.write("data/me.txt", "I am Ada.");
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            let moment = format!("{call} {number}");
            let upload_killed = is_killed(&home, &UPLOAD, call, number);
            home.run(&UPLOAD).ends_with(0);
            home.run(&UPLOAD).ends_with(0).says("nothing to change");
            is_there(&home, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);

            let mut back = || {
                let is_killed = is_killed(&home, &BACK, call, number);
                if is_killed {
                    home.run(&BACK).ends_with(0);
                }
                kills += usize::from(is_killed);
                is_killed
            };
            let back_killed = back();
            is_there(&home, &["facts.json", "summary.txt"], "Ada draws maps of islands.", &moment);
            // From here on the newest set is one that was brought back.
            back();
            is_there(&home, &["facts.json", "me.txt", "summary.txt"], "Ada paints lighthouses.", &moment);
            home.run(&BACK).ends_with(0);
            kills += usize::from(upload_killed);
            if !upload_killed && !back_killed {
                break;
            }
        }
    }
    assert!(kills > 30, "{kills}");
}

#[test]
fn a_backend_that_is_killed_is_back_before_the_next_visitor_notices() {
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    kill(&home.status()["backend"]["phase"]["pid"]);
    let answer = try_chat(&url, "And what do you do?", Some(&session)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let history = get(&url, &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 4);
    assert_eq!(home.status()["backend"]["restarts"], 1);
}

#[test]
fn a_front_door_that_is_killed_is_missed_and_made_anew() {
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    let session = chat(&url, "Who are you?").json()["session_id"].as_str().unwrap().to_owned();
    let status = home.status();
    kill(&status["front_door"]["pid"]);
    home.run(&["status", "local"]).ends_with(8);
    let again = home.deploy().ends_with(0);
    let history = get(again.url(), &format!("/api/chat/history/{session}")).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);
    let old = status["backend"]["phase"]["pid"].to_string();
    assert!(!std::path::Path::new("/proc").join(old).exists(), "the old backend is an orphan");
}
