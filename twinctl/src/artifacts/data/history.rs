//! The history of uploads: a JSON document next to the data files. A run writes it before it changes any file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fingerprint;
use crate::artifacts::version_of;

/// The key of the history, next to the data files.
pub(crate) const HISTORY: &str = ".twinctl/history.json";
/// The number of sets in the history.
const KEPT: usize = 10;
const VERSION: u32 = 1;
/// The author of the set with the files that existed before the first upload.
const BEFORE: &str = "before twinctl";

/// The files of a set, by key.
pub type Files = BTreeMap<String, Fingerprint>;

/// The files of one upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    pub id: String,
    pub at: Timestamp,
    pub by: String,
    pub files: Files,
    /// The older set that this one restores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<String>,
    /// The files are the sample persona's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sample: bool,
}

/// The result of the checks of the newest set. While its inputs are unchanged, the checks are not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Fingerprint of the inputs.
    pub stamp: String,
    /// The notes that were printed.
    pub notes: Vec<String>,
}

/// The sets of previous uploads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    version: u32,
    /// The result of the checks of the newest set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Newest first.
    pub sets: Vec<Set>,
}

#[derive(Debug, thiserror::Error)]
#[error("the history of uploads has version {0}, which this version of twinctl does not support")]
pub struct UnknownVersion(u32);

impl History {
    /// Parses the document. An invalid document counts as empty; then twinctl manages only the files that the twin
    /// reads.
    pub fn from_json(json: &[u8]) -> Result<Self, UnknownVersion> {
        match version_of(json) {
            Ok(version) if version != VERSION => Err(UnknownVersion(version)),
            _ => Ok(serde_json::from_slice(json).unwrap_or_default()),
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    pub fn newest(&self) -> Option<&Set> {
        self.sets.first()
    }

    /// Returns whether the newest set contains the sample persona's files.
    pub fn is_sample(&self) -> bool {
        self.newest().is_some_and(|newest| newest.is_sample)
    }

    /// Returns the set with this ID, or the one that restored it: the restored set may no longer be in the history.
    pub fn set(&self, id: &str) -> Option<&Set> {
        let same = |set: &&Set| set.id == id || set.back_to.as_deref() == Some(id);
        self.sets.iter().find(same)
    }

    /// Returns whether a set contains a file with this key.
    pub fn contains(&self, key: &str) -> bool {
        self.sets.iter().any(|set| set.files.contains_key(key))
    }

    /// Returns the history with a new set. Before the first one, it adds a set of the files that already exist
    /// (`found`).
    #[must_use]
    pub fn with(&self, set: Set, found: Files) -> Self {
        let before = (self.sets.is_empty() && !found.is_empty()).then(|| Set {
            id: "before".to_owned(),
            at: set.at,
            by: BEFORE.to_owned(),
            files: found,
            back_to: None,
            is_sample: false,
        });
        let sets = std::iter::once(set).chain(self.sets.iter().cloned()).chain(before);
        Self { version: VERSION, checked: None, sets: sets.take(KEPT).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(id: usize) -> Set {
        let files = Files::from([("me.txt".to_owned(), Fingerprint::of(id.to_string().as_bytes()))]);
        Set {
            id: id.to_string(),
            at: Timestamp::UNIX_EPOCH,
            by: "ada".to_owned(),
            files,
            back_to: None,
            is_sample: false,
        }
    }

    #[test]
    fn files_from_before_the_first_upload_are_the_oldest_set() {
        let found = set(0).files;
        let history = History::default().with(set(1), found.clone()).with(set(2), found);
        let ids: Vec<_> = history.sets.iter().map(|set| set.id.as_str()).collect();
        assert_eq!(ids, ["2", "1", "before"]);
        assert_eq!(History::default().with(set(1), Files::new()).sets.len(), 1);
    }

    #[test]
    fn ten_sets_are_kept() {
        let history = (0..20).fold(History::default(), |history, id| history.with(set(id), Files::new()));
        assert_eq!((history.sets.len(), history.sets[0].id.as_str()), (KEPT, "19"));
        assert_eq!(History::from_json(&history.to_json().unwrap()).unwrap(), history);
    }

    #[test]
    fn an_invalid_history_is_empty_and_an_unsupported_version_is_an_error() {
        assert_eq!(History::from_json(b"{").unwrap(), History::default());
        insta::assert_snapshot!(
            History::from_json(br#"{"version": 2}"#).unwrap_err(),
            @"the history of uploads has version 2, which this version of twinctl does not support"
        );
    }
}
