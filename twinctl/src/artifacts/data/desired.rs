//! The data files that a run should store.

use std::{collections::BTreeMap, sync::Arc};

use super::{Files, PreparedFiles, StoredFiles, layout::Layout};

/// The desired data files.
#[derive(Debug, Clone, Default)]
pub enum DesiredFiles {
    /// No change: the run has no data files.
    NoChange,
    /// The files of the newest set. For commands that only read.
    #[default]
    AsRecorded,
    Files(Arc<PreparedFiles>),
    /// The files of an older set, by its ID.
    Set(String),
}

/// The desired files with their keys in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedFiles {
    pub files: Files,
    /// The names of the local files, by key.
    pub names: BTreeMap<String, String>,
}

impl DesiredFiles {
    /// Determines the keys. Returns `None` if no files are desired.
    pub fn resolve(&self, stored: &StoredFiles) -> Option<ResolvedFiles> {
        let recorded = |set: &super::Set| ResolvedFiles { files: set.files.clone(), names: BTreeMap::new() };
        match self {
            Self::NoChange => None,
            Self::AsRecorded => stored.history.newest().map(recorded),
            Self::Set(id) => stored.history.set(id).map(recorded),
            Self::Files(prepared) => {
                let layout = Layout::of(stored.files.keys().map(String::as_str));
                let fingerprints = prepared.fingerprints();
                // Of several files with one name, the first is the one that the twin reads.
                let placed = |name: &String| (layout.place(persona::without_folder(name)), name.clone());
                let mut names = BTreeMap::new();
                for (key, name) in prepared.in_order().map(placed) {
                    names.entry(key).or_insert(name);
                }
                let files = names
                    .iter()
                    .filter_map(|(key, name)| Some((key.clone(), fingerprints.get(name)?.clone())));
                Some(ResolvedFiles { files: files.collect(), names })
            }
        }
    }
}
