//! The list of releases.

use std::process::Command;

use serde_json::Value;

use super::twin::{ENVIRONMENT_FILE, Twin};

/// Returns the objects of `releases --json`.
fn releases(twin: &Twin) -> Vec<Value> {
    let run = twin.run(&["releases", "local", "--json"]).exits_with(0);
    let listed: Value = serde_json::from_str(run.stdout.trim()).unwrap();
    listed["releases"].as_array().unwrap().clone()
}

fn git(twin: &Twin, args: &[&str]) {
    let names = ["-c", "user.name=ada", "-c", "user.email=ada@ada.example"];
    let ran = Command::new("git").args(names).args(args).current_dir(twin.path()).env_clear().output();
    assert!(ran.unwrap().status.success(), "{args:?}");
}

#[testbed::test]
fn releases_are_listed_with_their_commit_and_what_changed() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    git(&twin, &["init", "-q"]);
    git(&twin, &["add", ENVIRONMENT_FILE]);
    git(&twin, &["commit", "-q", "-m", "First"]);
    twin.replace(ENVIRONMENT_FILE, "burst: 1000", "burst: 2000");
    twin.write("data/summary.txt", "Ada paints lighthouses.");
    twin.deploy().exits_with(0);
    twin.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    git(&twin, &["commit", "-q", "-a", "-m", "Second"]);
    twin.deploy().exits_with(0);
    twin.deploy().exits_with(0).reports("nothing to change");

    let listed = releases(&twin);
    let changed: Vec<_> = listed.iter().map(|release| release["changed"].to_string()).collect();
    assert_eq!(changed, [r#"["page"]"#, r#"["settings","data"]"#, "null"]);
    let commit = |index: usize| listed[index]["commit"].as_str();
    assert_eq!(commit(0).unwrap().len(), 12);
    assert!(commit(1).unwrap().ends_with("-dirty") && commit(2).is_none(), "{listed:?}");
}
