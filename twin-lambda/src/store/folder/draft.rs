//! A file that is written next to its destination and then renamed, so that no reader sees a part of it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use contract::{key, owner_only};

use crate::session::random_id;

/// A draft that is complete on disk. Dropping it removes it, unless it has been renamed.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    renamed: bool,
}

impl Draft {
    pub(super) fn write(folder: &Path, body: &[u8]) -> io::Result<Self> {
        let path = folder.join(key::draft(&random_id()));
        let mut file = owner_only::create(OpenOptions::new().write(true).create_new(true)).open(&path)?;
        let draft = Self { path, renamed: false };
        file.write_all(body)?;
        file.sync_all()?;
        Ok(draft)
    }

    /// Returns the modification time, which the rename keeps.
    pub(super) fn modified(&self) -> io::Result<SystemTime> {
        fs::metadata(&self.path)?.modified()
    }

    /// Renames the draft to `path`, which replaces an existing file. Syncs the folder, so that the new content survives
    /// a power failure.
    pub(super) fn rename(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.renamed = true;
        self.path.parent().map_or(Ok(()), sync_folder)
    }
}

/// Windows cannot sync a folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { fs::File::open(folder)?.sync_all() }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.renamed {
            // If this fails, `remove_drafts` removes the file later.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Removes the drafts of killed processes from a folder. The lock must be held, so that no draft is being written.
pub(super) fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in none_if_not_found(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(key::is_draft) {
            none_if_not_found(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

pub(super) fn none_if_not_found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for text in ["1", "2"] {
            Draft::write(folder.path(), text.as_bytes()).unwrap().rename(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(files(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_draft_is_removed_after_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a.json")).unwrap();
        Draft::write(folder.path(), b"1").unwrap().rename(&folder.path().join("a.json")).unwrap_err();
        assert_eq!(files(folder.path()), ["a.json"]);
    }

    #[test]
    fn drafts_of_killed_processes_are_removed_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        std::mem::forget(Draft::write(folder.path(), b"1").unwrap());
        for other in [".x.draft", "x.draft", ".lock"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        remove_drafts(folder.path()).unwrap();
        let mut left = files(folder.path());
        left.sort();
        assert_eq!(left, [".lock", ".x.draft", "x.draft"]);
        remove_drafts(&folder.path().join("missing")).unwrap();
    }
}
