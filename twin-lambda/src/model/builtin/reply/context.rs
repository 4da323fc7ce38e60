//! The notes and turns from which a question is answered, and the limits of answers.

use super::super::index::Index;
use super::super::knowledge::Prepared;
use super::super::language::Language;
use super::super::phrases::phrase;
use super::super::topics::Topic;

/// Longest answer in characters.
pub(in super::super) const MAX_ANSWER: usize = 500;
/// Length in characters at which an answer needs no further piece.
pub(super) const ENOUGH: usize = 330;
/// The same for an answer to which a sentence was added that contains more of the question.
pub(super) const CORRECTED: usize = 480;
/// How much of a question a passage must contain to answer it.
pub(super) const MIN_COVERAGE: f64 = 0.45;
/// How many words of a question the notes need not contain if they contain a rarer one.
pub(super) const MAX_UNKNOWN: usize = 3;
/// How similar a question must be to one with a prepared answer, from 0 to 1.
pub(super) const MIN_SIMILARITY: f64 = 0.62;
/// The score that a further passage must have, relative to the best one.
pub(super) const MIN_RELATIVE_SCORE: f64 = 0.55;
/// How much of the question a further passage must contain, relative to the best one.
pub(super) const MIN_RELATIVE_COVERAGE: f64 = 0.8;

/// A turn before the question: what the visitor asked and what the twin answered.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Exchange<'t> {
    pub(in super::super) question: &'t str,
    pub(in super::super) answer: &'t str,
}

/// The notes, the turns before, and the language of the answer.
pub(super) struct Context<'c> {
    pub(super) index: &'c Index,
    pub(super) prepared: &'c [Prepared],
    pub(super) history: &'c [Exchange<'c>],
    pub(super) language: Language,
    /// Whether the question is about the past.
    pub(super) is_past: bool,
    /// The current year, to compute durations.
    pub(super) year: u16,
}

impl Context<'_> {
    pub(super) fn name(&self) -> String {
        self.index.facts.name.clone().unwrap_or_else(|| phrase("owner", self.language).to_owned())
    }

    pub(super) fn comma(&self) -> &'static str {
        if self.language == Language::Japanese { "、" } else { ", " }
    }
}

/// Returns whether the notes must name the subject, because a general answer would mislead.
pub(super) fn is_personal(topic: Topic) -> bool {
    matches!(
        topic,
        Topic::Age | Topic::Family | Topic::Salary | Topic::Finances | Topic::Children | Topic::Partner
    )
}
