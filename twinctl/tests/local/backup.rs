//! Backups of local twins.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;

use crate::twin::{ENVIRONMENT_FILE, Twin, chat, try_chat};

const ARRAY: &str = r#"[{"role":"user","content":"Grüße"},{"role":"assistant","content":"Hello"}]"#;
const OBJECT: &str =
    r#"{"session_id":"older","messages":[{"role":"user","content":"Hi"}],"created_at":"2025"}"#;
const QUESTION: &str = r#"{"question":"Do you ski?","asked_at":"2026-01-01T00:00:00Z","keys":[]}"#;

fn memory(twin: &Twin, key: &str) -> PathBuf {
    twin.place().join("memory").join(key)
}

/// Stores a conversation in each form, and a question.
fn remember(twin: &Twin) {
    for (key, text) in
        [("first.json", ARRAY), ("conversations/older.json", OBJECT), ("questions/0a1b2c3d.json", QUESTION)]
    {
        twin.write(memory(twin, key).strip_prefix(twin.path()).unwrap().to_str().unwrap(), text);
    }
}

fn last_object(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().last().unwrap()).unwrap()
}

#[testbed::test]
fn a_twin_is_restored_in_another_folder_and_nothing_newer_is_overwritten() {
    let old = Twin::new();
    old.run(&["backup", "local", "twin.jsonl"]).exits_with(8).reports("`local` is not deployed");
    assert!(!old.join("twin.jsonl").exists());
    old.deploy().exits_with(0);
    remember(&old);
    let written = UNIX_EPOCH + Duration::from_hours(500_000);
    File::options().write(true).open(memory(&old, "first.json")).unwrap().set_modified(written).unwrap();
    old.run(&["backup", "local", "twin.jsonl"]).exits_with(0).reports("2 data files");
    assert_eq!(fs::metadata(old.join("twin.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    old.run(&["backup", "local", "twin.jsonl"]).exits_with(2).reports("already exists");
    old.run(&["backup", "local", "twin.jsonl", "--force"]).exits_with(0);
    old.run(&["backup", "local", "x.jsonl", "--to", "age1x"]).exits_with(2).reports("ends in `.age`");

    let new = Twin::new();
    new.write("data/facts.json", r#"{"full_name": "Eve Example"}"#);
    fs::copy(old.join("twin.jsonl"), new.join("twin.jsonl")).unwrap();
    new.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(8).reports("not deployed");
    let url = new.deploy().exits_with(0).url().to_owned();
    let dry = new.run(&["restore", "local", "twin.jsonl", "--dry-run", "--json"]).exits_with(0);
    let result = last_object(&dry.stdout);
    assert_eq!((&result["missing"], &result["written"]["conversations"]), (&3.into(), &0.into()), "{dry:?}");
    new.run(&["restore", "local", "twin.jsonl", "--dry-run"])
        .exits_with(0)
        .reports("would restore 2 conversations and 1 unanswered question");
    assert!(!memory(&new, "first.json").exists());
    new.run(&["restore", "local", "twin.jsonl"]).exits_with(2).reports("cannot ask for confirmation");
    new.run(&["restore", "local", "twin.jsonl", "--yes"])
        .exits_with(0)
        .reports("restored 2 conversations and 1 unanswered question");
    for (key, text) in
        [("first.json", ARRAY), ("conversations/older.json", OBJECT), ("questions/0a1b2c3d.json", QUESTION)]
    {
        assert_eq!(fs::read_to_string(memory(&new, key)).unwrap(), text);
    }
    assert_eq!(memory(&new, "first.json").metadata().unwrap().modified().unwrap(), written);
    let facts = fs::read_to_string(new.place().join("data/facts.json")).unwrap();
    assert!(facts.contains("Ada Example"), "{facts}");
    let again = new.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(0);
    again.reports("restored 0 conversations and 0 unanswered questions");
    again.reports("data files: nothing to change");
    let json = new.run(&["restore", "local", "twin.jsonl", "--yes", "--json"]).exits_with(0).stdout;
    assert_eq!(last_object(&json)["written"], serde_json::json!({ "conversations": 0, "questions": 0 }));

    // A conversation that went on, and one that its visitor deleted.
    try_chat(&url, "And now?", Some("first"));
    let newer = fs::read_to_string(memory(&new, "first.json")).unwrap();
    let kept = new.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(0);
    assert!(kept.stdout.contains("first.json"), "{kept:?}");
    kept.reports("`--overwrite` replaces them");
    assert_eq!(fs::read_to_string(memory(&new, "first.json")).unwrap(), newer);
    new.run(&["restore", "local", "twin.jsonl", "--yes", "--overwrite"]).exits_with(0);
    assert_eq!(fs::read_to_string(memory(&new, "first.json")).unwrap(), ARRAY);
    assert_eq!(chat(&url, "Who are you?").status, 200);
}

#[testbed::test]
fn the_folder_of_a_destroy_is_restored() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    twin.run(&["destroy", "local", "--backup", "saved", "--confirm", "local"]).exits_with(0);
    twin.write("data/facts.json", r#"{"full_name": "Eve Example"}"#);
    twin.deploy().exits_with(0);
    twin.run(&["restore", "local", "environments"]).exits_with(1).reports("not a backup of a twin");
    twin.run(&["restore", "local", "saved", "--yes"])
        .exits_with(0)
        .reports("restored 2 conversations and 1 unanswered question");
    assert_eq!(fs::read_to_string(memory(&twin, "first.json")).unwrap(), ARRAY);
    let facts = fs::read_to_string(twin.place().join("data/facts.json")).unwrap();
    assert!(facts.contains("Ada Example"), "{facts}");
    twin.run(&["restore", "local", "saved", "--yes"]).exits_with(0).reports("data files: nothing to change");
}

#[testbed::test]
fn settings_are_restored_as_a_file_if_there_is_none_and_compared_otherwise() {
    let twin = Twin::new();
    twin.add_to_environment("prompt: {scope: any}\n");
    twin.deploy().exits_with(0);
    remember(&twin);
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    let same = twin.run(&["restore", "local", "twin.jsonl", "--dry-run"]).exits_with(0);
    assert!(!format!("{same:?}").contains("settings that differ"), "{same:?}");

    let file = "environments/home.yaml";
    let dry = twin.run(&["restore", "home", "twin.jsonl", "--dry-run"]).exits_with(0);
    dry.reports("would write environments/home.yaml with the settings of `local` of ada");
    assert!(!twin.join(file).exists());
    let written = twin.run(&["restore", "home", "twin.jsonl"]).exits_with(7);
    written.reports("run `twinctl deploy home`, then run this command again");
    let text = twin.read(file);
    assert!(text.starts_with("environment: home\n") && text.contains("  scope: any\n"), "{text}");
    twin.run(&["restore", "home", "twin.jsonl", "--yes"]).exits_with(8).reports("not deployed");
    assert_eq!(twin.read(file), text);

    twin.write(ENVIRONMENT_FILE, twin.read(ENVIRONMENT_FILE).replace("scope: any", "scope: owner"));
    let differs = twin.run(&["restore", "local", "twin.jsonl", "--dry-run"]).exits_with(0);
    differs.reports("prompt.scope: any in the backup, owner here");
    let json = twin.run(&["restore", "local", "twin.jsonl", "--dry-run", "--json"]).exits_with(0).stdout;
    assert_eq!(last_object(&json)["settings"][0]["field"], "prompt.scope");
}

#[testbed::test]
fn a_restored_file_of_another_environment_does_not_replace_the_built_in_one() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    fs::remove_dir_all(twin.join("environments")).unwrap();
    twin.run(&["check", "local", "--only", "file"]).exits_with(0);
    twin.run(&["restore", "prod", "twin.jsonl"]).exits_with(7).reports("wrote environments/prod.yaml");
    twin.run(&["check", "local", "prod", "--only", "file"]).exits_with(0);
    twin.write("environments/base.yaml", "project: ada\n");
    twin.run(&["check", "local", "--only", "file"]).exits_with(3).reports("there is no environment `local`");
}

#[testbed::test]
fn restored_conversations_expire_as_those_of_the_twin_do() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    let marks = memory(&twin, ".expiring");
    let remove = || {
        for key in ["first.json", "conversations/older.json", "questions/0a1b2c3d.json"] {
            fs::remove_file(memory(&twin, key)).unwrap();
        }
    };
    remove();
    twin.add_to_environment("memory: {expire_after_days: 30}\n");
    let restored = twin.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(0);
    assert!(
        !restored.stderr.contains("expires") && !marks.exists(),
        "not before it is deployed: {restored:?}"
    );

    twin.deploy().exits_with(0);
    remove();
    let restored = twin.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(0);
    restored.reports("what is restored expires 30 days after the last message");
    let text = fs::read_to_string(marks).unwrap();
    for key in ["first.json", "conversations/older.json", "questions/0a1b2c3d.json"] {
        let modified = fs::metadata(memory(&twin, key)).unwrap().modified().unwrap();
        let modified = modified.duration_since(UNIX_EPOCH).unwrap().as_nanos();
        assert!(text.contains(&format!("{modified} {key}\n")), "{key}: {text}");
    }
}

#[testbed::test]
fn a_conversation_in_the_other_form_is_not_hidden_by_a_restored_one() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    fs::remove_file(memory(&twin, "first.json")).unwrap();
    let other = memory(&twin, "conversations/first.json");
    fs::write(&other, OBJECT.replace("older", "first")).unwrap();
    let kept = twin.run(&["restore", "local", "twin.jsonl", "--yes"]).exits_with(0);
    assert!(kept.stdout.contains("first.json") && !memory(&twin, "first.json").exists(), "{kept:?}");
    twin.run(&["restore", "local", "twin.jsonl", "--yes", "--overwrite"]).exits_with(0);
    assert!(memory(&twin, "first.json").exists() && !other.exists());
}

#[testbed::test]
fn an_encrypted_backup_needs_its_key_and_a_damaged_one_changes_nothing() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    let public = twin.run(&["data", "keygen", "-o", "data.key"]).exits_with(0).stdout;
    twin.run(&["data", "keygen", "-o", "other.key"]).exits_with(0);
    let to = ["backup", "local", "twin.jsonl.age", "--to", public.trim()];
    twin.run(&to).exits_with(0);
    let encrypted = fs::read(twin.join("twin.jsonl.age")).unwrap();
    assert!(
        encrypted.starts_with(b"age-encryption.org/") && !encrypted.windows(3).any(|part| part == b"Ada")
    );
    fs::remove_file(memory(&twin, "first.json")).unwrap();
    let restore = ["restore", "local", "twin.jsonl.age", "--yes", "--key-file"];
    twin.run(&[&restore[..], &["other.key"]].concat()).exits_with(5).reports("different key");
    for length in [10, encrypted.len() / 2, encrypted.len() - 1] {
        fs::write(twin.join("twin.jsonl.age"), &encrypted[..length]).unwrap();
        let refused = twin.run(&[&restore[..], &["data.key"]].concat());
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(!memory(&twin, "first.json").exists());
    }
    fs::write(twin.join("renamed.jsonl"), &encrypted).unwrap();
    twin.run(&["restore", "local", "renamed.jsonl", "--yes", "--key-file", "data.key"]).exits_with(0);
    assert_eq!(fs::read_to_string(memory(&twin, "first.json")).unwrap(), ARRAY);
    assert!(twin.read(ENVIRONMENT_FILE).contains("project: ada"));
}

