//! A file that is written under another name until it is complete: `FILE.part`. The name is visible, because an
//! interrupted backup leaves conversations in it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use contract::owner_only;
use same_file::Handle;

/// The incomplete file. It is removed unless it is finished. Its lock lasts as long as this value.
#[derive(Debug)]
pub(crate) struct PartFile {
    path: PathBuf,
    target: PathBuf,
    file: File,
    is_finished: bool,
}

impl PartFile {
    /// Creates the file, or empties the one that a killed process left. Fails if another process is writing it.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let mut options = OpenOptions::new();
        let file = owner_only::create(options.write(true).create(true).truncate(false)).open(&path)?;
        let is_locked = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        // The process that wrote it may have just finished it: then this is the complete file.
        if is_locked || !is_named(&file, &path)? {
            let message = format!("another process is writing {}", path.display());
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
        }
        owner_only::set_mode(&file, owner_only::MODE)?;
        file.set_len(0)?;
        Ok(Self { path, target: target.to_owned(), file, is_finished: false })
    }

    pub(crate) fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Renames the complete file to its target, and replaces an existing one.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // An error leaves a file whose name shows that it is incomplete.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Returns whether the path leads to the open file, and not to a link.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let is_file = fs::symlink_metadata(path)?.is_file();
    Ok(is_file && Handle::from_file(file.try_clone()?)? == Handle::from_path(path)?)
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn a_file_has_its_name_only_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let (target, path) = (folder.path().join("twin.jsonl"), folder.path().join("twin.jsonl.part"));
        // As a killed process leaves it.
        fs::write(&path, "more than the new content").unwrap();
        let part = PartFile::create(&target).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, owner_only::MODE);
        part.writer().unwrap().write_all(b"content").unwrap();
        assert!(!target.exists());
        let other = PartFile::create(&target).unwrap_err();
        assert!(other.to_string().contains("another process is writing"), "{other}");
        assert!(path.exists(), "the other process does not remove it");
        part.finish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "content");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_not_finished_is_removed_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, path) = (folder.path().join("twin.jsonl"), folder.path().join("twin.jsonl.part"));
        drop(PartFile::create(&target).unwrap());
        assert!(!path.exists() && !target.exists());
        let other = folder.path().join("other");
        fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(PartFile::create(&target).is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "kept");
    }
}
