//! Where conversations are kept.

use std::path::{Path, PathBuf};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    file,
    machine::Machine,
    mark::{Mark, Marked},
};

#[derive(Debug)]
pub(super) struct MemoryFolder {
    pub(super) path: PathBuf,
    pub(super) mark: Mark,
}

impl Resource for MemoryFolder {
    type Cloud = Machine;
    type Desired = ();
    type Actual = Marked;
    type Output = PathBuf;

    async fn observe(&self, _: &Machine) -> Result<Option<Marked>, Fault> {
        Mark::read(&self.path)
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

    async fn converge(&self, _: &Machine, (): &(), _: Option<&Marked>) -> Result<Pushed<Marked>, Fault> {
        self.mark.write(&self.path)?;
        Ok(Pushed::Now(Marked::By(self.mark.clone())))
    }

    async fn delete(&self, _: &Machine, _: &Marked) -> Result<Removed, Fault> {
        file::remove(&self.path).map(|()| Removed::Gone)
    }

    fn output(&self, _: &Marked) -> Option<PathBuf> {
        Some(self.path.clone())
    }

    fn foresee(&self, (): &(), _: Option<&Marked>) -> Option<PathBuf> {
        Some(self.path.clone())
    }
}

/// How many conversations there are, besides notes of what could not be answered.
pub(super) fn conversations(folder: &Path) -> u64 {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .filter_entry(|entry| entry.file_name() != "questions")
        .build();
    let is_one = |entry: &ignore::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() > 0 && name.ends_with(".json") && !name.starts_with('.')
    };
    walk.flatten().filter(is_one).count() as u64
}