/// The signal arrives when the backup reads the first conversation.
#[testbed::test(strace)]
fn a_backup_that_was_interrupted_leaves_no_file_and_a_killed_one_a_visible_file() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    let part = twin.join("twin.jsonl.part");
    for (signal, code) in [("KILL", None), ("TERM", Some(130)), ("INT", Some(130))] {
        let path = ".twinctl/local/local/memory/first.json";
        let inject = format!("inject=openat:signal={signal}");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "trace", "-P", path, "-e", "trace=openat", "-e", &inject]);
        let backup = ["backup", "local", "twin.jsonl"];
        strace.arg(twin.command(&backup).get_program()).args(backup).current_dir(twin.path());
        strace.env_clear().env("HOME", twin.path());
        let run = testbed::Run::from(strace.output().unwrap());
        assert!(!twin.join("twin.jsonl").exists(), "{signal}: {run:?}");
        assert_eq!(part.exists(), signal == "KILL", "{signal}: {run:?}");
        assert!(code.is_none() || run.code == code, "{signal}: {run:?}");
        let hidden = fs::read_dir(twin.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let hidden: Vec<_> = hidden.filter(|name| name.to_str().unwrap().starts_with(".new-")).collect();
        assert_eq!(hidden, [""; 0], "{signal}");
    }
    fs::write(&part, "of a killed run").unwrap();
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    assert!(!part.exists());
}

