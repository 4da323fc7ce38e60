//! What has to be written and removed, so that what is there becomes what is wanted.

use std::collections::BTreeMap;

use super::{Files, History, layout::is_persona_file};

/// What is there, ours or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct There {
    pub files: Files,
    pub history: History,
}

impl There {
    /// Whether a file is the twin's, or was brought by us: everything else is somebody else's.
    pub fn is_ours(&self, key: &str) -> bool {
        is_persona_file(key) || self.history.knows(key)
    }

    pub fn ours(&self) -> Files {
        let ours = self.files.iter().filter(|(key, _)| self.is_ours(key));
        ours.map(|(key, print)| (key.clone(), print.clone())).collect()
    }
}

/// What brings the files that are there to those that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// What is missing there, or has another content.
    pub write: Vec<String>,
    pub remove: Vec<String>,
    /// The newest set that is noted has other files.
    pub is_new: bool,
}

impl Work {
    pub fn new(wanted: &Files, there: &There) -> Self {
        let differs =
            |(key, print): &(&String, &_)| !there.files.get(*key).is_some_and(|seen| seen.is_of(print));
        let keys = |files: BTreeMap<&String, _>| files.into_keys().cloned().collect();
        let write = keys(wanted.iter().filter(differs).collect());
        let remove = there.files.keys().filter(|key| !wanted.contains_key(*key) && there.is_ours(key));
        let is_new = there.history.newest().is_none_or(|newest| newest.files != *wanted);
        Self { write, remove: remove.cloned().collect(), is_new }
    }
}

#[cfg(test)]
mod tests;
