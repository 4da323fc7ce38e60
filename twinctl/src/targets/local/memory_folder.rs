//! The node of the memory folder, which contains the conversations.

use std::{
    fs,
    path::{Path, PathBuf},
};

use contract::expiry::MARKS;
use ignore::{DirEntry, WalkBuilder};
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    folder_tag::{FolderOwner, FolderTag},
    machine::Machine,
    store::{LOCK_FILE, is_draft},
};
use crate::system::files;

/// The memory folder of a local twin.
#[derive(Debug)]
pub(super) struct MemoryFolder {
    pub(super) path: PathBuf,
    pub(super) tag: FolderTag,
    /// Whether it is in the twin's own folder, which contains only files of twinctl.
    pub(super) in_twin_folder: bool,
}

impl Resource for MemoryFolder {
    type Cloud = Machine;
    type Desired = ();
    type Actual = FolderOwner;
    type Output = PathBuf;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    async fn observe(&self, _: &Machine, _: &mut Self::Memory) -> Result<Option<FolderOwner>, Fault> {
        let found = FolderTag::read(&self.path)?;
        // A folder without conversations may be used, whatever else is in it.
        Ok(found.filter(|found| *found != FolderOwner::Untagged || conversations(&self.path) > 0))
    }

    fn ownership(&self, actual: &FolderOwner) -> Ownership {
        self.tag.ownership(actual, &self.path)
    }

    fn diff(&self, (): &(), actual: Option<&FolderOwner>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path.display().to_string();
        changes.value("folder", &path, actual.map(|_| &path));
        changes.value("belongs to", &self.tag.name(), actual.and_then(FolderOwner::name).as_ref());
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&FolderOwner>,
    ) -> Result<Pushed<FolderOwner>, Fault> {
        machine.may_write().await?;
        self.tag.write(&self.path)?;
        Ok(Pushed::Actual(FolderOwner::Tagged(self.tag.clone())))
    }

    /// Deletes the twin's files. In a folder that is not its own, these are all JSON files, drafts, the lock file and
    /// the marks. Other files are kept.
    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &FolderOwner,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
        if self.in_twin_folder {
            return files::remove(&self.path).map(|()| Removed::Done);
        }
        for entry in walk(&self.path).filter(is_ours) {
            files::remove(entry.path())?;
        }
        for folder in ["questions", "conversations", ""] {
            // An error means that the folder contains other files.
            let _ = fs::remove_dir(self.path.join(folder));
        }
        Ok(Removed::Done)
    }

    fn output(&self, _: &FolderOwner) -> Option<PathBuf> {
        Some(self.path.clone())
    }

    fn predict_output(&self, (): &(), _: Option<&FolderOwner>) -> Option<PathBuf> {
        Some(self.path.clone())
    }
}

/// Counts the conversations, without unanswered questions.
pub(super) fn conversations(folder: &Path) -> u64 {
    let is_question =
        |entry: &DirEntry| entry.path().parent().is_some_and(|above| above.ends_with("questions"));
    let is_hidden = |entry: &DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    walk(folder).filter(|entry| is_json(entry) && !is_question(entry) && !is_hidden(entry)).count() as u64
}

fn walk(folder: &Path) -> impl Iterator<Item = DirEntry> {
    WalkBuilder::new(folder).standard_filters(false).build().flatten().filter(|entry| entry.path().is_file())
}

/// Returns whether the file is deleted with the twin.
fn is_ours(entry: &DirEntry) -> bool {
    is_json(entry) || is_draft(entry) || [LOCK_FILE, MARKS].iter().any(|name| entry.file_name() == *name)
}

/// Returns whether the file is JSON: a conversation, an unanswered question or the folder's tag.
fn is_json(entry: &DirEntry) -> bool {
    entry.path().extension().is_some_and(|ending| ending == "json")
}