#[testbed::test]
fn a_backup_replaces_only_regular_files() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.run(&["backup", "local", "-"]).exits_with(2).reports("cannot be written to stdout");
    twin.write("other", "kept");
    std::os::unix::fs::symlink(twin.join("other"), twin.join("link.jsonl")).unwrap();
    for file in ["link.jsonl", "data"] {
        twin.run(&["backup", "local", file, "--force"]).exits_with(2).reports("is not a regular file");
    }
    assert_eq!(twin.read("other"), "kept");
    assert!(twin.join("link.jsonl").is_symlink() && !twin.join("-").exists());
}

/// Kills a restore at the moments at which it writes.
#[testbed::test]
fn a_restore_that_was_killed_is_completed_by_the_next_one() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    remember(&twin);
    twin.run(&["backup", "local", "twin.jsonl"]).exits_with(0);
    for kill_after in 1..=4 {
        for key in ["first.json", "conversations/older.json", "questions/0a1b2c3d.json"] {
            // The first one is deleted below.
            let _ = fs::remove_file(memory(&twin, key));
        }
        let inject = format!("inject=/^rename:signal=KILL:when={kill_after}+");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-b", "execve", "-o", "trace", "-e", "trace=/^rename", "-e", &inject]);
        let restore = ["restore", "local", "twin.jsonl", "--yes"];
        strace.arg(twin.command(&restore).get_program()).args(restore).current_dir(twin.path());
        strace.env_clear().env("HOME", twin.path()).stdout(Stdio::null()).stderr(Stdio::null());
        strace.status().unwrap();
        twin.run(&restore).exits_with(0);
        assert_eq!(fs::read_to_string(memory(&twin, "first.json")).unwrap(), ARRAY);
        assert_eq!(fs::read_to_string(memory(&twin, "conversations/older.json")).unwrap(), OBJECT);
        // No copy of a deleted conversation is left, not even an incomplete one.
        twin.run(&["memory", "delete", "local", "first", "--yes"]).exits_with(0);
        let files = fs::read_dir(twin.place().join("memory")).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            assert!(!fs::read_to_string(&file).unwrap().contains("Grüße"), "{}", file.display());
        }
    }
}
