//! The files that the twin speaks from: a copy of the owner's, so that it reads what was deployed and nothing else.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::WalkBuilder;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    file,
    machine::Machine,
    mark::{self, Mark, Marked},
};
use crate::bundle::persona::{self, Persona};

#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    pub(super) mark: Mark,
}

#[derive(Debug, Clone)]
pub(super) struct DataDesired {
    /// Without sources what is there stays.
    pub(super) persona: Option<Arc<Persona>>,
}

#[derive(Debug, Clone)]
pub(super) struct DataActual {
    marked: Marked,
    /// What is in each file, by key.
    prints: BTreeMap<String, String>,
}

impl Resource for DataFolder {
    type Cloud = Machine;
    type Desired = DataDesired;
    type Actual = DataActual;
    type Output = PathBuf;

    async fn observe(&self, _: &Machine) -> Result<Option<DataActual>, Fault> {
        let Some(marked) = Mark::read(&self.path)? else { return Ok(None) };
        Ok(Some(DataActual { marked, prints: prints(&self.path)? }))
    }

    fn ownership(&self, actual: &DataActual) -> Ownership {
        self.mark.ownership(&actual.marked, &self.path)
    }

    fn diff(&self, desired: &DataDesired, actual: Option<&DataActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path.display().to_string();
        changes.value("folder", &path, actual.map(|_| &path));
        let marked = actual.and_then(|actual| actual.marked.name());
        changes.value("belongs to", &self.mark.name(), marked.as_ref());
        if let Some(persona) = &desired.persona {
            let nothing = BTreeMap::new();
            changes.map("files", &persona.prints(), actual.map_or(&nothing, |actual| &actual.prints));
        }
        changes.into_vec()
    }

    async fn converge(
        &self,
        _: &Machine,
        desired: &DataDesired,
        actual: Option<&DataActual>,
    ) -> Result<Pushed<DataActual>, Fault> {
        self.mark.write(&self.path)?;
        let marked = Marked::By(self.mark.clone());
        let Some(persona) = &desired.persona else {
            return Ok(Pushed::Now(DataActual { marked, prints: prints(&self.path)? }));
        };
        let there = actual.map(|actual| actual.prints.clone()).unwrap_or_default();
        for (key, source) in
            persona.files.iter().filter(|(key, source)| there.get(*key) != Some(&source.print))
        {
            let bytes = fs::read(&source.path).map_err(file::fault("read", &source.path))?;
            file::write(&self.path.join(key), &bytes)?;
        }
        for key in there.keys().filter(|key| !persona.files.contains_key(*key)) {
            file::remove(&self.path.join(key))?;
        }
        Ok(Pushed::Now(DataActual { marked, prints: prints(&self.path)? }))
    }

    async fn delete(&self, _: &Machine, _: &DataActual) -> Result<Removed, Fault> {
        file::remove(&self.path).map(|()| Removed::Gone)
    }

    fn output(&self, _: &DataActual) -> Option<PathBuf> {
        Some(self.path.clone())
    }

    fn foresee(&self, _: &DataDesired, _: Option<&DataActual>) -> Option<PathBuf> {
        Some(self.path.clone())
    }
}

fn prints(folder: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let mut prints = BTreeMap::new();
    for entry in WalkBuilder::new(folder).standard_filters(false).build() {
        let entry = entry.map_err(|error| Fault::new(Class::Refused, error))?;
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let key = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if entry.file_type().is_some_and(|kind| kind.is_file())
            && !mark::is_ours(&entry.file_name().to_string_lossy())
        {
            let print = persona::print(entry.path()).map_err(file::fault("read", entry.path()))?;
            prints.insert(key, print);
        }
    }
    Ok(prints)
}
