//! The files that the twin speaks from: a copy of the owner's, so that it reads what was brought and nothing else.

mod kept;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::WalkBuilder;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};

use self::kept::{Kept, OWN};
use super::{
    machine::Machine,
    mark::{self, Mark, Marked},
};
use crate::system::files;
use crate::{
    artifacts::data::{self, Aim, Files, Print, Set, There, Wanted, Work},
    system::{clock, host},
};

#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    pub(super) mark: Mark,
}

#[derive(Debug, Clone)]
pub(super) struct DataDesired {
    pub(super) wanted: Wanted,
    /// The id of the set that this run makes.
    pub(super) set: String,
}

#[derive(Debug, Clone)]
pub(super) struct DataActual {
    marked: Marked,
    there: Arc<There>,
}

#[derive(Debug, Clone)]
pub(super) struct DataOutput {
    pub(super) folder: PathBuf,
    pub(super) there: Arc<There>,
}

impl Resource for DataFolder {
    type Cloud = Machine;
    type Desired = DataDesired;
    type Actual = DataActual;
    type Output = DataOutput;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    async fn observe(&self, _: &Machine, _: &mut Self::Memory) -> Result<Option<DataActual>, Fault> {
        let Some(marked) = Mark::read(&self.path)? else { return Ok(None) };
        Ok(Some(DataActual { marked, there: Arc::new(there(&self.path)?) }))
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
        let nothing = There::default();
        let there = actual.map_or(&nothing, |actual| &*actual.there);
        let aim = desired.wanted.aim(there);
        let files = aim.map(|aim| data::changes(&aim, there, &desired.set)).unwrap_or_default();
        for change in files {
            changes.push(change);
        }
        changes.into_vec()
    }

    async fn converge(
        &self,
        _: &Machine,
        _: &mut Self::Memory,
        desired: &DataDesired,
        actual: Option<&DataActual>,
    ) -> Result<Pushed<DataActual>, Fault> {
        self.mark.write(&self.path)?;
        let there = actual.map(|actual| There::clone(&actual.there)).unwrap_or_default();
        if let Some(aim) = desired.wanted.aim(&there) {
            self.bring(desired, &aim, there)?;
        }
        let marked = Marked::By(self.mark.clone());
        Ok(Pushed::Actual(DataActual { marked, there: Arc::new(self::there(&self.path)?) }))
    }

    async fn delete(&self, _: &Machine, _: &mut Self::Memory, _: &DataActual) -> Result<Removed, Fault> {
        files::remove(&self.path).map(|()| Removed::Done)
    }

    fn output(&self, actual: &DataActual) -> Option<DataOutput> {
        Some(DataOutput { folder: self.path.clone(), there: Arc::clone(&actual.there) })
    }

    fn predict_output(&self, _: &DataDesired, _: Option<&DataActual>) -> Option<DataOutput> {
        Some(DataOutput { folder: self.path.clone(), there: Arc::default() })
    }
}

impl DataFolder {
    /// The set is noted first, as in a bucket: what a killed run has left is told by the set that it was to become.
    fn bring(&self, desired: &DataDesired, aim: &Aim, mut there: There) -> Result<(), Fault> {
        let work = Work::new(&aim.files, &there);
        let kept = Kept::new(&self.path);
        let bytes = |key| bytes(desired, aim, &kept, key);
        // All of it is at hand, or nothing is written.
        let writes: Vec<_> = work.write.iter().map(bytes).collect::<Result<_, _>>()?;
        if work.is_new {
            let set = Set::new(&desired.set, aim, &desired.wanted, clock::now(), host::user());
            there.history = there.history.with_wanted(set, &desired.wanted, there.ours());
            kept.note(&there.history)?;
        }
        for key in work.write.iter().chain(&work.remove) {
            if let Some(print) = there.files.get(key) {
                kept.keep(&self.path.join(key), print)?;
            }
        }
        for (key, bytes) in work.write.iter().zip(writes) {
            files::write(&self.path.join(key), &bytes)?;
        }
        for key in &work.remove {
            files::remove(&self.path.join(key))?;
        }
        kept.prune(&there.history)
    }
}

/// Where the bytes of a file come from.
fn bytes<'a>(desired: &'a DataDesired, aim: &Aim, kept: &Kept, key: &String) -> Result<Cow<'a, [u8]>, Fault> {
    match &desired.wanted {
        Wanted::Files(brought) => {
            let bytes = aim.names.get(key).and_then(|name| brought.bytes(name));
            bytes.map(Cow::Borrowed).ok_or_else(|| gone(key))
        }
        _ => of_older_set(kept, key, &aim.files[key]).map(Cow::Owned),
    }
}

fn of_older_set(kept: &Kept, key: &str, print: &Print) -> Result<Vec<u8>, Fault> {
    kept.bytes(print)?.ok_or_else(|| gone(key))
}

fn gone(key: &str) -> Fault {
    Fault::new(Class::Refused, format!("`{key}` of that set is gone"))
}

/// The bytes of files that an older set had.
pub(super) fn kept_bytes(folder: &Path, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let kept = Kept::new(folder);
    let read = |(key, print): (&String, &Print)| Ok((key.clone(), of_older_set(&kept, key, print)?));
    files.iter().map(read).collect()
}

/// What is in a data folder.
pub(super) fn there(folder: &Path) -> Result<There, Fault> {
    Ok(There { files: files(folder)?, history: Kept::new(folder).history()? })
}

/// All files but our own.
fn files(folder: &Path) -> Result<Files, Fault> {
    let mut files = Files::new();
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .filter_entry(|entry| entry.depth() != 1 || entry.file_name() != OWN)
        .build();
    for entry in walk {
        let entry = entry.map_err(|error| Fault::new(Class::Refused, error))?;
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let key = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if entry.file_type().is_some_and(|kind| kind.is_file())
            && !mark::is_ours(&entry.file_name().to_string_lossy())
            && let Some(bytes) = files::read(entry.path())?
        {
            files.insert(key, Print::of(&bytes));
        }
    }
    Ok(files)
}
