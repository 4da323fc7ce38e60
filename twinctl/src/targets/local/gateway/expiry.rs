//! Deletes old conversations, as the lifecycle rule of the memory bucket does on AWS: only those that twin-lambda
//! marked.

mod clock_check;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind},
    path::{Component, Path},
    time::{Duration, SystemTime},
};

use contract::expiry::{MARKS, mark, marks, nanoseconds};
use serde_json::json;

use self::clock_check::{Check, Moment, check};
use super::{
    logs::{Level, Logs},
    protocol::Expiry,
    twin_folder::TwinFolder,
};
use crate::{
    system::{clock, files},
    targets::local::store::{lock_memory, remove_drafts},
};

const DAY: Duration = Duration::from_hours(24);

/// Deletes expired conversations, unless the clock cannot be trusted. Logs the result.
pub(super) fn run(expiry: &Expiry, folder: &TwinFolder, logs: &Logs) {
    let failed = |error: String| {
        logs.event(Level::Warn, "could not delete old conversations", json!(error));
    };
    let now = Moment::now();
    let result = folder.read().and_then(|last| {
        let (check, record) = check(last, &now);
        record.map_or(Ok(()), |record| folder.write(&record)).map(|()| check)
    });
    match result {
        Ok(Check::Trusted) => {}
        Ok(Check::Waiting) => return,
        Ok(Check::Jumped(jump)) => {
            let message = "the clock moved by more than a day since the last deletion of old conversations, or this machine was off: nothing is deleted for a day";
            return logs.event(Level::Warn, message, json!({"jump_s": jump}));
        }
        Err(fault) => return failed(fault.to_string()),
    }
    let mut deleted = Vec::new();
    let result = delete_expired(expiry, SystemTime::from(clock::now()), &mut deleted);
    if !deleted.is_empty() {
        let detail = json!({"days": expiry.days, "count": deleted.len(), "files": deleted});
        logs.event(Level::Info, "old conversations were deleted", detail);
    }
    if let Err(error) = result {
        failed(error.to_string());
    }
}

/// Deletes the marked files that have expired, and adds their names to `deleted`.
fn delete_expired(expiry: &Expiry, now: SystemTime, deleted: &mut Vec<String>) -> io::Result<()> {
    if !expiry.folder.join(MARKS).exists() {
        return Ok(());
    }
    // The lock prevents the backend from writing a conversation between the check of its age and its deletion.
    let _lock = lock_memory(&expiry.folder)?;
    remove_drafts(&expiry.folder)?;
    let text = read_marks(&expiry.folder)?;
    let mut kept = String::new();
    for (key, modified) in valid_marks(&expiry.folder, &text)? {
        if is_expired(modified, expiry.days, now) {
            fs::remove_file(expiry.folder.join(key))?;
            deleted.push(key.to_owned());
        } else {
            kept += &mark(key, modified);
        }
    }
    // Each turn appends a mark, so this also removes marks that a later one replaces.
    if kept == text { Ok(()) } else { files::replace(&expiry.folder.join(MARKS), kept.as_bytes()) }
}

/// Counts the files of a memory folder that an expiry of `days` deletes now.
pub(crate) fn count_expired(folder: &Path, days: u32) -> io::Result<usize> {
    let (text, now) = (read_marks(folder)?, SystemTime::from(clock::now()));
    let marks = valid_marks(folder, &text)?;
    Ok(marks.values().filter(|modified| is_expired(**modified, days, now)).count())
}

fn read_marks(folder: &Path) -> io::Result<String> {
    match fs::read(folder.join(MARKS)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Returns the marks whose files are unchanged since twin-lambda wrote them.
fn valid_marks<'t>(folder: &Path, text: &'t str) -> io::Result<BTreeMap<&'t str, u128>> {
    let mut valid = BTreeMap::new();
    for (key, modified) in marks(text) {
        if is_unchanged(folder, key, modified)? {
            valid.insert(key, modified);
        }
    }
    Ok(valid)
}

fn is_unchanged(folder: &Path, key: &str, modified: u128) -> io::Result<bool> {
    let is_inside = Path::new(key).components().all(|component| matches!(component, Component::Normal(_)));
    if !is_inside {
        return Ok(false);
    }
    match folder.join(key).symlink_metadata() {
        Ok(found) => Ok(found.is_file() && nanoseconds(found.modified()?) == modified),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_expired(modified: u128, days: u32, now: SystemTime) -> bool {
    nanoseconds(now).checked_sub((DAY * days).as_nanos()).is_some_and(|limit| modified < limit)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    const NOW: Duration = Duration::from_hours(24 * 1000);

    /// Writes a file of this age in days, and returns its mark.
    fn write(folder: &Path, name: &str, days: u32) -> String {
        let file = File::create(folder.join(name)).unwrap();
        let modified = NOW.checked_sub(DAY * days).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + modified).unwrap();
        mark(name, modified.as_nanos())
    }

    fn delete(folder: &Path, days: u32) -> Vec<String> {
        let mut deleted = Vec::new();
        let expiry = Expiry { folder: folder.to_owned(), days };
        delete_expired(&expiry, SystemTime::UNIX_EPOCH + NOW, &mut deleted).unwrap();
        deleted
    }

    #[test]
    fn only_old_files_that_the_twin_wrote_are_deleted() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let root = folder.path();
        fs::create_dir_all(root.join("conversations")).unwrap();
        let marks =
            [("new.json", 29), ("old.json", 31), ("conversations/old.json", 31), ("replaced.json", 40)];
        let mut marks = marks.map(|(name, days)| write(root, name, days)).concat();
        write(root, "found.json", 900);
        write(root, "notes.txt", 900);
        // A backup was restored over a conversation that the twin had written.
        write(root, "replaced.json", 90);
        marks += &mark(&format!("../{}", outside.path().file_name().unwrap().display()), 0);
        marks += &mark("missing.json", 5);
        fs::write(root.join(MARKS), &marks).unwrap();

        // A killed process left the draft of a conversation.
        let draft = root.join(contract::key::draft(&"x".repeat(22)));
        fs::write(&draft, "[").unwrap();

        assert_eq!(delete(root, 30), ["conversations/old.json", "old.json"]);
        assert!(!draft.exists());
        let kept = ["new.json", "found.json", "notes.txt", "replaced.json"];
        assert!(kept.iter().all(|name| root.join(name).exists()) && outside.path().exists());
        assert_eq!(fs::read_to_string(root.join(MARKS)).unwrap(), write(root, "new.json", 29));
        assert_eq!(delete(root, 30), [""; 0]);
        assert_eq!(delete(root, 20), ["new.json"]);
    }

    #[test]
    fn a_folder_without_marks_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "old.json", 900);
        assert_eq!(delete(folder.path(), 1), [""; 0]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "not even a lock file is created");
        assert_eq!(delete(Path::new("/nowhere/at/all"), 1), [""; 0]);
    }
}
