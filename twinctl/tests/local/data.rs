//! The owner's files of a twin on this machine: changed without a deploy, brought back, never lost.

use std::{fs, os::unix::fs::PermissionsExt as _};

use testbed::wait;

use super::home::{Home, chat};

pub(crate) const UPLOAD: [&str; 3] = ["upload-data", "local", "--yes"];

pub(crate) fn ls(home: &Home) -> Vec<String> {
    let ran = home.run(&["data", "ls", "local"]).exits_with(0);
    ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

#[testbed::test]
fn a_running_twin_knows_them_and_they_come_back() {
    let home = Home::new();
    home.run(&UPLOAD).exits_with(8).reports("twinctl deploy local");
    let url = home.deploy().exits_with(0).url().to_owned();
    home.run(&UPLOAD).exits_with(0).reports("nothing to upload");
    let pid = home.status()["front_door"]["pid"].clone();
    home.write("data/summary.txt", "Ada paints lighthouses.");
    home.write("data/me.txt", "I am Ada.");
    home.run(&["upload-data", "local"]).exits_with(2).reports("--yes");
    home.run(&["upload-data", "local", "--diff", "--dry-run"])
        .exits_with(0)
        .reports("+Ada paints lighthouses.");
    home.run(&UPLOAD).exits_with(0);
    wait::until("the twin knows the new file", || {
        chat(&url, "What does Ada paint?").body.contains("lighthouses")
    });
    assert_eq!(home.status()["front_door"]["pid"], pid);
    let back = home.run(&["upload-data", "local", "--rollback", "--diff", "--dry-run"]).exits_with(0);
    back.reports("+Ada draws maps of islands.");
    back.reports("-I am Ada.");
    home.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    assert_eq!(ls(&home), ["facts.json", "summary.txt"]);
    home.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    assert_eq!(ls(&home), ["facts.json", "me.txt", "summary.txt"]);
}

#[testbed::test]
fn who_brings_nothing_new_needs_no_key() {
    let home = Home::new();
    home.deploy().exits_with(0);
    home.run(&["data", "keygen", "-o", "data.key"]).exits_with(0);
    let with_key = |args: &[&str]| home.command(args).env("DATA_KEY", "data.key").output().unwrap();
    let sealed = with_key(&["data", "encrypt", "data/facts.json", "data/summary.txt", "--remove"]);
    assert!(sealed.status.success(), "{sealed:?}");
    home.write("data/me.txt", "I am Ada.");
    home.run(&UPLOAD).exits_with(3).reports("the file is encrypted, but no key was given");
    assert!(with_key(&UPLOAD).status.success());
    home.run(&UPLOAD).exits_with(0).reports("nothing to upload");
    home.write("data/me.txt", "I am Ada Maplewood.");
    home.run(&UPLOAD).exits_with(3).reports("the file is encrypted, but no key was given");
    assert_eq!(ls(&home), ["facts.json", "me.txt", "summary.txt"]);
}

#[testbed::test]
fn nothing_is_taken_away_because_a_folder_is_missing() {
    let home = Home::new();
    home.deploy().exits_with(0);
    fs::rename(home.join("data"), home.join("elsewhere")).unwrap();
    home.deploy().exits_with(0).reports("nothing to change");
    assert_eq!(ls(&home), ["facts.json", "summary.txt"]);
    home.run(&UPLOAD).exits_with(3).reports("there are no data files");
    home.run(&["data", "pull", "local", "saved"]).exits_with(0);
    let saved = fs::read_to_string(home.join("saved/summary.txt")).unwrap();
    assert_eq!(saved, "Ada draws maps of islands.");
}

#[testbed::test]
fn what_is_taken_and_what_stays_at_home_is_told() {
    let home = Home::new();
    home.deploy().exits_with(0);
    home.write("mine/summary.txt", "Ada paints lighthouses. Call her: +44 20 7946 0018.");
    let planned = home.run(&["upload-data", "local", "--from", "mine", "--dry-run", "--json"]).exits_with(0);
    let objects = planned.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let left_out = objects.into_iter().find(|object| object["kind"] == "left_out").unwrap();
    assert_eq!(left_out["left_out"][0]["file"], "summary.txt");
    assert_eq!(left_out["left_out"][0]["kind"], "phone");
    let planned = home.run(&["upload-data", "local", "--from", "mine", "--dry-run"]).exits_with(0);
    planned.reports("these files are taken from mine/");
    planned.reports("facts.json goes, and none takes its place");
    let unsaid = home.run(&["upload-data", "local", "--from", "mine"]).exits_with(2);
    unsaid.reports("`twinctl upload-data local --from=mine --yes`");
    fs::copy(home.join("data/facts.json"), home.join("mine/facts.json")).unwrap();
    let planned = home.run(&["upload-data", "local", "--from", "mine", "--dry-run"]).exits_with(0);
    assert!(!planned.stderr.contains("facts.json goes"), "{}", planned.stderr);
}

#[testbed::test]
fn where_another_twin_keeps_them_they_are_pulled_to() {
    let home = Home::new();
    fs::create_dir(home.join("backend")).unwrap();
    fs::rename(home.join("data"), home.join("backend/data")).unwrap();
    home.deploy().exits_with(0);
    assert_eq!(ls(&home), ["facts.json", "summary.txt"]);
    home.run(&["data", "pull", "local"]).exits_with(0).reports("0 files written, 2 unchanged");
    assert!(!home.join("data").exists());
}

#[testbed::test]
fn of_two_files_for_one_place_the_one_that_is_read_is_pulled() {
    let home = Home::new();
    home.deploy().exits_with(0);
    let there = home.place().join("data/personal_data");
    fs::create_dir(&there).unwrap();
    fs::write(there.join("summary.txt"), "Ada is read from here.").unwrap();
    home.run(&["data", "pull", "local", "saved"]).exits_with(0).reports("2 files written");
    assert_eq!(fs::read_to_string(home.join("saved/summary.txt")).unwrap(), "Ada is read from here.");

    fs::create_dir_all(home.join("other/summary.txt")).unwrap();
    home.run(&["data", "pull", "local", "other", "--force"]).exits_with(1).reports("could not read");
    assert!(home.join("other/summary.txt").is_dir());
}

#[testbed::test]
fn what_stayed_at_home_is_not_pulled_over() {
    let home = Home::new();
    home.write("data/me.txt", "I am Ada. Call me: +41 44 668 18 00");
    home.deploy().exits_with(0);
    let pull = ["data", "pull", "local"];
    home.run(&pull).exits_with(0).reports("0 files written, 3 unchanged");
    home.run(&["data", "pull", "local", "--force"]).exits_with(0).reports("0 files written, 3 unchanged");

    home.write("data/me.txt", "I was Ada. Call me: +41 44 668 18 00");
    home.run(&pull).exits_with(6).reports("local files that differ");
    home.run(&["data", "pull", "local", "--force"]).exits_with(0).reports("1 file written");
    let read = |name: &str| fs::read_to_string(home.join("data").join(name)).unwrap();
    assert_eq!(read("me.txt~"), "I was Ada. Call me: +41 44 668 18 00");
    assert!(read("me.txt").starts_with("I am Ada."), "{}", read("me.txt"));

    fs::remove_file(home.join("data/summary.txt")).unwrap();
    home.write("data/summary.txt.age", "nobody has the key");
    home.run(&["data", "pull", "local", "--force"]).exits_with(6).reports("summary.txt.age");
    assert!(!home.join("data/summary.txt").exists());
}

#[testbed::test]
fn what_stays_at_home_leaves_no_trace() {
    let home = Home::new();
    home.deploy().exits_with(0);
    let list = || fs::read_to_string(home.place().join("data/.twinctl/history.json")).unwrap();
    assert!(list().contains("stamp"));
    home.write("data/me.txt", "I am Ada. Call me: +41 44 668 18 00");
    for said in ["the twin reads them", "nothing to upload"] {
        let ran = home.run(&UPLOAD).exits_with(0);
        ran.reports(said);
        ran.reports("left out: me.txt:1: phone number");
        assert!(!list().contains("stamp") && !list().contains("668"), "{}", list());
    }
}

#[testbed::test]
fn only_their_owner_may_read_them_older_ones_included() {
    let home = Home::new();
    home.deploy().exits_with(0);
    home.write("data/summary.txt", "new");
    home.run(&UPLOAD).exits_with(0);
    let data = home.place().join("data");
    let kept = fs::read_dir(data.join(".twinctl/kept")).unwrap().count();
    assert_eq!(kept, 1);
    let walk = ignore::WalkBuilder::new(&data).standard_filters(false).build();
    for entry in walk.flatten() {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", entry.path().display());
    }
}
