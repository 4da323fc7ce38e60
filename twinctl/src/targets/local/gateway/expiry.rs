//! Deletes old conversations, as the lifecycle rule of the memory bucket does on AWS.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    time::{Duration, SystemTime},
};

use super::protocol::Expiry;
use crate::targets::local::store::{lock_memory, remove_drafts};

const DAY: Duration = Duration::from_hours(24);
/// Conversations are in the memory folder or in one of its direct subfolders.
const DEPTH: u32 = 2;

/// Deletes conversations that were last changed before the limit. Returns their number.
pub(super) fn delete_expired(expiry: &Expiry, now: SystemTime) -> io::Result<u32> {
    let Some(limit) = now.checked_sub(DAY * expiry.days) else {
        return Ok(0);
    };
    if !expiry.folder.is_dir() {
        return Ok(0);
    }
    // With the lock, the backend cannot write a conversation after its age was checked.
    let _lock = lock_memory(&expiry.folder)?;
    remove_drafts(&expiry.folder)?;
    delete_in_folder(&expiry.folder, limit, DEPTH)
}

fn delete_in_folder(folder: &Path, limit: SystemTime, depth: u32) -> io::Result<u32> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if kind.is_dir() && depth > 1 {
            removed += delete_in_folder(&path, limit, depth - 1)?;
        } else if kind.is_file() && is_old(&path, limit)? {
            fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn is_old(path: &Path, limit: SystemTime) -> io::Result<bool> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return Ok(false);
    }
    match path.metadata().and_then(|about| about.modified()) {
        Ok(written) => Ok(written < limit),
        // It was deleted meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn only_old_conversations_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("conversations/deep")).unwrap();
        let now = SystemTime::UNIX_EPOCH + DAY * 1000;
        let write = |name: &str, days: u32| {
            let file = File::create(root.join(name)).unwrap();
            file.set_modified(now - DAY * days).unwrap();
        };
        let kept =
            ["new.json", "old.txt", ".old.json", "conversations/new.json", "conversations/deep/old.json"];
        for (name, days) in kept.into_iter().zip([29, 90, 90, 0, 90]) {
            write(name, days);
        }
        let draft = root.join(contract::key::draft(&"x".repeat(22)));
        File::create(&draft).unwrap();
        let gone = ["old.json", "conversations/old.json"];
        for name in gone {
            write(name, 31);
        }

        let expiry = Expiry { folder: root.to_owned(), days: 30 };
        assert_eq!(delete_expired(&expiry, now).unwrap(), 2);
        assert!(!draft.exists());
        assert!(kept.iter().all(|name| root.join(name).exists()));
        assert!(gone.iter().all(|name| !root.join(name).exists()));
        assert_eq!(delete_expired(&expiry, now).unwrap(), 0);
    }

    #[test]
    fn a_missing_folder_is_not_an_error() {
        let expiry = Expiry { folder: "/nowhere/at/all".into(), days: 1 };
        assert_eq!(delete_expired(&expiry, SystemTime::UNIX_EPOCH + DAY * 10).unwrap(), 0);
    }
}
