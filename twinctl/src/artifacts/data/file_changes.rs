//! Compares the stored data files with the desired ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reconcile::{Change, Plan};

use super::{FACTS, Files, History, layout::is_persona_file};

/// The desired files with their keys in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedFiles {
    pub files: Files,
    /// The names of the local files, by key.
    pub names: BTreeMap<String, String>,
}

/// The files that a target stores, managed by twinctl or not, and their history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredFiles {
    pub files: Files,
    pub history: History,
    /// When the owner paused the chat, if it is paused. The mark is stored next to the files.
    pub paused: Option<Timestamp>,
}

impl StoredFiles {
    /// Returns whether twinctl manages a file: the twin reads it, or a set in the history contains it.
    pub fn is_managed(&self, key: &str) -> bool {
        is_persona_file(key) || self.history.contains(key)
    }

    pub fn managed(&self) -> Files {
        let managed = self.files.iter().filter(|(key, _)| self.is_managed(key));
        managed.map(|(key, print)| (key.clone(), print.clone())).collect()
    }
}

/// The changes that make the stored files equal to the desired ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileChanges {
    /// Keys that are missing or have other content.
    pub write: Vec<String>,
    pub remove: Vec<String>,
    /// Whether the files differ from the newest set, so that the history needs a new one.
    pub is_new: bool,
}

impl FileChanges {
    pub fn new(desired: &Files, stored: &StoredFiles) -> Self {
        let differs = |(key, print): &(&String, &_)| {
            !stored.files.get(*key).is_some_and(|stored| stored.matches(print))
        };
        let keys = |files: BTreeMap<&String, _>| files.into_keys().cloned().collect();
        let write = keys(desired.iter().filter(differs).collect());
        let remove = stored.files.keys().filter(|key| !desired.contains_key(*key) && stored.is_managed(key));
        let is_new = stored.history.newest().is_none_or(|newest| newest.files != *desired);
        Self { write, remove: remove.cloned().collect(), is_new }
    }
}

/// The prefix of a file's field in a plan.
const FILE: &str = "files.";

/// Returns a change for each file, and one for the set.
pub fn plan_changes(resolved: &ResolvedFiles, stored: &StoredFiles, set: &str) -> Vec<Change> {
    let work = FileChanges::new(&resolved.files, stored);
    let shown = |print: Option<&super::Fingerprint>| print.map(ToString::to_string);
    let change = |key: &String| {
        Change::new(format!("{FILE}{key}"), shown(stored.files.get(key)), shown(resolved.files.get(key)))
    };
    let files = work.write.iter().chain(&work.remove).map(change);
    let newest = stored.history.newest().map(|newest| newest.id.clone());
    let set = work.is_new.then(|| Change::new("set", newest, Some(set.to_owned())));
    files.chain(set).collect()
}

/// Returns the changes of `facts.json`.
pub(crate) fn facts_changes(plan: &Plan) -> impl Iterator<Item = &Change> {
    let is_facts = |change: &&Change| FACTS.iter().any(|key| change.field.strip_prefix(FILE) == Some(key));
    plan.nodes.iter().flat_map(|planned| &planned.changes).filter(is_facts)
}

#[cfg(test)]
mod tests;
