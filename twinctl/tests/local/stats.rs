//! `stats` of a local twin: turns of real visitors, and lines of other days.

use serde_json::Value;

use crate::twin::{Twin, chat};

#[testbed::test]
fn turns_of_visitors_are_counted_from_the_log() {
    let twin = Twin::new();
    twin.run(&["stats", "local"]).exits_with(8).reports("run `twinctl deploy local`");
    let url = twin.deploy().exits_with(0).url().to_owned();
    for question in ["What is your email?", "Which instruments can be rented nearby?"] {
        assert_eq!(chat(&url, question).status, 200);
    }
    let counts = || {
        let json = twin.run(&["stats", "local", "--json"]).exits_with(0).stdout;
        let stats: Value = serde_json::from_str(&json).unwrap();
        ["visitors", "conversations", "turns", "unanswered", "failed"]
            .map(|name| stats["total"][name].as_u64().unwrap())
    };
    testbed::wait::until("both turns are logged", || counts()[2] == 2);
    assert_eq!(counts(), [1, 2, 2, 1, 0]);

    let page = twin.run(&["stats", "local", "--html", "stats.html"]).exits_with(0);
    assert!(page.stdout.lines().count() == 9 && page.stdout.starts_with("day (UTC)"), "{}", page.stdout);
    let html = twin.read("stats.html");
    assert!(html.starts_with("<!doctype html>") && !html.contains("<script"), "{html}");
    twin.run(&["stats", "local", "--since", "0s"]).exits_with(2).reports("not between `1s` and `92d`");
}
