//! What was replaced in a data folder, by its hash, and which sets it was of: what versions are in a bucket.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use reconcile::{Class, Fault};

use crate::artifacts::data::{History, Print};
use crate::system::files;

/// The twin reads nothing whose name begins with a dot.
pub(super) const OWN: &str = ".twinctl";

#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
}

impl Kept {
    pub(super) fn new(data: &Path) -> Self {
        Self { folder: data.join(OWN) }
    }

    fn list(&self) -> PathBuf {
        self.folder.join("history.json")
    }

    fn place(&self, etag: &str) -> PathBuf {
        self.folder.join("kept").join(etag)
    }

    pub(super) fn history(&self) -> Result<History, Fault> {
        let Some(json) = files::read(&self.list())? else { return Ok(History::default()) };
        History::from_json(&json).map_err(|error| Fault::new(Class::Refused, error))
    }

    pub(super) fn note(&self, history: &History) -> Result<(), Fault> {
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        files::write(&self.list(), &json)
    }

    /// Before a file is replaced or removed. Files are replaced as a whole, so that one more name for the old one is
    /// enough.
    pub(super) fn keep(&self, path: &Path, print: &Print) -> Result<(), Fault> {
        let place = self.place(&print.etag);
        if place.exists() {
            return Ok(());
        }
        files::ensure_folder(place.parent().unwrap_or(&self.folder))?;
        let linked = fs::hard_link(path, &place).or_else(|_| fs::copy(path, &place).map(drop));
        linked.map_err(files::fault("write", &place))
    }

    /// `None` when they are not there any more, or are others.
    pub(super) fn bytes(&self, print: &Print) -> Result<Option<Vec<u8>>, Fault> {
        let bytes = files::read(&self.place(&print.etag))?;
        Ok(bytes.filter(|bytes| Print::of(bytes) == *print))
    }

    /// Forgets what no set has.
    pub(super) fn prune(&self, history: &History) -> Result<(), Fault> {
        let files = history.sets.iter().flat_map(|set| set.files.values());
        let known: BTreeSet<_> = files.map(|print| print.etag.as_str()).collect();
        let Ok(entries) = fs::read_dir(self.folder.join("kept")) else { return Ok(()) };
        let mut unknown =
            entries.flatten().filter(|entry| !known.contains(&*entry.file_name().to_string_lossy()));
        unknown.try_for_each(|entry| files::remove(&entry.path()))
    }
}
