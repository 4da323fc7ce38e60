//! Backups that a user cannot easily make, and the command that a hint repeats.

use std::fs;

use clap::Parser as _;
use jiff::Timestamp;
use serde_json::Value;

use super::*;
use crate::{
    targets::local::FolderStore,
    twin::backup::{BackupError, BackupWriter, Header, Object},
};

#[derive(Debug, clap::Parser)]
struct Line {
    #[command(flatten)]
    restore: Restore,
}

fn restore(args: &[&str]) -> Restore {
    Line::try_parse_from([&["restore"], args].concat()).unwrap().restore
}

#[tokio::test]
async fn both_forms_of_a_conversation_are_restored_if_the_backup_has_both() {
    let folder = tempfile::tempdir().unwrap();
    let (path, memory) = (folder.path().join("twin.jsonl"), folder.path().join("memory"));
    let header = Header::new("twin".into(), "dev".into(), Timestamp::UNIX_EPOCH, Value::Null);
    let mut writer = BackupWriter::new(fs::File::create(&path).unwrap(), header).unwrap();
    for (key, text) in [("a.json", "[1]"), ("conversations/a.json", "{}"), ("b.json", "[2]")] {
        writer.memory(Object::new(key.to_owned(), text.into())).unwrap();
    }
    writer.finish().unwrap();
    fs::create_dir_all(memory.join("conversations")).unwrap();
    for key in ["a.json", "conversations/b.json"] {
        fs::write(memory.join(key), "[\"older\"]").unwrap();
    }

    let store = FolderStore { path: memory.clone(), expires: false };
    let stored = Stored::list(&store, "dev").await.unwrap();
    let backup = BackupFile { path: &path, key: None };
    let (_, found) = backup.compare(&stored).await.unwrap();
    let written = backup.write(&stored, &found, true).await.unwrap();
    assert_eq!((written, written), (found.to_write(true), Counts { conversations: 3, questions: 0 }));
    for (key, text) in [("a.json", "[1]"), ("conversations/a.json", "{}"), ("b.json", "[2]")] {
        assert_eq!(fs::read_to_string(memory.join(key)).unwrap(), text);
    }
    assert!(!memory.join("conversations/b.json").exists(), "the backup has only the other form");
}

#[test]
fn a_hint_repeats_the_options_and_quotes_the_file() {
    let line = |args: &[&str]| command(&restore(args));
    assert_eq!(line(&["prod", "twin.jsonl"]), "twinctl restore prod twin.jsonl");
    assert_eq!(
        line(&["prod", "my file.jsonl", "--overwrite", "--key-file", "a'b", "--dry-run"]),
        r"twinctl restore prod 'my file.jsonl' --key-file 'a'\''b' --overwrite"
    );
}

#[test]
fn each_error_of_a_backup_has_its_own_hint() {
    let hint = |error: &BackupError| stored::damaged(error).hints.concat();
    assert!(hint(&BackupError::Version(2)).contains("update twinctl"));
    assert!(hint(&BackupError::NoHeader).contains("pass a file of `twinctl backup`"));
    assert!(hint(&BackupError::Truncated).contains("copy the file again"));
}

#[test]
fn an_encrypted_backup_is_recognized_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twin.jsonl");
    for (content, encrypted) in [("age-encryption.org/v1\n", true), ("age-encryp", false), ("{}", false)] {
        fs::write(&path, content).unwrap();
        assert_eq!(is_encrypted(&path).unwrap(), encrypted, "{content}");
    }
    assert!(is_encrypted(&folder.path().join("absent")).is_err());
}
