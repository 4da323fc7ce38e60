//! Data files of a local twin: uploaded without a deploy, rolled back, pulled.

use std::{fs, os::unix::fs::PermissionsExt as _};

use testbed::wait;

use super::twin::{Twin, chat};

pub(crate) const UPLOAD: [&str; 3] = ["upload-data", "local", "--yes"];

pub(crate) fn ls(twin: &Twin) -> Vec<String> {
    let ran = twin.run(&["data", "ls", "local"]).exits_with(0);
    ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

#[testbed::test]
fn uploaded_files_are_used_without_a_deploy_and_can_be_rolled_back() {
    let twin = Twin::new();
    twin.run(&UPLOAD).exits_with(8).reports("twinctl deploy local");
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.run(&UPLOAD).exits_with(0).reports("nothing to change");
    let pid = twin.status()["gateway"]["pid"].clone();
    twin.write("data/summary.txt", "Ada paints lighthouses.");
    twin.write("data/me.txt", "I am Ada.");
    twin.run(&["upload-data", "local"]).exits_with(2).reports("--yes");
    twin.run(&["upload-data", "local", "--diff", "--dry-run"])
        .exits_with(0)
        .reports("+Ada paints lighthouses.");
    twin.run(&UPLOAD).exits_with(0);
    wait::until("the twin knows the new file", || {
        chat(&url, "What does Ada paint?").body.contains("lighthouses")
    });
    assert_eq!(twin.status()["gateway"]["pid"], pid);
    let back = twin.run(&["upload-data", "local", "--rollback", "--diff", "--dry-run"]).exits_with(0);
    back.reports("+Ada draws maps of islands.");
    back.reports("-I am Ada.");
    twin.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    assert_eq!(ls(&twin), ["facts.json", "summary.txt"]);
    twin.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    assert_eq!(ls(&twin), ["facts.json", "me.txt", "summary.txt"]);
}

#[testbed::test]
fn an_upload_without_changes_needs_no_key() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.run(&["data", "keygen", "-o", "data.key"]).exits_with(0);
    let with_key = |args: &[&str]| twin.command(args).env("DATA_KEY", "data.key").output().unwrap();
    let sealed = with_key(&["data", "encrypt", "data/facts.json", "data/summary.txt", "--remove"]);
    assert!(sealed.status.success(), "{sealed:?}");
    twin.write("data/me.txt", "I am Ada.");
    twin.run(&UPLOAD).exits_with(3).reports("the file is encrypted, but no key was given");
    assert!(with_key(&UPLOAD).status.success());
    twin.run(&UPLOAD).exits_with(0).reports("nothing to change");
    twin.write("data/me.txt", "I am Ada Maplewood.");
    twin.run(&UPLOAD).exits_with(3).reports("the file is encrypted, but no key was given");
    assert_eq!(ls(&twin), ["facts.json", "me.txt", "summary.txt"]);
}

#[testbed::test]
fn a_missing_data_folder_deletes_nothing() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    fs::rename(twin.join("data"), twin.join("elsewhere")).unwrap();
    twin.deploy().exits_with(0).reports("nothing to change");
    assert_eq!(ls(&twin), ["facts.json", "summary.txt"]);
    twin.run(&UPLOAD).exits_with(3).reports("there are no data files");
    twin.run(&["data", "pull", "local", "saved"]).exits_with(0);
    let saved = fs::read_to_string(twin.join("saved/summary.txt")).unwrap();
    assert_eq!(saved, "Ada draws maps of islands.");
}

#[testbed::test]
fn missing_data_files_are_reported_with_their_folder() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    fs::remove_dir_all(twin.join("data")).unwrap();
    let folder = twin.path().canonicalize().unwrap().join("data");
    twin.run(&UPLOAD).exits_with(3).reports(&format!("there are no data files in {}", folder.display()));
}

