//! What a run wants the files to be.

use std::{collections::BTreeMap, sync::Arc};

use super::{Brought, Files, There, layout::Layout};

/// Which files the twin is to have.
#[derive(Debug, Clone, Default)]
pub enum Wanted {
    /// Whatever is there: nothing of the owner's is at hand.
    Anything,
    /// As the newest set says: for looking.
    #[default]
    AsNoted,
    Files(Arc<Brought>),
    /// That older set, as it was.
    Set(String),
}

/// The same, seen from a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    pub files: Files,
    /// Where the bytes of a key are among what was brought.
    pub names: BTreeMap<String, String>,
}

impl Wanted {
    /// `None` where nothing in particular is wanted.
    pub fn aim(&self, there: &There) -> Option<Aim> {
        let noted = |set: &super::Set| Aim { files: set.files.clone(), names: BTreeMap::new() };
        match self {
            Self::Anything => None,
            Self::AsNoted => there.history.newest().map(noted),
            Self::Set(id) => there.history.set(id).map(noted),
            Self::Files(brought) => {
                let layout = Layout::of(there.files.keys().map(String::as_str));
                let prints = brought.prints();
                // The first of several by one name is what the twin would read.
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
