//! Conversations of a local twin: listed, shown, exported and deleted.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;

use crate::twin::{Twin, delete_conversation, try_chat};

fn objects(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[testbed::test]
fn conversations_are_listed_shown_exported_and_deleted() {
    let twin = Twin::new();
    for args in [&["memory", "ls", "local"][..], &["memory", "delete", "local", "first-one", "--yes"]] {
        twin.run(args).exits_with(8).reports("`local` is not deployed and stores no conversations");
    }
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.run(&["memory", "ls", "local"]).exits_with(0).reports("no conversations");
    twin.run(&["chat", "local", "--session", "first-one", "What does Ada draw?"]).exits_with(0);
    twin.run(&["chat", "local", "--session", "first-one", "And where?"]).exits_with(0);
    let escape = "{\"role\":\"user\",\"content\":\"\\u001b[2J\\u202eHello\"}";
    let old = format!("{{\"session_id\":\"older\",\"messages\":[{escape}],\"created_at\":\"2025\"}}");
    twin.write(".twinctl/local/local/memory/conversations/older.json", &old);
    twin.write(".twinctl/local/local/memory/broken.json", "[{");
    try_chat(&url, "Who are you?", Some("deleted"));
    assert_eq!(delete_conversation(&url, "deleted").status, 204);

    let listed = twin.run(&["memory", "ls", "local"]).exits_with(0).stdout;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains("  2  What does Ada draw?") && listed.contains("␛[2J"), "{listed}");
    assert!(listed.contains("(unknown format)"), "{listed}");
    let json = twin.run(&["memory", "ls", "local", "--json", "--limit", "1"]).exits_with(0).stdout;
    assert_eq!(objects(&json).last().unwrap()["total"], 3, "{json}");
    twin.run(&["memory", "ls", "local", "--limit", "1"]).reports("1 of 3 conversations");

    let shown = twin.run(&["memory", "show", "local", "fir"]).exits_with(0).stdout;
    assert!(shown.starts_with("visitor  20") && shown.contains("\n  And where?"), "{shown}");
    let json = twin.run(&["memory", "show", "local", "older", "--json"]).exits_with(0).stdout;
    assert_eq!(objects(&json)[0]["messages"][0]["content"], "\u{1b}[2J\u{202e}Hello");
    assert!(!json.contains('\u{202e}'), "{json}");
    for missing in ["nobody", "deleted"] {
        twin.run(&["memory", "show", "local", missing]).exits_with(2).reports("there is no conversation");
    }
    twin.run(&["memory", "show", "local", "nobody"]).exits_with(2).reports("twinctl memory ls local --all");
    twin.run(&["memory", "show", "local", "../x"]).exits_with(2).reports("letters, digits");
    twin.run(&["memory", "show", "local", "broken"]).exits_with(6).reports("has an unknown format");

    fs::remove_file(twin.place().join("memory/broken.json")).unwrap();
    twin.run(&["memory", "export", "local", "saved"]).exits_with(0).reports("saved 2 conversations in saved");
    let file = twin.join("saved/first-one.json");
    let saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(saved["messages"].as_array().unwrap().len(), 4);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let markdown = ["memory", "export", "local", "-", "--format", "markdown", "--session", "older"];
    assert_eq!(
        twin.run(&markdown).exits_with(0).stdout,
        "# Conversation older\n\n**visitor**\n\n> ␛[2J\u{fffd}Hello\n"
    );

    twin.run(&["memory", "delete", "local", "first-one"])
        .exits_with(2)
        .reports("cannot ask for confirmation: there is no terminal");
    twin.run(&["memory", "delete", "local", "first", "--yes"]).exits_with(2).reports("give the full ID");
    twin.run(&["memory", "delete", "local", "first-one", "--dry-run"]).exits_with(0).reports("1 version");
    twin.run(&["memory", "delete", "local", "first-one", "--yes"]).exits_with(0).reports("none is left");
    assert!(!twin.place().join("memory/first-one.json").exists());
    twin.run(&["memory", "delete", "local", "--older-than", "1d", "--yes"])
        .reports("no conversation is that old");
    twin.run(&["memory", "delete", "local", "--older-than", "0s", "--dry-run"]).exits_with(0);
    twin.run(&["memory", "delete", "local", "older", "--yes", "--json"]).exits_with(0);
    twin.run(&["memory", "ls", "local"]).exits_with(0).reports("no conversations");
    // An empty object was left.
    twin.run(&["memory", "delete", "local", "deleted", "--yes"]).exits_with(0).reports("none is left");
    assert!(!twin.place().join("memory/deleted.json").exists());
}
