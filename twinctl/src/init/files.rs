//! Writes new files: all of them or none. Never overwrites an existing file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub path: PathBuf,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    New(String),
    /// Appended to an existing file.
    Added(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteStatus {
    Written,
    Added,
    /// The file exists with other content and was not changed.
    Left,
    /// The file exists with the same content.
    Same,
}

/// A failed write. All earlier writes were undone, except for `left_behind`.
#[derive(Debug, thiserror::Error)]
#[error("could not write {}", path.display())]
pub(crate) struct WriteError {
    pub path: PathBuf,
    #[source]
    pub cause: io::Error,
    /// Files that were written before and could not be deleted.
    pub left_behind: Vec<PathBuf>,
}

/// The completed steps, which can be undone.
#[derive(Debug, Default)]
pub(crate) struct CompletedSteps(Vec<Step>);

#[derive(Debug)]
enum Step {
    Folder(PathBuf),
    File(PathBuf),
    /// An appended file, with its previous length.
    Longer(PathBuf, u64),
}

/// Returns the status that each draft would get.
pub(crate) fn preview(drafts: &[Draft]) -> Vec<WriteStatus> {
    let status = |draft: &Draft| match &draft.content {
        Content::Added(_) => WriteStatus::Added,
        // A dangling symbolic link counts as existing.
        Content::New(text) if draft.path.symlink_metadata().is_ok() => existing_status(&draft.path, text),
        Content::New(_) => WriteStatus::Written,
    };
    drafts.iter().map(status).collect()
}

fn existing_status(path: &Path, text: &str) -> WriteStatus {
    if fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        WriteStatus::Same
    } else {
        WriteStatus::Left
    }
}

/// Writes the drafts. Returns the status of each, and the steps to undo.
pub(crate) fn write(drafts: &[Draft]) -> Result<(Vec<WriteStatus>, CompletedSteps), WriteError> {
    let mut done = CompletedSteps::default();
    let mut statuses = Vec::new();
    for draft in drafts {
        match done.write(draft) {
            Ok(status) => statuses.push(status),
            Err(cause) => {
                let left_behind = done.undo();
                return Err(WriteError { path: draft.path.clone(), cause, left_behind });
            }
        }
    }
    Ok((statuses, done))
}

impl CompletedSteps {
    fn write(&mut self, draft: &Draft) -> io::Result<WriteStatus> {
        match &draft.content {
            Content::New(text) => self.create(&draft.path, text),
            Content::Added(text) => self.add(&draft.path, text),
        }
    }

    fn create(&mut self, path: &Path, text: &str) -> io::Result<WriteStatus> {
        self.folders_above(path)?;
        let mut file = match File::create_new(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(existing_status(path, text)),
            created => created?,
        };
        self.0.push(Step::File(path.to_owned()));
        save(&mut file, text).map(|()| WriteStatus::Written)
    }

    fn add(&mut self, path: &Path, text: &str) -> io::Result<WriteStatus> {
        let before = fs::read(path)?;
        let mut file = OpenOptions::new().append(true).open(path)?;
        self.0.push(Step::Longer(path.to_owned(), file.metadata()?.len()));
        let ends_with_newline = before.is_empty() || before.ends_with(b"\n");
        save(&mut file, &format!("{}{text}", if ends_with_newline { "" } else { "\n" }))
            .map(|()| WriteStatus::Added)
    }

    fn folders_above(&mut self, path: &Path) -> io::Result<()> {
        let above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        let missing: Vec<&Path> = above.take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.0.push(Step::Folder(folder.to_owned()));
        }
        Ok(())
    }

    /// Undoes all steps in reverse order. Returns the paths for which that failed.
    pub(crate) fn undo(self) -> Vec<PathBuf> {
        let undone = self.0.into_iter().rev().map(|step| match step {
            Step::Folder(path) => (fs::remove_dir(&path), path),
            Step::File(path) => (fs::remove_file(&path), path),
            Step::Longer(path, length) => (shorten(&path, length), path),
        });
        undone.filter_map(|(result, path)| result.is_err().then_some(path)).collect()
    }
}

/// Writes and syncs a file, because a full disk may be reported only on sync.
fn save(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn shorten(path: &Path, length: u64) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.set_len(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(path: PathBuf) -> Draft {
        Draft { path, content: Content::New("text\n".to_owned()) }
    }

    /// Returns every path below a folder, with its text.
    fn contents(folder: &Path) -> Vec<(PathBuf, String)> {
        let mut found: Vec<(PathBuf, String)> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .flat_map(|path| match fs::read_to_string(&path) {
                Ok(text) => vec![(path, text)],
                Err(_) => [vec![(path.clone(), String::new())], contents(&path)].concat(),
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn existing_files_are_not_changed() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("b"), "mine").unwrap();
        fs::write(root.path().join("ignore"), "x").unwrap();
        let added = Draft { path: root.path().join("ignore"), content: Content::Added("y\n".to_owned()) };
        fs::write(root.path().join("c"), "text\n").unwrap();
        let drafts = ["a/a", "b", "c"].map(|path| new(root.path().join(path))).into_iter().chain([added]);
        let drafts: Vec<Draft> = drafts.collect();
        let expected = [WriteStatus::Written, WriteStatus::Left, WriteStatus::Same, WriteStatus::Added];
        assert_eq!(preview(&drafts), expected);
        let before = contents(root.path());
        let (statuses, done) = write(&drafts).unwrap();
        assert_eq!(statuses, expected);
        assert_eq!(fs::read_to_string(root.path().join("b")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(root.path().join("ignore")).unwrap(), "x\ny\n");
        assert!(done.undo().is_empty());
        assert_eq!(contents(root.path()), before);
    }

    #[test]
    fn a_failed_write_undoes_all_earlier_writes() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("obstacle"), "a file, not a folder").unwrap();
        fs::write(root.path().join("ignore"), "x\n").unwrap();
        let before = contents(root.path());
        let added = Draft { path: root.path().join("ignore"), content: Content::Added("y\n".to_owned()) };
        let drafts = [
            new(root.path().join("a/b/c")),
            added,
            new(root.path().join("a/d")),
            new(root.path().join("obstacle/e")),
        ];
        let error = write(&drafts).unwrap_err();
        assert_eq!(error.path, root.path().join("obstacle/e"));
        assert!(error.left_behind.is_empty());
        assert_eq!(contents(root.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path().join("elsewhere"), root.path().join("link")).unwrap();
        let drafts = [new(root.path().join("link"))];
        assert_eq!(preview(&drafts), [WriteStatus::Left]);
        assert_eq!(write(&drafts).unwrap().0, [WriteStatus::Left]);
        assert!(!root.path().join("elsewhere").exists());
    }
}
