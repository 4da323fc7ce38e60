//! Lets old conversations go, as the memory bucket does on AWS.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
    time::{Duration, SystemTime},
};

use super::protocol::Expiry;

const DAY: Duration = Duration::from_hours(24);
/// Conversations lie in the memory folder itself or in a folder of it.
const DEPTH: u32 = 2;

/// Removes what was last written to that long ago, and says how many files that were.
pub(super) fn sweep(expiry: &Expiry, now: SystemTime) -> io::Result<u32> {
    let Some(limit) = now.checked_sub(DAY * expiry.days) else {
        return Ok(0);
    };
    if !expiry.folder.is_dir() {
        return Ok(0);
    }
    // The backend's own lock: nobody writes to a conversation between the look at its age and its end.
    let lock = File::create(expiry.folder.join(".lock"))?;
    lock.lock()?;
    sweep_folder(&expiry.folder, limit, DEPTH)
}

fn sweep_folder(folder: &Path, limit: SystemTime, depth: u32) -> io::Result<u32> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if hidden {
            continue;
        }
        if kind.is_dir() && depth > 1 {
            removed += sweep_folder(&path, limit, depth - 1)?;
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
        // A visitor has just removed it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_conversations_go() {
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
        let gone = ["old.json", "conversations/old.json"];
        for name in gone {
            write(name, 31);
        }

        let expiry = Expiry { folder: root.to_owned(), days: 30 };
        assert_eq!(sweep(&expiry, now).unwrap(), 2);
        assert!(kept.iter().all(|name| root.join(name).exists()));
        assert!(gone.iter().all(|name| !root.join(name).exists()));
        assert_eq!(sweep(&expiry, now).unwrap(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_has_nothing_old() {
        let expiry = Expiry { folder: "/nowhere/at/all".into(), days: 1 };
        assert_eq!(sweep(&expiry, SystemTime::UNIX_EPOCH + DAY * 10).unwrap(), 0);
    }
}
