//! Data files that are ready for upload.

use persona::Redaction;
use serde_json::{Value, json};

use super::{Checked, Files, Fingerprint, layout::folder_rank};
use crate::ui::Ui;

/// The keys of the facts, in the order in which twin-lambda searches them.
pub const FACTS: [&str; 3] = ["personal_data/facts.json", "data/facts.json", "facts.json"];

/// Checked data files, without private data, in memory: decrypted files are never written to disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreparedFiles {
    files: persona::Files,
    fingerprints: Files,
    /// The source, for messages.
    pub from: String,
    /// The files are the sample persona's.
    pub is_sample: bool,
    /// The tokens that a model reads with every message, if they were counted.
    pub tokens: Option<usize>,
    /// Notes to print before the upload.
    pub notes: Vec<String>,
    /// All redactions. The notes list only the first ones.
    pub redactions: Vec<Redaction>,
    /// Fingerprint of the source files and the other inputs of the checks. `None` if private data was left out: a
    /// reader of the history could guess it, and confirm the guess with the fingerprint.
    stamp: Option<String>,
}

impl PreparedFiles {
    pub fn new(files: persona::Files, from: String, is_sample: bool) -> Self {
        let fingerprints =
            files.iter().map(|(name, bytes)| (name.to_owned(), Fingerprint::of(bytes))).collect();
        Self {
            files,
            fingerprints,
            from,
            is_sample,
            tokens: None,
            notes: Vec::new(),
            redactions: Vec::new(),
            stamp: None,
        }
    }

    #[must_use]
    pub(super) fn with_notes(
        self,
        notes: Vec<String>,
        redactions: Vec<Redaction>,
        stamp: Option<String>,
    ) -> Self {
        Self { notes, redactions, stamp, ..self }
    }

    /// Prints the redactions as JSON. It contains all of them, unlike the notes.
    pub(crate) fn print_redactions(&self, ui: &Ui) {
        let all = self.redactions.iter().map(|left| {
            json!({ "file": left.file, "line": left.line, "kind": left.kind.word(), "masked": left.masked })
        });
        let all: Vec<_> = all.collect();
        if !all.is_empty() {
            ui.object("left_out", json!({ "left_out": all }));
        }
    }

    /// Returns the result of the checks, for the history.
    pub(super) fn checked(&self) -> Option<Checked> {
        self.stamp.clone().map(|stamp| Checked { stamp, notes: self.notes.clone() })
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns whether there are files, and they are not the sample persona's.
    pub fn is_real(&self) -> bool {
        !self.is_sample && !self.is_empty()
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name)
    }

    pub fn fingerprints(&self) -> &Files {
        &self.fingerprints
    }

    /// Returns all names, those in the folders with the highest precedence first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &String> {
        let mut names: Vec<_> = self.fingerprints.keys().collect();
        names.sort_by_key(|name| folder_rank(name));
        names.into_iter()
    }

    /// Returns the content of `facts.json`, if it exists and is valid.
    pub fn facts(&self) -> Option<Value> {
        let facts = FACTS.iter().find_map(|name| self.files.get(name))?;
        serde_json::from_slice(facts).ok()
    }
}
