//! `destroy`: confirmation, backups, and complete deletion.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    thread,
};

use testbed::http;

use super::twin::{Twin, chat, delete_conversation, try_chat};

#[testbed::test]
fn destroy_asks_only_about_conversations() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    delete_conversation(&url, "unknown");
    let asked = twin.run(&["destroy", "local"]).exits_with(2);
    asked.reports("1 conversation would be lost");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(try_chat(&url, "Who are you?", None).is_none());
    assert!(!twin.place().exists(), "{:?}", fs::read_dir(twin.place()).unwrap().collect::<Vec<_>>());
    assert!(twin.join("data/facts.json").exists());
    twin.run(&["destroy", "local"]).exits_with(0);
}

#[testbed::test]
fn visitors_get_no_error_while_a_twin_is_destroyed() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let host = url.strip_prefix("http://").unwrap();
    thread::scope(|scope| {
        for path in ["/", "/api/health"] {
            scope.spawn(move || {
                // When the gateway exits, connections are closed, and later ones are refused. An answer after a closed
                // connection shows that the gateway had not exited.
                let mut is_closed = false;
                loop {
                    match http::send(host, host, &format!("GET {path}"), &[], "") {
                        Ok(answer) => {
                            assert_eq!((answer.status, is_closed), (200, false), "{path}: {answer:?}");
                        }
                        Err(error) if error.kind() == ErrorKind::ConnectionRefused => break,
                        Err(_) => is_closed = true,
                    }
                }
            });
        }
        twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    });
    assert!(!twin.place().exists());
}

#[testbed::test]
fn destroy_without_conversations_does_not_ask() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    delete_conversation(&url, "unknown");
    twin.run(&["destroy", "local"]).exits_with(0);
    assert!(!twin.place().exists());
}

#[testbed::test]
fn data_can_be_kept_or_backed_up() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    twin.run(&["destroy", "local", "--confirm", "local", "--keep-data"]).exits_with(0);
    assert_eq!(count_conversations(&twin.place().join("memory")), 1);
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    twin.run(&["destroy", "local", "--confirm", "local", "--backup", "saved"]).exits_with(0);
    assert_eq!(count_conversations(&twin.join("saved/memory")), 2);
    assert!(twin.join("saved/data/facts.json").exists());
    assert!(!twin.place().exists());
}

pub(crate) fn count_conversations(folder: &Path) -> usize {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| {
        let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
        !hidden && path.extension().is_some_and(|ending| ending == "json")
    };
    paths.filter(is_one).count()
}
