//! The node of the memory folder, which contains the conversations.

use std::{
    fs,
    path::{Path, PathBuf},
};

use contract::{
    budget,
    expiry::MARKS,
    key::{COUNTS, Form, LOCK_FILE, is_deleted, is_draft, is_question},
};
use ignore::WalkBuilder;
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    folder_tag::{FolderOwner, FolderTag, NAME},
    machine::Machine,
};
use crate::system::files;

/// The files that a running twin keeps in the folder for itself.
const KEPT_FOR_ITSELF: [&str; 4] = [LOCK_FILE, MARKS, COUNTS, budget::FILE];

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

    /// Deletes the twin's files. In a folder that is not its own, other files are kept.
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
        for key in keys(&self.path).filter(|key| is_ours(key)) {
            machine.may_write().await?;
            files::remove(&self.path.join(key))?;
        }
        machine.may_write().await?;
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

/// Counts the conversations, without deleted ones and unanswered questions.
fn conversations(folder: &Path) -> u64 {
    let is_stored = |key: &String| fs::metadata(folder.join(key)).is_ok_and(|file| !is_deleted(file.len()));
    keys(folder).filter(|key| Form::parse(key).is_some() && is_stored(key)).count() as u64
}

/// Lists the files by their paths in the folder. The twin's files are at most one folder deep.
fn keys(folder: &Path) -> impl Iterator<Item = String> {
    let files = WalkBuilder::new(folder).standard_filters(false).max_depth(Some(2)).build().flatten();
    files
        .filter(|entry| entry.path().is_file())
        .filter_map(move |entry| contract::key::of_path(entry.path().strip_prefix(folder).ok()?))
}

/// Deletes what the twin keeps for itself, if the folder belongs to no environment any more. Conversations and unanswered
/// questions stay.
pub(super) fn tidy(folder: &Path) -> Result<(), Fault> {
    if folder.join(NAME).exists() {
        return Ok(());
    }
    let is_kept_for_itself = |key: &String| {
        is_draft(key.rsplit('/').next().unwrap_or(key)) || KEPT_FOR_ITSELF.contains(&key.as_str())
    };
    keys(folder).filter(is_kept_for_itself).try_for_each(|key| files::remove(&folder.join(key)))
}

/// Returns whether the file is deleted with the twin: conversations, unanswered questions, and what the twin keeps for
/// itself.
fn is_ours(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    Form::parse(key).is_some()
        || is_question(key)
        || is_draft(name)
        || key == NAME
        || KEPT_FOR_ITSELF.contains(&key)
}
