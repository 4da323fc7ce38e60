//! A second deploy applies only the changes, without a failed request.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use testbed::wait;

use super::twin::{DEPLOY, ENVIRONMENT_FILE, Twin, binary, chat, free_port, get, try_chat};

#[testbed::test]
fn a_new_page_and_new_data_files_need_no_restart() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let before = twin.status();
    twin.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    fs::remove_file(twin.join("data/summary.txt")).unwrap();
    twin.run(&["status", "local"]).exits_with(0);
    let changed = twin.deploy().exits_with(0);
    assert_eq!(changed.url(), url);
    changed.reports("facts.json");
    assert!(get(&url, "/").body.contains("New"));
    assert!(!twin.place().join("data/summary.txt").exists());
    let after = twin.status();
    for process in [&["gateway", "pid"], &["backend", "restarts"]] {
        let pick = |status: &serde_json::Value| status[process[0]][process[1]].clone();
        assert_eq!(pick(&before), pick(&after));
    }
    assert_eq!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
}

#[testbed::test]
fn later_commands_use_the_port_that_a_deploy_was_given() {
    let twin = Twin::new();
    let port = free_port().to_string();
    let url = twin.deploy_with(&["--port", &port]).exits_with(0).url().to_owned();
    assert!(url.ends_with(&format!(":{port}")), "{url}");
    let file = twin.read(ENVIRONMENT_FILE).replace("next_free_port: true", "next_free_port: false");
    twin.write(ENVIRONMENT_FILE, file);
    assert_eq!(twin.run(&["outputs", "local"]).exits_with(0).url(), url);
    twin.run(&["chat", "local", "Who are you?"]).exits_with(0);
    let status = twin.run(&["status", "local"]).exits_with(7);
    status.reports("the page and the API answer");
    status.reports("the environment differs from its file: `twinctl deploy local` corrects it");
    status.reports(&format!(" on port {port}, started "));
    assert_eq!(status.url(), url);
}

/// Threads that send requests continuously, and panic if one fails.
pub(crate) struct Visitors {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Visitors {
    pub(crate) fn start(url: &str, count: usize) -> Self {
        let url = url.to_owned();
        Self::repeat(count, move || {
            let answer = try_chat(&url, "Who are you?", None).expect("a connection broke");
            assert_eq!(answer.status, 200, "{answer:?}");
        })
    }

    pub(crate) fn repeat(count: usize, ask: impl Fn() + Clone + Send + 'static) -> Self {
        let mut visitors = Self { stop: Arc::default(), answers: Arc::default(), threads: Vec::new() };
        for _ in 0..count {
            let (ask, stop, answers) =
                (ask.clone(), Arc::clone(&visitors.stop), Arc::clone(&visitors.answers));
            visitors.threads.push(thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    ask();
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        visitors
    }

    pub(crate) fn wait_for_answers(&self, count: usize) {
        let before = self.answers.load(Ordering::Relaxed);
        wait::until("visitors get answers", || {
            self.answers.load(Ordering::Relaxed) >= before + count
                || self.threads.iter().any(thread::JoinHandle::is_finished)
        });
    }

    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }
}

#[testbed::test]
fn a_new_binary_and_throttle_are_applied_under_load_without_a_failed_request() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let before = twin.status();
    let visitors = Visitors::start(&url, 4);
    visitors.wait_for_answers(10);
    // A few more bytes at the end make it another binary with the same behavior.
    let newer = twin.join("twin-lambda-newer");
    twin.write_program("twin-lambda-newer", [&fs::read(binary()).unwrap()[..], b"newer"].concat());
    twin.replace(ENVIRONMENT_FILE, "burst: 1000", "burst: 2000");
    twin.run(&[&DEPLOY[..], &[newer.to_str().unwrap()]].concat()).exits_with(0);
    visitors.wait_for_answers(10);
    visitors.stop();
    let after = twin.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(before["gateway"]["pid"], after["gateway"]["pid"]);
}

#[testbed::test]
fn a_binary_that_does_not_start_does_not_replace_the_running_one() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.write_program("broken", "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
    let broken = twin.join("broken");
    let refused = twin.run(&[&DEPLOY[..], &[broken.to_str().unwrap()]].concat()).exits_with(6);
    refused.reports("no such luck");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    twin.deploy().exits_with(0);
    assert_eq!(twin.status()["exit"], 0);
}

#[testbed::test]
fn the_gateway_moves_to_another_port() {
    let twin = Twin::new();
    let old = twin.deploy().exits_with(0).url().to_owned();
    let port = free_port();
    let moved = twin.deploy_with(&["--port", &port.to_string()]).exits_with(0);
    assert_eq!(moved.url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(get(moved.url(), "/").status, 200);
    assert!(try_chat(&old, "Who are you?", None).is_none(), "the old address still answers");
}
