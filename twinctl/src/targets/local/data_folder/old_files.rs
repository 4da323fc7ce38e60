//! Replaced data files, stored by their hash, and the history of sets. They correspond to the versions in a bucket.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use reconcile::{Class, Fault};

use crate::artifacts::data::{Fingerprint, History};
use crate::system::files;

/// The folder of twinctl's own files. The twin ignores names that begin with a dot.
pub(super) const METADATA_FOLDER: &str = ".twinctl";

/// The replaced files of one data folder.
#[derive(Debug)]
pub(super) struct OldFiles {
    data: PathBuf,
    folder: PathBuf,
}

impl OldFiles {
    pub(super) fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), folder: data.join(METADATA_FOLDER) }
    }

    fn history_path(&self) -> PathBuf {
        self.folder.join("history.json")
    }

    fn path(&self, etag: &str) -> PathBuf {
        self.folder.join("kept").join(etag)
    }

    pub(super) fn history(&self) -> Result<History, Fault> {
        let Some(json) = files::read(&self.history_path())? else { return Ok(History::default()) };
        History::from_json(&json).map_err(|error| Fault::new(Class::Refused, error))
    }

    pub(super) fn write_history(&self, history: &History) -> Result<(), Fault> {
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        files::write_in(&self.data, &self.history_path(), &json)
    }

    /// Saves a file before it is replaced or removed. A hard link is enough, because files are never changed in place.
    pub(super) fn save(&self, path: &Path, print: &Fingerprint) -> Result<(), Fault> {
        let copy = self.path(&print.etag);
        if copy.exists() {
            return Ok(());
        }
        files::ensure_folder_in(&self.data, copy.parent().unwrap_or(&self.folder))?;
        let saved = fs::hard_link(path, &copy).or_else(|_| fs::copy(path, &copy).map(drop));
        saved.map_err(files::fault("write", &copy))
    }

    /// Returns the content of a saved file, or `None` if it is missing or differs.
    pub(super) fn read(&self, print: &Fingerprint) -> Result<Option<Vec<u8>>, Fault> {
        let bytes = files::read(&self.path(&print.etag))?;
        Ok(bytes.filter(|bytes| Fingerprint::of(bytes) == *print))
    }

    /// Returns the paths of saved files that belong to no set.
    pub(super) fn unknown(&self, history: &History) -> Vec<PathBuf> {
        let files = history.sets.iter().flat_map(|set| set.files.values());
        let known: BTreeSet<_> = files.map(|print| print.etag.as_str()).collect();
        let Ok(entries) = fs::read_dir(self.folder.join("kept")) else { return Vec::new() };
        let is_unknown = |entry: &fs::DirEntry| !known.contains(&*entry.file_name().to_string_lossy());
        entries.flatten().filter(is_unknown).map(|entry| entry.path()).collect()
    }
}
