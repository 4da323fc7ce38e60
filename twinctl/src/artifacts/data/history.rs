//! Which sets of files there were: one small document beside the files, written before any of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Aim, Print, Wanted};

/// How many sets are remembered.
const KEPT: usize = 10;
const VERSION: u32 = 1;
/// Whose set it is that lay there before the first of ours.
const BEFORE: &str = "before twinctl";

/// Where each file of a set lies, and what is in it.
pub type Files = BTreeMap<String, Print>;

/// All files that were brought at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    pub id: String,
    pub at: Timestamp,
    pub by: String,
    pub files: Files,
    /// The older set that this one brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<String>,
    /// They are a made-up person's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sample: bool,
}

impl Set {
    pub fn new(id: &str, aim: &Aim, wanted: &Wanted, at: Timestamp, by: String) -> Self {
        let back_to = match wanted {
            Wanted::Set(id) => Some(id.clone()),
            _ => None,
        };
        Self { id: id.to_owned(), at, by, files: aim.files.clone(), back_to, is_sample: false }
    }
}

/// What was found when the files of a set were looked at, so that nobody has to look for the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub stamp: String,
    /// What people were told.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    version: u32,
    /// Of the newest set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
    /// Newest first.
    pub sets: Vec<Set>,
}

#[derive(Debug, thiserror::Error)]
#[error("the list of older sets has version {0}, which this twinctl does not know")]
pub struct UnknownVersion(u32);

impl History {
    /// What cannot be read counts as nothing: then it is begun anew, and nothing but the twin's own files is ours.
    pub fn from_json(json: &[u8]) -> Result<Self, UnknownVersion> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        match serde_json::from_slice(json) {
            Ok(Head { version }) if version != VERSION => Err(UnknownVersion(version)),
            _ => Ok(serde_json::from_slice(json).unwrap_or_default()),
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    pub fn newest(&self) -> Option<&Set> {
        self.sets.first()
    }

    /// Whether the newest set is a made-up person's.
    pub fn is_of_sample(&self) -> bool {
        self.newest().is_some_and(|newest| newest.is_sample)
    }

    /// That set, or the one that brought it back: the oldest is forgotten when it becomes the newest.
    pub fn set(&self, id: &str) -> Option<&Set> {
        let same = |set: &&Set| set.id == id || set.back_to.as_deref() == Some(id);
        self.sets.iter().find(same)
    }

    /// Whether one of the sets that are remembered had a file there.
    pub fn knows(&self, key: &str) -> bool {
        self.sets.iter().any(|set| set.files.contains_key(key))
    }

    /// With the set that a run makes.
    #[must_use]
    pub fn with_wanted(&self, set: Set, wanted: &Wanted, found: Files) -> Self {
        let (checked, is_sample) = match wanted {
            Wanted::Files(brought) => (brought.checked(), brought.is_sample),
            Wanted::Set(id) => (None, self.set(id).is_some_and(|before| before.is_sample)),
            Wanted::Anything | Wanted::AsNoted => (None, false),
        };
        Self { checked, ..self.with(Set { is_sample, ..set }, found) }
    }

    /// With one set more. Before the first one, `found` is what lay there already.
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
        let files = Files::from([("me.txt".to_owned(), Print::of(id.to_string().as_bytes()))]);
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
    fn what_lay_there_before_is_the_oldest_set() {
        let found = set(0).files;
        let history = History::default().with(set(1), found.clone()).with(set(2), found);
        let ids: Vec<_> = history.sets.iter().map(|set| set.id.as_str()).collect();
        assert_eq!(ids, ["2", "1", "before"]);
        assert_eq!(History::default().with(set(1), Files::new()).sets.len(), 1);
    }

    #[test]
    fn ten_sets_are_remembered() {
        let history = (0..20).fold(History::default(), |history, id| history.with(set(id), Files::new()));
        assert_eq!((history.sets.len(), history.sets[0].id.as_str()), (KEPT, "19"));
        assert_eq!(History::from_json(&history.to_json().unwrap()).unwrap(), history);
    }

    #[test]
    fn a_broken_one_is_begun_anew_and_a_newer_one_refused() {
        assert_eq!(History::from_json(b"{").unwrap(), History::default());
        insta::assert_snapshot!(
            History::from_json(br#"{"version": 2}"#).unwrap_err(),
            @"the list of older sets has version 2, which this twinctl does not know"
        );
    }
}