#[testbed::test]
fn a_dry_run_reports_which_files_are_uploaded_or_left_out() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.write("mine/summary.txt", "Ada paints lighthouses. Call her: +44 20 7946 0018.");
    let planned = twin.run(&["upload-data", "local", "--from", "mine", "--dry-run", "--json"]).exits_with(0);
    let objects = planned.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let left_out = objects.into_iter().find(|object| object["kind"] == "left_out").unwrap();
    assert_eq!(left_out["left_out"][0]["file"], "summary.txt");
    assert_eq!(left_out["left_out"][0]["kind"], "phone");
    let planned = twin.run(&["upload-data", "local", "--from", "mine", "--dry-run"]).exits_with(0);
    planned.reports("these files are read from mine/");
    planned.reports("facts.json would be deleted without a replacement");
    let unsaid = twin.run(&["upload-data", "local", "--from", "mine"]).exits_with(2);
    unsaid.reports("`twinctl upload-data local --from=mine --yes`");
    fs::copy(twin.join("data/facts.json"), twin.join("mine/facts.json")).unwrap();
    let planned = twin.run(&["upload-data", "local", "--from", "mine", "--dry-run"]).exits_with(0);
    assert!(!planned.stderr.contains("facts.json is deleted"), "{}", planned.stderr);
}

#[testbed::test]
fn files_are_pulled_into_the_folder_they_were_collected_from() {
    let twin = Twin::new();
    fs::create_dir(twin.join("backend")).unwrap();
    fs::rename(twin.join("data"), twin.join("backend/data")).unwrap();
    twin.deploy().exits_with(0);
    assert_eq!(ls(&twin), ["facts.json", "summary.txt"]);
    twin.run(&["data", "pull", "local"]).exits_with(0).reports("0 files written, 2 unchanged");
    assert!(!twin.join("data").exists());
}

#[testbed::test]
fn of_two_files_with_one_name_the_one_that_the_twin_reads_is_pulled() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let there = twin.place().join("data/personal_data");
    fs::create_dir(&there).unwrap();
    fs::write(there.join("summary.txt"), "Ada is read from here.").unwrap();
    twin.run(&["data", "pull", "local", "saved"]).exits_with(0).reports("2 files written");
    assert_eq!(fs::read_to_string(twin.join("saved/summary.txt")).unwrap(), "Ada is read from here.");

    fs::create_dir_all(twin.join("other/summary.txt")).unwrap();
    twin.run(&["data", "pull", "local", "other", "--force"]).exits_with(1).reports("could not read");
    assert!(twin.join("other/summary.txt").is_dir());
}

#[testbed::test]
fn pulling_keeps_local_lines_that_were_left_out() {
    let twin = Twin::new();
    twin.write("data/me.txt", "I am Ada. Call me: +41 44 668 18 00");
    twin.deploy().exits_with(0);
    let pull = ["data", "pull", "local"];
    twin.run(&pull).exits_with(0).reports("0 files written, 3 unchanged");
    twin.run(&["data", "pull", "local", "--force"]).exits_with(0).reports("0 files written, 3 unchanged");

    twin.write("data/me.txt", "I was Ada. Call me: +41 44 668 18 00");
    twin.run(&pull).exits_with(6).reports("local files that differ");
    twin.run(&["data", "pull", "local", "--force"]).exits_with(0).reports("1 file written");
    let read = |name: &str| fs::read_to_string(twin.join("data").join(name)).unwrap();
    assert_eq!(read("me.txt~"), "I was Ada. Call me: +41 44 668 18 00");
    assert!(read("me.txt").starts_with("I am Ada."), "{}", read("me.txt"));

    fs::remove_file(twin.join("data/summary.txt")).unwrap();
    twin.write("data/summary.txt.age", "nobody has the key");
    twin.run(&["data", "pull", "local", "--force"]).exits_with(6).reports("summary.txt.age");
    assert!(!twin.join("data/summary.txt").exists());
}

#[testbed::test]
fn text_that_is_left_out_leaves_no_trace() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let list = || fs::read_to_string(twin.place().join("data/.twinctl/history.json")).unwrap();
    assert!(list().contains("stamp"));
    twin.write("data/me.txt", "I am Ada. Call me: +41 44 668 18 00");
    for text in ["the twin reads them", "nothing to change"] {
        let ran = twin.run(&UPLOAD).exits_with(0);
        ran.reports(text);
        ran.reports("left out: me.txt:1: phone number");
        assert!(!list().contains("stamp") && !list().contains("668 18"), "{}", list());
    }
}

#[testbed::test]
fn only_the_owner_may_read_current_and_older_files() {
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    twin.write("data/summary.txt", "new");
    twin.run(&UPLOAD).exits_with(0);
    let data = twin.place().join("data");
    let kept = fs::read_dir(data.join(".twinctl/kept")).unwrap().count();
    assert_eq!(kept, 1);
    let walk = ignore::WalkBuilder::new(&data).standard_filters(false).build();
    for entry in walk.flatten() {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", entry.path().display());
    }
}
