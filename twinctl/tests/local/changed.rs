//! A second deploy changes just what changed, and visitors do not notice.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use testbed::wait;

use super::home::{DEPLOY, ENVIRONMENT_FILE, Home, binary, chat, free_port, get, try_chat};

#[testbed::test]
fn a_new_page_and_a_new_persona_need_no_restart() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    let before = home.status();
    home.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    home.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    fs::remove_file(home.join("data/summary.txt")).unwrap();
    home.run(&["status", "local"]).exits_with(0);
    let changed = home.deploy().exits_with(0);
    assert_eq!(changed.url(), url);
    changed.reports("facts.json");
    assert!(get(&url, "/").body.contains("New"));
    assert!(!home.place().join("data/summary.txt").exists());
    let after = home.status();
    for process in [&["front_door", "pid"], &["backend", "restarts"]] {
        let pick = |status: &serde_json::Value| status[process[0]][process[1]].clone();
        assert_eq!(pick(&before), pick(&after));
    }
    assert_eq!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
}

/// Visitors who ask one question after the other, and panic when one is not answered.
struct Visitors {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Visitors {
    fn start(url: &str, count: usize) -> Self {
        let mut visitors = Self { stop: Arc::default(), answers: Arc::default(), threads: Vec::new() };
        for _ in 0..count {
            let (url, stop, answers) =
                (url.to_owned(), Arc::clone(&visitors.stop), Arc::clone(&visitors.answers));
            visitors.threads.push(thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let answer = try_chat(&url, "Who are you?", None).expect("a connection broke");
                    assert_eq!(answer.status, 200, "{answer:?}");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        visitors
    }

    fn wait_for_answers(&self, count: usize) {
        let before = self.answers.load(Ordering::Relaxed);
        wait::until("visitors get answers", || {
            self.answers.load(Ordering::Relaxed) >= before + count
                || self.threads.iter().any(thread::JoinHandle::is_finished)
        });
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }
}

#[testbed::test]
fn a_new_binary_and_another_throttle_are_swapped_under_load_without_a_failed_request() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    let before = home.status();
    let visitors = Visitors::start(&url, 4);
    visitors.wait_for_answers(10);
    // A few more bytes at its end make it another binary that does the same.
    let newer = home.join("twin-lambda-newer");
    home.write_program("twin-lambda-newer", [&fs::read(binary()).unwrap()[..], b"newer"].concat());
    home.replace(ENVIRONMENT_FILE, "burst: 1000", "burst: 2000");
    home.run(&[&DEPLOY[..], &[newer.to_str().unwrap()]].concat()).exits_with(0);
    visitors.wait_for_answers(10);
    visitors.stop();
    let after = home.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(before["front_door"]["pid"], after["front_door"]["pid"]);
}

#[testbed::test]
fn a_binary_that_does_not_start_never_takes_the_place_of_one_that_does() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    home.write_program("broken", "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
    let broken = home.join("broken");
    let refused = home.run(&[&DEPLOY[..], &[broken.to_str().unwrap()]].concat()).exits_with(6);
    refused.reports("no such luck");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    home.deploy().exits_with(0);
    assert_eq!(home.status()["exit"], 0);
}

#[testbed::test]
fn another_port_moves_the_front_door() {
    let home = Home::new();
    let old = home.deploy().exits_with(0).url().to_owned();
    let port = free_port();
    let moved = home.deploy_with(&["--port", &port.to_string()]).exits_with(0);
    assert_eq!(moved.url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(get(moved.url(), "/").status, 200);
    assert!(try_chat(&old, "Who are you?", None).is_none(), "the old address still answers");
}
