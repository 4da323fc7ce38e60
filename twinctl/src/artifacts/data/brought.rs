//! The owner's own files, as a run finds them; a made-up person until there are any.

use persona::Redaction;
use serde_json::{Value, json};

use super::{Checked, Files, Print, layout::folder_rank};
use crate::ui::Ui;

/// Where twin-lambda looks for the owner's facts, in its order.
pub const FACTS: [&str; 3] = ["personal_data/facts.json", "data/facts.json", "facts.json"];
/// The files in memory: decrypted ones never lie on a disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    files: persona::Files,
    prints: Files,
    /// Where they come from, for people.
    pub from: String,
    pub is_sample: bool,
    /// What people should know before they go online.
    pub notes: Vec<String>,
    /// All of it; of much, the notes name the first.
    pub redactions: Vec<Redaction>,
    /// What tells these files from others before anybody has looked at them. `None` where something of theirs stays at
    /// home: whoever sees the stamp could find out what, by guessing.
    stamp: Option<String>,
}

impl Brought {
    pub fn new(files: persona::Files, from: String, is_sample: bool) -> Self {
        let prints = files.iter().map(|(name, bytes)| (name.to_owned(), Print::of(bytes))).collect();
        Self { files, prints, from, is_sample, notes: Vec::new(), redactions: Vec::new(), stamp: None }
    }

    #[must_use]
    pub(super) fn noted(self, notes: Vec<String>, redactions: Vec<Redaction>, stamp: Option<String>) -> Self {
        Self { notes, redactions, stamp, ..self }
    }

    /// For machines, which can read more than the notes.
    pub(crate) fn tell_left_out(&self, ui: &Ui) {
        let all = self.redactions.iter().map(|left| {
            json!({ "file": left.file, "line": left.line, "kind": left.kind.word(), "shown": left.masked })
        });
        let all: Vec<_> = all.collect();
        if !all.is_empty() {
            ui.object("left_out", json!({ "left_out": all }));
        }
    }

    /// What to remember of them.
    pub(super) fn checked(&self) -> Option<Checked> {
        self.stamp.clone().map(|stamp| Checked { stamp, notes: self.notes.clone() })
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// There is something, and it is the owner's.
    pub fn is_own(&self) -> bool {
        !self.is_sample && !self.is_empty()
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name)
    }

    pub fn prints(&self) -> &Files {
        &self.prints
    }

    /// All names; of those that the twin takes for the same file, the one that it would read first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &String> {
        let mut names: Vec<_> = self.prints.keys().collect();
        names.sort_by_key(|name| folder_rank(name));
        names.into_iter()
    }

    /// The owner's facts, where they can be read.
    pub fn facts(&self) -> Option<Value> {
        let facts = FACTS.iter().find_map(|name| self.files.get(name))?;
        serde_json::from_slice(facts).ok()
    }
}
