//! Blocked conversations and visitors of a local twin.

use serde_json::Value;
use testbed::{process, wait};

use crate::twin::{Twin, get, try_chat};

fn ask(url: &str, session: &str) -> (u16, Value) {
    let answered = try_chat(url, "Who are you?", Some(session)).unwrap();
    let json: Value = serde_json::from_str(&answered.body).unwrap();
    (answered.status, json["code"].clone())
}

/// Returns a field of the twin's newest line about a message.
fn logged(twin: &Twin, field: &str) -> String {
    let ran = twin.run(&["logs", "local", "--json"]).exits_with(0);
    let mut lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let newest = lines.rfind(|line| line["route"] == "chat").unwrap();
    newest[field].as_str().unwrap().to_owned()
}

#[testbed::test]
fn a_conversation_or_a_visitor_is_blocked_through_deploys_until_it_is_unblocked() {
    let twin = Twin::new();
    for arguments in
        [["block", "local", "9f86d081"].as_slice(), &["block", "local"], &["unblock", "local", "--all"]]
    {
        twin.run(arguments).exits_with(8).reports("`local` is not deployed");
    }
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.run(&["block", "local"]).exits_with(0).reports("nobody is blocked from `local`");
    twin.run(&["block", "local", "9f86d08"])
        .exits_with(2)
        .reports("expected a visitor's hash (8 hexadecimal digits)");
    assert_eq!(ask(&url, "the-first-conversation").0, 200);
    let (session, visitor) = (logged(&twin, "session"), logged(&twin, "visitor"));

    let typo = twin.run(&["block", "local", "the-first-conversatoin"]).exits_with(0);
    typo.reports("warning: no conversation `the-first-conversatoin` is stored");
    twin.run(&["unblock", "local", "the-first-conversatoin"]).exits_with(0);
    for _ in 0..2 {
        let ran = twin.run(&["block", "local", "the-first-conversation"]).exits_with(0);
        ran.reports(&format!("blocked: {session}"));
        ran.reports("the list of `local` has 1 entry; the twin uses it within a second");
        assert!(!ran.stderr.contains("warning"), "{ran:?}");
    }
    wait::until("the conversation is blocked", || {
        ask(&url, "the-first-conversation") == (403, "blocked".into())
    });
    assert_eq!(ask(&url, "the-second-conversation").0, 200);
    assert_eq!(get(&url, "/api/chat/history/the-first-conversation").status, 200);

    twin.run(&["block", "local", &visitor]).exits_with(0).reports("has 2 entries");
    wait::until("the visitor is blocked", || ask(&url, "the-second-conversation") == (403, "blocked".into()));
    let listed = twin.run(&["block", "local"]).exits_with(0).stdout;
    assert!(listed.contains(&session) && listed.contains(&visitor), "{listed}");
    twin.write("data/summary.txt", "Ada draws maps of lakes.");
    twin.deploy().exits_with(0).reports("data folder: updated");
    assert_eq!(ask(&url, "the-second-conversation").0, 403);
    // A backend that was killed, and one with other settings.
    process::kill(twin.status()["backend"]["phase"]["pid"].as_u64().unwrap().try_into().unwrap());
    assert_eq!(ask(&url, "the-second-conversation").0, 403);
    twin.add_to_environment("prompt: { scope: any }\n");
    twin.deploy().exits_with(0).reports("backend: updated");
    assert_eq!(ask(&url, "the-second-conversation").0, 403);

    twin.run(&["unblock", "local", "000000000000"]).exits_with(2).reports("`000000000000` is not blocked");
    twin.run(&["unblock", "local", &visitor]).exits_with(0).reports("has 1 entry");
    // The polls may have reached the limit of messages per minute, whose status is 429.
    wait::until("the visitor is not blocked", || ask(&url, "the-second-conversation").0 != 403);
    assert_eq!(ask(&url, "the-first-conversation").0, 403);
    twin.run(&["unblock", "local", "--all"]).exits_with(0).reports("has 0 entries");
    wait::until("nobody is blocked", || ask(&url, "the-first-conversation").0 != 403);
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
}
