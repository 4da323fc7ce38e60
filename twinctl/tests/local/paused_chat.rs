//! A paused chat of a local twin.

use serde_json::Value;
use testbed::wait;

use crate::twin::{Twin, chat};

fn code(url: &str) -> (u16, Value) {
    let answered = chat(url, "Who are you?");
    let json: Value = serde_json::from_str(&answered.body).unwrap();
    (answered.status, json["code"].clone())
}

#[testbed::test]
fn a_local_twin_is_paused_through_deploys_until_it_is_resumed() {
    let twin = Twin::new();
    for command in ["pause", "resume"] {
        twin.run(&[command, "local"]).exits_with(8).reports("`local` is not deployed");
    }
    let url = twin.deploy().exits_with(0).url().to_owned();
    assert_eq!(code(&url).0, 200);
    twin.run(&["pause", "local", "--message", " "]).exits_with(2).reports("the message is empty");
    for _ in 0..2 {
        twin.run(&["pause", "local"]).exits_with(0).reports("`local` is paused within a second");
    }
    wait::until("the chat is paused", || code(&url) == (403, "paused".into()));
    let asked = twin.run(&["chat", "local", "Who are you?"]).exits_with(8);
    asked.reports("This chat is paused.");
    asked.reports("run `twinctl resume local` to open it");
    let verified = twin.run(&["verify", "local"]).exits_with(1);
    let expected = "the chat is paused; run `twinctl resume local` to open the chat";
    assert!(verified.stdout.contains(expected), "{verified:?}");
    twin.run(&["status", "local"]).exits_with(0).reports("the chat was paused");
    assert!(twin.status()["paused"].is_string());
    twin.write("data/summary.txt", "Ada draws maps of lakes.");
    twin.deploy().exits_with(0).reports("the chat was paused");
    twin.run(&["upload-data", "local", "--rollback", "--yes"]).exits_with(0);
    assert_eq!(code(&url), (403, "paused".into()));
    twin.run(&["data", "ls", "local"]).exits_with(0);
    for _ in 0..2 {
        twin.run(&["resume", "local"]).exits_with(0).reports("is open within a second");
    }
    wait::until("the chat is open", || code(&url).0 == 200);
    assert!(twin.status().get("paused").is_none());
}
