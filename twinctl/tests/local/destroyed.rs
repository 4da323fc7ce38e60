//! The end of a twin: asked about when something would be lost, and nothing stays behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::home::{Home, chat, try_chat};

#[testbed::test]
fn conversations_are_asked_about_and_all_else_just_goes() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let asked = home.run(&["destroy", "local"]).exits_with(2);
    asked.reports("1 conversation would be lost");
    assert_eq!(chat(&url, "Who are you?").status, 200);
    home.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(try_chat(&url, "Who are you?", None).is_none());
    assert!(!home.place().exists(), "{:?}", fs::read_dir(home.place()).unwrap().collect::<Vec<_>>());
    assert!(home.join("data/facts.json").exists());
    home.run(&["destroy", "local"]).exits_with(0);
}

#[testbed::test]
fn without_conversations_nobody_is_asked() {
    let home = Home::new();
    home.deploy().exits_with(0);
    home.run(&["destroy", "local"]).exits_with(0);
    assert!(!home.place().exists());
}

#[testbed::test]
fn data_can_be_kept_or_saved() {
    let home = Home::new();
    let url = home.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    home.run(&["destroy", "local", "--confirm", "local", "--keep-data"]).exits_with(0);
    assert_eq!(conversations(&home.place().join("memory")), 1);
    let url = home.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    home.run(&["destroy", "local", "--confirm", "local", "--backup", "saved"]).exits_with(0);
    assert_eq!(conversations(&home.join("saved/memory")), 2);
    assert!(home.join("saved/data/facts.json").exists());
    assert!(!home.place().exists());
}

pub(crate) fn conversations(folder: &Path) -> usize {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| {
        let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
        !hidden && path.extension().is_some_and(|ending| ending == "json")
    };
    paths.filter(is_one).count()
}
