//! The data files that a run should store.

use std::{collections::BTreeMap, sync::Arc};

use super::{Brought, Files, There, layout::Layout};

/// The desired data files.
#[derive(Debug, Clone, Default)]
pub enum Wanted {
    /// No change: the run has no data files.
    Anything,
    /// The files of the newest set. For commands that only read.
    #[default]
    AsNoted,
    Files(Arc<Brought>),
    /// The files of an older set, by its ID.
    Set(String),
}

/// The desired files with their keys in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    pub files: Files,
    /// The names of the local files, by key.
    pub names: BTreeMap<String, String>,
}

impl Wanted {
    /// Determines the keys. Returns `None` if no files are desired.
    pub fn aim(&self, there: &There) -> Option<Aim> {
        let noted = |set: &super::Set| Aim { files: set.files.clone(), names: BTreeMap::new() };
        match self {
            Self::Anything => None,
            Self::AsNoted => there.history.newest().map(noted),
            Self::Set(id) => there.history.set(id).map(noted),
            Self::Files(brought) => {
                let layout = Layout::of(there.files.keys().map(String::as_str));
                let prints = brought.prints();
                // Of several files with one name, the first is the one that the twin reads.
                let placed = |name: &String| (layout.place(persona::without_folder(name)), name.clone());
                let mut names = BTreeMap::new();
                for (key, name) in brought.in_order().map(placed) {
                    names.entry(key).or_insert(name);
                }
                let files =
                    names.iter().filter_map(|(key, name)| Some((key.clone(), prints.get(name)?.clone())));
                Some(Aim { files: files.collect(), names })
            }
        }
    }
}
