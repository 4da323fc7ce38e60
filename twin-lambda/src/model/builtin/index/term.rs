//! The words of a question and the lines of the notes, as they are compared.

use super::super::passage::{self, Passage};
use super::super::topics::Topic;

/// The bits of a line with an amount of money and of one with a year, beside those of topics.
pub(super) const PRICE: u128 = 1 << 127;
pub(super) const DATE: u128 = 1 << 126;
/// The bit of a line with a day, a month, a season or a time of day.
pub(super) const TIME: u128 = 1 << 125;

/// Weight of a word that the notes do not contain.
pub(super) const UNKNOWN: f64 = 0.5;

/// The number of a term of the notes.
pub(super) type Key = usize;

/// The terms of a line of the notes, and the topics that it is about.
#[derive(Clone, Debug)]
pub(in super::super) struct Line {
    /// Its terms, in order.
    pub(super) keys: Vec<Key>,
    /// The topics that it mentions, and whether it contains an amount of money or a date.
    pub(super) bits: u128,
}

impl Line {
    /// Adds what another line contains.
    pub(super) fn with(mut self, other: &Self) -> Self {
        self.keys.extend(&other.keys);
        self.keys.sort_unstable();
        self.bits |= other.bits;
        self
    }

    pub(in super::super) fn is_about(&self, topic: Topic) -> bool {
        self.bits & topic.bit() != 0
    }

    pub(in super::super) fn is_dated(&self) -> bool {
        self.bits & DATE != 0
    }

    /// Returns whether it contains a year, a day, a month, a season or a time of day.
    pub(in super::super) fn has_time(&self) -> bool {
        self.bits & (DATE | TIME) != 0
    }

    /// Returns how much a term counts in this line, from 0 to 1.
    pub(in super::super) fn weight_of(&self, term: &Term) -> f64 {
        let held = term.keys.iter().filter(|(key, _)| self.keys.binary_search(key).is_ok());
        held.map(|(_, weight)| *weight).fold(0.0, f64::max)
    }
}

/// A word of a question that describes its subject.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Term {
    pub(in super::super) word: String,
    /// Terms of the index with their weights. Empty if the notes do not contain the word.
    pub(super) keys: Vec<(Key, f64)>,
    pub(super) weight: f64,
    /// Whether the notes contain only words that are similar to it.
    pub(super) is_similar: bool,
}

impl Term {
    pub(in super::super) fn weight(&self) -> f64 {
        self.weight
    }

    /// Returns its weight if the notes contained all words of the question. A similar word counts half.
    pub(in super::super) fn full_weight(&self) -> f64 {
        match (self.is_known(), self.is_similar) {
            (false, _) => self.weight / UNKNOWN,
            (true, true) => self.weight / 2.0,
            (true, false) => self.weight,
        }
    }

    /// Returns the term with less weight, as a word of the question before has.
    pub(in super::super) fn weakened(&self) -> Self {
        Self { weight: self.weight / 2.0, ..self.clone() }
    }

    /// Returns whether both words stand for the same terms of the notes.
    pub(in super::super) fn is_same(&self, other: &Self) -> bool {
        self.word == other.word
            || self.keys.iter().any(|(key, _)| other.keys.iter().any(|(other, _)| key == other))
    }

    /// Returns whether the notes contain the word or a synonym.
    pub(in super::super) fn is_certain(&self) -> bool {
        self.is_known() && !self.is_similar
    }

    /// Returns the term without synonyms, if the notes contain the word itself.
    pub(in super::super) fn literal(&self) -> Option<Self> {
        let keys: Vec<(Key, f64)> = self.keys.iter().filter(|(_, weight)| *weight >= 1.0).copied().collect();
        (!keys.is_empty() && self.is_certain()).then(|| Self { keys, ..self.clone() })
    }

    pub(in super::super) fn is_known(&self) -> bool {
        !self.keys.is_empty()
    }
}

/// Adds languages in sentences side by side: "I can order in Italian. I speak English."
pub(super) fn add_languages(passage: &Passage, lines: &mut [Line]) {
    let speaks: Vec<bool> = lines.iter().map(|line| line.is_about(Topic::Languages)).collect();
    for (at, text) in passage.lines.iter().enumerate() {
        // The first line is the heading.
        let is_beside = speaks[at..].iter().take(3).any(|speaks| *speaks);
        if is_beside && passage::names_language(text) {
            lines[at + 1].bits |= Topic::Languages.bit();
        }
    }
}
