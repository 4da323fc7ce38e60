//! Records that other versions of twinctl wrote.

use serde_json::Value;

use crate::twin::{Twin, chat};

const RECORD: &str = ".twinctl/local/local/record.json";

fn record(twin: &Twin) -> Value {
    serde_json::from_str(&twin.read(RECORD)).unwrap()
}

#[testbed::test]
fn a_record_of_a_newer_twinctl_is_refused_and_not_changed() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    let own = twin.read(RECORD);
    let mut newer = record(&twin);
    newer["format"] = 3.into();
    newer["twinctl"] = "9.1.0".into();
    newer["releases"] = "in a form of its own".into();
    twin.write(RECORD, newer.to_string());
    let commands = [
        &["destroy", "local", "--confirm", "local"][..],
        &["status", "local"],
        &["releases", "local"],
        &["rollback", "local", "--yes"],
        &["unlock", "local", "--yes"],
        &["sweep", "--yes"],
    ];
    for refused in commands.iter().map(|args| twin.run(args)).chain([twin.deploy()]) {
        let refused = refused.exits_with(6);
        refused.reports("a newer twinctl (9.1.0) wrote it");
        refused.reports("run `twinctl upgrade`");
    }
    assert_eq!(twin.read(RECORD), newer.to_string());
    assert_eq!(chat(&url, "Who are you?").status, 200);
    twin.write(RECORD, own);
}

/// The first releases of twinctl wrote no format.
#[testbed::test]
fn a_record_without_a_format_is_used_and_gets_one() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let mut old = record(&twin);
    for field in ["format", "twinctl"] {
        assert!(old.as_object_mut().unwrap().remove(field).is_some());
    }
    twin.write(RECORD, old.to_string());
    twin.deploy().exits_with(0).reports("nothing to change");
    assert_eq!(record(&twin), old, "a run that changes nothing writes nothing");
    twin.write("web/index.html", "<!doctype html>\n<title>New</title>\n");
    twin.deploy().exits_with(0);
    let new = record(&twin);
    assert_eq!((&new["format"], &new["twinctl"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!((&new["birth"], new["releases"].as_array().unwrap().len()), (&old["birth"], 2));
}
