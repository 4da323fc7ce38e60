//! Local twins with a time to live.

use serde_json::Value;

use crate::twin::{ENVIRONMENT_FILE, Twin};

const RECORD: &str = ".twinctl/local/local/record.json";

fn record(twin: &Twin) -> Value {
    serde_json::from_str(&twin.read(RECORD)).unwrap()
}

/// Ends the life of the twin.
fn expire(twin: &Twin) {
    let mut record = record(twin);
    record["expiry"]["at"] = "2026-01-01T00:00:00Z".into();
    twin.write(RECORD, record.to_string());
}

#[testbed::test]
fn an_expired_twin_is_deleted_unless_a_deploy_renews_it() {
    let twin = Twin::new();
    twin.run(&["sweep", "--yes"]).exits_with(0).reports("no environment has expired");
    twin.add_to_environment("ttl: 8h\n");
    twin.deploy().exits_with(0);
    twin.run(&["status", "local"]).exits_with(0).reports("expires in ");
    assert!(twin.status()["expires"].is_string());
    let listed = twin.run(&["sweep", "--yes"]).exits_with(0);
    assert!(listed.stdout.contains("local  expires in "), "{listed:?}");

    expire(&twin);
    twin.run(&["status", "local"]).exits_with(0).reports("`twinctl sweep` deletes it; a deploy renews it");
    twin.run(&["sweep"]).exits_with(2).reports("cannot ask for confirmation");
    let listed = twin.run(&["sweep", "--dry-run", "--json"]).exits_with(0).stdout;
    let listed: Value = serde_json::from_str(listed.lines().last().unwrap()).unwrap();
    assert_eq!(listed["environments"][0]["verdict"], "expired", "{listed}");
    assert_eq!(listed["deleted"], Value::Array(vec![]));
    twin.deploy().exits_with(0).reports("nothing to change");
    twin.run(&["sweep", "--yes"]).exits_with(0).reports("no environment has expired");

    expire(&twin);
    for _ in 0..2 {
        twin.run(&["sweep", "--yes"]).exits_with(0);
        assert!(!twin.join(RECORD).exists());
    }
}

#[testbed::test]
fn the_environment_file_decides_whether_an_expired_twin_is_deleted() {
    let twin = Twin::new();
    let file = twin.read(ENVIRONMENT_FILE);
    twin.write(ENVIRONMENT_FILE, format!("{file}ttl: 8h\n"));
    twin.deploy().exits_with(0);
    expire(&twin);
    for (lines, reason) in [("protect: true\n", "`protect: true`"), ("", "no `ttl`")] {
        twin.write(ENVIRONMENT_FILE, format!("{file}{lines}"));
        let kept = twin.run(&["sweep", "--yes"]).exits_with(0);
        assert!(kept.stdout.contains(reason), "{kept:?}");
    }
    twin.deploy().exits_with(0);
    assert!(record(&twin).get("expiry").is_none(), "a deploy without `ttl` removes it");

    twin.write(ENVIRONMENT_FILE, format!("{file}ttl: 8h\n"));
    twin.deploy().exits_with(0);
    expire(&twin);
    // As for an environment of a pull request, whose file is on another branch.
    std::fs::remove_file(twin.join(ENVIRONMENT_FILE)).unwrap();
    twin.write("environments/home.yaml", file.replace("environment: local", "environment: home"));
    twin.run(&["sweep", "--yes"]).exits_with(0);
    assert!(!twin.join(RECORD).exists());
}

#[testbed::test]
fn an_account_or_a_file_that_cannot_be_read_does_not_keep_other_twins_alive() {
    let twin = Twin::new();
    let file = twin.read(ENVIRONMENT_FILE);
    twin.write(ENVIRONMENT_FILE, format!("{file}ttl: 8h\n"));
    twin.deploy().exits_with(0);
    expire(&twin);
    twin.write("environments/cloud.yaml", "project: ada\nenvironment: cloud\nregion: eu-central-1\n");
    twin.write("environments/broken.yaml", "project: [\n");
    let sweep = || -> testbed::Run {
        let mut command = twin.command(&["sweep", "--yes"]);
        command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap().into()
    };
    // The file may say `protect: true`.
    twin.write(ENVIRONMENT_FILE, format!("{file}protect: maybe\n"));
    twin.write("environments/home.yaml", file.replace("environment: local", "environment: home"));
    let kept = sweep().exits_with(6);
    kept.reports("no expired environment found in what could be read");
    assert!(kept.stdout.contains("local  kept, because its file has errors"), "{kept:?}");
    assert!(twin.join(RECORD).exists());

    twin.write(ENVIRONMENT_FILE, format!("{file}ttl: 8h\n"));
    sweep().exits_with(6).reports("could not read: cloud, broken");
    assert!(!twin.join(RECORD).exists());
}
