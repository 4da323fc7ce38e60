//! A file that `ci setup` writes. Its first line contains a hash of the rest, which reveals later changes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::system::hash;

const MARK: &str = "# Made by `twinctl ci setup`, which leaves it alone once you change it. ";
/// The composite action that all workflows start with.
pub(super) const ACTION: &str = ".github/actions/twinctl/action.yml";
const WORKFLOWS: &str = ".github/workflows";
/// Number of hash digits; enough to detect a change.
const DIGITS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Path relative to the repository's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The state of a file in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Absent,
    Same,
    /// Written by twinctl with other content, and not edited since.
    Untouched,
    /// Edited since twinctl wrote it, or not written by twinctl.
    Changed,
}

impl File {
    pub(super) fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { path: path.into(), text: format!("{MARK}{}\n{text}", fingerprint(text)) }
    }

    pub(crate) fn status(&self, root: &Path) -> FileStatus {
        match fs::read_to_string(root.join(&self.path)) {
            Ok(text) if text == self.text => FileStatus::Same,
            Ok(text) if is_untouched(&text) => FileStatus::Untouched,
            Err(error) if error.kind() == io::ErrorKind::NotFound => FileStatus::Absent,
            _ => FileStatus::Changed,
        }
    }

    /// Whether this is the composite action that the workflows share.
    pub(crate) fn is_action(&self) -> bool {
        self.path == Path::new(ACTION)
    }

    pub(crate) fn write(&self, root: &Path) -> io::Result<()> {
        let path = root.join(&self.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, &self.text)
    }

    pub(crate) fn remove(&self, root: &Path) -> io::Result<()> {
        fs::remove_file(root.join(&self.path))
    }
}

/// Whether a workflow that is not in `to_delete` uses the action.
pub(crate) fn uses_action(root: &Path, to_delete: &[&File]) -> bool {
    let Ok(workflows) = fs::read_dir(root.join(WORKFLOWS)) else { return false };
    let mut to_keep = workflows.flatten().map(|entry| entry.path()).filter(|path| {
        let is_deleted = |file: &&File| root.join(&file.path) == *path;
        !to_delete.iter().any(is_deleted)
    });
    to_keep.any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("./.github/actions/twinctl")))
}

fn fingerprint(text: &str) -> String {
    hash::sha256(text).chars().take(DIGITS).collect()
}

fn is_untouched(text: &str) -> bool {
    let marked = text.strip_prefix(MARK).and_then(|rest| rest.split_once('\n'));
    marked.is_some_and(|(mark, body)| mark == fingerprint(body))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn only_unchanged_files_are_replaced() {
        let root = TempDir::with_prefix("twinctl-test-").unwrap();
        let file = File::new("a/b.yml", "name: b\n");
        assert_eq!(file.status(root.path()), FileStatus::Absent);
        file.write(root.path()).unwrap();
        assert_eq!(file.status(root.path()), FileStatus::Same);
        let newer = File::new("a/b.yml", "name: c\n");
        assert_eq!(newer.status(root.path()), FileStatus::Untouched);
        fs::write(root.path().join("a/b.yml"), format!("{}# mine\n", file.text)).unwrap();
        assert_eq!(newer.status(root.path()), FileStatus::Changed);
        fs::write(root.path().join("a/b.yml"), "name: b\n").unwrap();
        assert_eq!(newer.status(root.path()), FileStatus::Changed);
        file.remove(root.path()).unwrap();
        assert_eq!(file.status(root.path()), FileStatus::Absent);
    }
}
