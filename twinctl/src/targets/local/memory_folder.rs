//! Where conversations are kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ignore::{DirEntry, WalkBuilder};
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    machine::Machine,
    mark::{Mark, Marked},
    store::LOCK_FILE,
};
use crate::system::files;

#[derive(Debug)]
pub(super) struct MemoryFolder {
    pub(super) path: PathBuf,
    pub(super) mark: Mark,
    /// It lies where only twinctl puts things.
    pub(super) inside: bool,
}

impl Resource for MemoryFolder {
    type Cloud = Machine;
    type Desired = ();
    type Actual = Marked;
    type Output = PathBuf;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    async fn observe(&self, _: &Machine, _: &mut Self::Memory) -> Result<Option<Marked>, Fault> {
        let found = Mark::read(&self.path)?;
        // Other files are in nobody's way.
        Ok(found.filter(|found| *found != Marked::Not || conversations(&self.path) > 0))
    }

    fn ownership(&self, actual: &Marked) -> Ownership {
        self.mark.ownership(actual, &self.path)
    }

    fn diff(&self, (): &(), actual: Option<&Marked>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path.display().to_string();
        changes.value("folder", &path, actual.map(|_| &path));
        changes.value("belongs to", &self.mark.name(), actual.and_then(Marked::name).as_ref());
        changes.into_vec()
    }

    async fn converge(
        &self,
        _: &Machine,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&Marked>,
    ) -> Result<Pushed<Marked>, Fault> {
        self.mark.write(&self.path)?;
        Ok(Pushed::Actual(Marked::By(self.mark.clone())))
    }

    /// What is no conversation was not put there by the twin, and stays.
    async fn delete(&self, _: &Machine, _: &mut Self::Memory, _: &Marked) -> Result<Removed, Fault> {
        if self.inside {
            return files::remove(&self.path).map(|()| Removed::Done);
        }
        for entry in walk(&self.path).filter(|entry| is_json(entry) || entry.file_name() == LOCK_FILE) {
            files::remove(entry.path())?;
        }
        for folder in ["questions", "conversations", ""] {
            // One with something else in it stays.
            let _ = fs::remove_dir(self.path.join(folder));
        }
        Ok(Removed::Done)
    }

    fn output(&self, _: &Marked) -> Option<PathBuf> {
        Some(self.path.clone())
    }

    fn predict_output(&self, (): &(), _: Option<&Marked>) -> Option<PathBuf> {
        Some(self.path.clone())
    }
}

/// How many conversations there are, besides notes of what could not be answered.
pub(super) fn conversations(folder: &Path) -> u64 {
    let is_note = |entry: &DirEntry| entry.path().parent().is_some_and(|above| above.ends_with("questions"));
    let is_hidden = |entry: &DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    walk(folder).filter(|entry| is_json(entry) && !is_note(entry) && !is_hidden(entry)).count() as u64
}

fn walk(folder: &Path) -> impl Iterator<Item = DirEntry> {
    WalkBuilder::new(folder).standard_filters(false).build().flatten().filter(|entry| entry.path().is_file())
}

/// The mark is one as well.
fn is_json(entry: &DirEntry) -> bool {
    entry.path().extension().is_some_and(|ending| ending == "json")
}
