//! The node of the data folder: the copy of the data files that the twin reads. Changes of the originals have no effect
//! until they are uploaded.

mod old_files;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use contract::pause;
use ignore::WalkBuilder;
use jiff::Timestamp;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};

use self::old_files::{METADATA_FOLDER, OldFiles};
use super::{
    folder_tag::{self, FolderOwner, FolderTag},
    machine::Machine,
};
use crate::system::files;
use crate::{
    artifacts::data::{self, DesiredFiles, FileChanges, Files, Fingerprint, ResolvedFiles, StoredFiles},
    system::{clock, host},
};

/// The data folder of a local twin.
#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) path: PathBuf,
    pub(super) tag: FolderTag,
}

#[derive(Debug, Clone)]
pub(super) struct DataDesired {
    pub(super) wanted: DesiredFiles,
    /// The id of the set that this run creates.
    pub(super) set: String,
}

#[derive(Debug, Clone)]
pub(super) struct DataActual {
    owner: FolderOwner,
    there: Arc<StoredFiles>,
}

#[derive(Debug, Clone)]
pub(super) struct DataOutput {
    pub(super) folder: PathBuf,
    pub(super) there: Arc<StoredFiles>,
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
        let Some(owner) = FolderTag::read(&self.path)? else { return Ok(None) };
        Ok(Some(DataActual { owner, there: Arc::new(there(&self.path)?) }))
    }

    fn ownership(&self, actual: &DataActual) -> Ownership {
        self.tag.ownership(&actual.owner, &self.path)
    }

    fn diff(&self, desired: &DataDesired, actual: Option<&DataActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path.display().to_string();
        changes.value("folder", &path, actual.map(|_| &path));
        let owner = actual.and_then(|actual| actual.owner.name());
        changes.value("belongs to", &self.tag.name(), owner.as_ref());
        let nothing = StoredFiles::default();
        let there = actual.map_or(&nothing, |actual| &*actual.there);
        let resolved = desired.wanted.resolve(there);
        let files =
            resolved.map(|resolved| data::plan_changes(&resolved, there, &desired.set)).unwrap_or_default();
        for change in files {
            changes.push(change);
        }
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &DataDesired,
        actual: Option<&DataActual>,
    ) -> Result<Pushed<DataActual>, Fault> {
        machine.may_write().await?;
        self.tag.write(&self.path)?;
        let there = actual.map(|actual| StoredFiles::clone(&actual.there)).unwrap_or_default();
        if let Some(resolved) = desired.wanted.resolve(&there) {
            self.upload(machine, desired, &resolved, there).await?;
        }
        let owner = FolderOwner::Tagged(self.tag.clone());
        Ok(Pushed::Actual(DataActual { owner, there: Arc::new(self::there(&self.path)?) }))
    }

    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &DataActual,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
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
    /// Writes a set of files. The set is recorded first, as in a bucket, so that a later run can complete it if this one is
    /// killed.
    async fn upload(
        &self,
        machine: &Machine,
        desired: &DataDesired,
        resolved: &ResolvedFiles,
        mut there: StoredFiles,
    ) -> Result<(), Fault> {
        let work = FileChanges::new(&resolved.files, &there);
        let old_files = OldFiles::new(&self.path);
        let bytes = |key| bytes(desired, resolved, &old_files, key);
        // All files are read before the first is written, so that a missing one changes nothing.
        let writes: Vec<_> = work.write.iter().map(bytes).collect::<Result<_, _>>()?;
        if work.is_new {
            let (history, found) = (&there.history, there.managed());
            there.history =
                desired.wanted.record(history, &desired.set, resolved, clock::now(), host::user(), found);
            machine.may_write().await?;
            old_files.write_history(&there.history)?;
        }
        for key in work.write.iter().chain(&work.remove) {
            if let Some(print) = there.files.get(key) {
                machine.may_write().await?;
                old_files.save(&self.path.join(key), print)?;
            }
        }
        for (key, bytes) in work.write.iter().zip(writes) {
            machine.may_write().await?;
            files::write_in(&self.path, Path::new(key), &bytes)?;
        }
        let removed = work.remove.iter().map(|key| self.path.join(key));
        for path in removed.chain(old_files.unknown(&there.history)) {
            machine.may_write().await?;
            files::remove(&path)?;
        }
        Ok(())
    }
}

/// Returns the content of a file of the desired set.
fn bytes<'a>(
    desired: &'a DataDesired,
    resolved: &ResolvedFiles,
    old_files: &OldFiles,
    key: &String,
) -> Result<Cow<'a, [u8]>, Fault> {
    match &desired.wanted {
        DesiredFiles::Files(brought) => {
            let bytes = resolved.names.get(key).and_then(|name| brought.bytes(name));
            bytes.map(Cow::Borrowed).ok_or_else(|| missing(key))
        }
        _ => old_file(old_files, key, &resolved.files[key]).map(Cow::Owned),
    }
}

fn old_file(old_files: &OldFiles, key: &str, print: &Fingerprint) -> Result<Vec<u8>, Fault> {
    old_files.read(print)?.ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Fault {
    Fault::new(Class::Refused, format!("`{key}` of that set no longer exists"))
}

/// Returns the contents of files of an older set.
pub(super) fn read_old_files(folder: &Path, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let old_files = OldFiles::new(folder);
    let read = |(key, print): (&String, &Fingerprint)| Ok((key.clone(), old_file(&old_files, key, print)?));
    files.iter().map(read).collect()
}

/// Reads the actual state of a data folder.
pub(super) fn there(folder: &Path) -> Result<StoredFiles, Fault> {
    let mark = folder.join(pause::MARK).metadata().and_then(|mark| mark.modified()).ok();
    let paused = mark.and_then(|time| Timestamp::try_from(time).ok());
    Ok(StoredFiles { files: files(folder)?, history: OldFiles::new(folder).history()?, paused })
}

/// Returns the data files, without twinctl's own files.
fn files(folder: &Path) -> Result<Files, Fault> {
    let mut files = Files::new();
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .filter_entry(|entry| entry.depth() != 1 || entry.file_name() != METADATA_FOLDER)
        .build();
    for entry in walk {
        let entry = entry.map_err(|error| Fault::new(Class::Refused, error))?;
        let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let key = relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if entry.file_type().is_some_and(|kind| kind.is_file())
            && !folder_tag::is_own_file(&entry.file_name().to_string_lossy())
            && let Some(bytes) = files::read(entry.path())?
        {
            files.insert(key, Fingerprint::of(&bytes));
        }
    }
    Ok(files)
}
