//! A second deploy changes just what changed, and visitors do not notice.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::{
    home::{Home, binary},
    visit::{chat, get, try_chat},
};

#[test]
fn a_new_page_and_a_new_persona_need_no_restart() {
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    let before = home.status();
    home.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    home.write("data/facts.json", r#"{"full_name": "Ada Example", "email": "new@ada.example"}"#);
    fs::remove_file(home.folder().join("data/summary.txt")).unwrap();
    home.run(&["status", "local"]).ends_with(0);
    let changed = home.deploy().ends_with(0);
    assert_eq!(changed.url(), url);
    changed.says("facts.json");
    assert!(get(&url, "/").body.contains("New"));
    assert!(!home.place().join("data/summary.txt").exists());
    let after = home.status();
    for process in [&["front_door", "pid"], &["backend", "restarts"]] {
        let pick = |status: &serde_json::Value| status[process[0]][process[1]].clone();
        assert_eq!(pick(&before), pick(&after));
    }
    assert_eq!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
}

#[test]
fn a_new_binary_and_another_throttle_are_swapped_under_load_without_a_failed_request() {
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    let before = home.status();
    let over = Arc::new(AtomicBool::new(false));
    let visitors: Vec<_> = (0..4)
        .map(|_| {
            let (url, over) = (url.clone(), Arc::clone(&over));
            thread::spawn(move || {
                let mut asked = 0;
                while !over.load(Ordering::Relaxed) {
                    let answer = try_chat(&url, "Who are you?", None).expect("a connection broke");
                    assert_eq!(answer.status, 200, "{answer:?}");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    // A few bytes more behind its end: another binary that does the same.
    let newer = home.folder().join("twin-lambda-newer");
    let mut bytes = fs::read(binary()).unwrap();
    bytes.extend_from_slice(b"newer");
    fs::write(&newer, bytes).unwrap();
    fs::set_permissions(&newer, fs::metadata(binary()).unwrap().permissions()).unwrap();
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    home.write("environments/local.yaml", &environment.replace("burst: 1000", "burst: 2000"));
    home.run(&["deploy", "local", "--lambda-binary", newer.to_str().unwrap()]).ends_with(0);
    over.store(true, Ordering::Relaxed);
    let asked: u32 = visitors.into_iter().map(|visitor| visitor.join().unwrap()).sum();
    assert!(asked > 10, "{asked} requests are no load");
    let after = home.status();
    assert_ne!(before["backend"]["phase"]["pid"], after["backend"]["phase"]["pid"]);
    assert_eq!(before["front_door"]["pid"], after["front_door"]["pid"]);
}

#[test]
fn a_binary_that_does_not_start_never_takes_the_place_of_one_that_does() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let url = home.deploy().ends_with(0).url().to_owned();
    home.write("broken", "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n");
    let broken = home.folder().join("broken");
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = home.run(&["deploy", "local", "--lambda-binary", broken.to_str().unwrap()]).ends_with(6);
    refused.says("no such luck");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    home.deploy().ends_with(0);
    assert_eq!(home.status()["exit"], 0);
}

#[test]
fn another_port_moves_the_front_door() {
    let home = Home::new();
    let old = home.deploy().ends_with(0).url().to_owned();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let binary = binary().to_str().unwrap();
    let moved = home.run(&["deploy", "local", "--port", &port.to_string(), "--lambda-binary", binary]);
    let moved = moved.ends_with(0);
    assert_eq!(moved.url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(get(moved.url(), "/").status, 200);
    assert!(try_chat(&old, "Who are you?", None).is_none(), "the old address still answers");
}
