//! Values of an existing twin, and the files that contain them.

use std::path::PathBuf;

/// A value and the file that contains it, relative to the folder of the twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundValue {
    pub value: String,
    pub file: PathBuf,
}

/// The values that were found for one setting, each with the first file that contains it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates(Vec<FoundValue>);

impl Candidates {
    pub(super) fn new(found: impl IntoIterator<Item = FoundValue>) -> Self {
        let mut candidates: Vec<FoundValue> = Vec::new();
        for each in found {
            if !candidates.iter().any(|known| known.value == each.value) {
                candidates.push(each);
            }
        }
        Self(candidates)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value, unless files contradict each other.
    pub(super) fn agreed(&self) -> Option<&FoundValue> {
        if self.0.len() == 1 { self.0.first() } else { None }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &FoundValue> {
        self.0.iter()
    }

    /// Describes the contradiction between the files, if there is one.
    pub(crate) fn conflict(&self) -> Option<String> {
        let values = self.0.iter().map(|found| format!("{} in {}", found.value, found.file.display()));
        (self.0.len() > 1).then(|| values.collect::<Vec<_>>().join(", "))
    }
}
