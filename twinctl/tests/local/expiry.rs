//! `memory.expire_after_days`: only conversations that the twin writes expire.

use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::Value;
use testbed::{process, wait};

use super::twin::Twin;

const DAY: Duration = Duration::from_hours(24);

fn age(file: &Path, days: u32) -> SystemTime {
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) - DAY * days;
    File::options().write(true).open(file).unwrap().set_modified(modified).unwrap();
    modified
}

#[testbed::test]
fn only_conversations_that_the_twin_wrote_expire() {
    let twin = Twin::new();
    let memory = twin.place().join("memory");
    twin.deploy().exits_with(0);
    twin.run(&["chat", "local", "--session", "before", "What does Ada draw?"]).exits_with(0);
    assert!(!memory.join(".expiring").exists(), "without an expiry, nothing is marked");

    twin.add_to_environment("memory: { expire_after_days: 90 }\n");
    twin.deploy()
        .exits_with(0)
        .reports("90 days after its last message (so far: never). To be deleted within two days: none");
    twin.run(&["chat", "local", "--session", "after", "What does Ada draw?"]).exits_with(0);
    fs::write(memory.join("found.json"), "[]").unwrap();
    for name in ["before.json", "found.json"] {
        age(&memory.join(name), 1);
    }
    let modified = age(&memory.join("after.json"), 1).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    fs::write(memory.join(".expiring"), format!("{} after.json\n", modified.as_nanos())).unwrap();
    twin.write("environments/local.yaml", twin.read("environments/local.yaml").replace("90", "30"));
    twin.run(&["plan", "local", "--lambda-binary", super::twin::binary()])
        .reports("(so far: after 90 days). To be deleted within two days: 1 conversation. All other");

    // The first run of a gateway has no earlier one to compare the clock with.
    restart(&twin, None);
    let read =
        || serde_json::from_str::<Value>(&fs::read_to_string(twin.place().join("expiry.json")).ok()?).ok();
    wait::until("the run is recorded", || read().is_some());
    assert!(memory.join("after.json").exists());
    let mut trusted = read().unwrap();
    trusted["untrusted"] = false.into();
    let mut ahead = trusted.clone();
    ahead["moment"]["at"] = "2020-01-01T00:00:00Z".into();
    restart(&twin, Some(&ahead));
    wait_for_log(&twin, "the clock moved by more than a day");
    assert!(memory.join("after.json").exists());

    restart(&twin, Some(&trusted));
    wait_for_log(&twin, "old conversations were deleted");
    assert!(!memory.join("after.json").exists());
    assert!(memory.join("before.json").exists() && memory.join("found.json").exists());
    let log = fs::read_to_string(twin.place().join("logs/twin.log")).unwrap();
    let line = log.lines().find(|line| line.contains("were deleted")).unwrap();
    assert!(line.contains("after.json") && line.contains("\"count\":1"), "{line}");
}

/// Kills the gateway, and starts it again with this record of its last run.
fn restart(twin: &Twin, record: Option<&Value>) {
    let pid = twin.status()["gateway"]["pid"].as_u64().unwrap();
    process::kill(pid.try_into().unwrap());
    if let Some(record) = record {
        fs::write(twin.place().join("expiry.json"), record.to_string()).unwrap();
    }
    twin.deploy().exits_with(0);
}

fn wait_for_log(twin: &Twin, text: &str) {
    let log = twin.place().join("logs/twin.log");
    wait::until(text, || fs::read_to_string(&log).is_ok_and(|log| log.contains(text)));
}
