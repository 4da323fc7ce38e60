//! The data files that a run should store.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Files, PreparedFiles, ResolvedFiles, StoredFiles,
    history::{History, Set},
    layout::Layout,
};

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

impl DesiredFiles {
    /// Returns the history with the set of these files. `found` are the files that existed before the first set.
    #[must_use]
    pub fn record(
        &self,
        history: &History,
        id: &str,
        resolved: &ResolvedFiles,
        at: Timestamp,
        by: String,
        found: Files,
    ) -> History {
        let (checked, back_to, is_sample) = match self {
            Self::Files(prepared) => (prepared.checked(), None, prepared.is_sample),
            Self::Set(id) => (None, Some(id.clone()), history.set(id).is_some_and(|before| before.is_sample)),
            Self::NoChange | Self::AsRecorded => (None, None, false),
        };
        let set = Set { id: id.to_owned(), at, by, files: resolved.files.clone(), back_to, is_sample };
        let mut history = history.with(set, found);
        history.checked = checked;
        history
    }

    /// Determines the keys. Returns `None` if no files are desired.
    pub fn resolve(&self, stored: &StoredFiles) -> Option<ResolvedFiles> {
        let recorded = |set: &Set| ResolvedFiles { files: set.files.clone(), names: BTreeMap::new() };
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
