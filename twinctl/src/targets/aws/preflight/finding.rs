//! What was found: a sentence, and the next step.

use crate::ui::{Diagnostic, Exit};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// It cannot work like this.
    Stops,
    /// It may not work.
    Warns,
    /// It could not be asked.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) weight: Weight,
    pub(crate) sentence: String,
    pub(crate) next: String,
}

impl Finding {
    pub(super) fn stops(sentence: impl Into<String>, next: impl Into<String>) -> Self {
        Self { weight: Weight::Stops, sentence: sentence.into(), next: next.into() }
    }

    pub(super) fn warns(sentence: impl Into<String>, next: impl Into<String>) -> Self {
        Self { weight: Weight::Warns, ..Self::stops(sentence, next) }
    }

    pub(super) fn skipped(why: impl std::fmt::Display) -> Self {
        let sentence = format!("public DNS was not asked about the domain: {why}");
        Self { weight: Weight::Skipped, sentence, next: String::new() }
    }

    /// The error that all that stop are together; nothing where none does.
    pub(crate) fn diagnostic(findings: &[Self]) -> Option<Diagnostic> {
        let stops: Vec<_> = findings.iter().filter(|finding| finding.weight == Weight::Stops).collect();
        let first = (!stops.is_empty())
            .then(|| Diagnostic::new(Exit::Failed, "nothing was changed, because the domain is not ready"))?;
        Some(stops.into_iter().fold(first, |diagnostic, finding| {
            diagnostic.cause(finding.sentence.clone()).hint(finding.next.clone())
        }))
    }
}
