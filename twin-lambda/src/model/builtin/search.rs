//! A BM25 search that ranks passages by the words of the question, with more weight on rare words.

use std::collections::{BTreeMap, BTreeSet};

use super::passages::Passage;
use super::words::{self, Question};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// The weight of a synonym.
const SYNONYM_WEIGHT: f64 = 0.5;
/// The part of the question, weighted by rarity, that a passage must contain.
const MIN_COVERAGE: f64 = 0.34;
/// The score that further passages must have, relative to the best one.
const MIN_RELATIVE_SCORE: f64 = 0.65;

#[derive(Debug)]
pub(super) struct Index {
    passages: Vec<Passage>,
    counts: Vec<BTreeMap<String, f64>>,
    rarity: BTreeMap<String, f64>,
    mean_length: f64,
}

#[derive(Debug, PartialEq)]
pub(super) struct Hit<'a> {
    pub(super) source: &'static str,
    pub(super) text: &'a str,
    score: f64,
}

impl Index {
    pub(super) fn new(passages: Vec<Passage>) -> Self {
        let counts: Vec<BTreeMap<String, f64>> = passages.iter().map(count).collect();
        let mut passages_with: BTreeMap<String, f64> = BTreeMap::new();
        for word in counts.iter().flat_map(BTreeMap::keys) {
            *passages_with.entry(word.clone()).or_default() += 1.0;
        }
        let total = as_f64(passages.len());
        let rarity = passages_with.into_iter().map(|(word, held)| (word, rarity(total, held))).collect();
        let lengths: f64 = counts.iter().flat_map(BTreeMap::values).sum();
        Self { passages, counts, rarity, mean_length: (lengths / total.max(1.0)).max(1.0) }
    }

    /// Returns the best passages, the best one first and without duplicates. It returns none if no passage contains enough of
    /// the question.
    pub(super) fn search(&self, question: &Question, limit: usize) -> Vec<Hit<'_>> {
        let mut hits: Vec<Hit> = self
            .passages
            .iter()
            .zip(&self.counts)
            .filter(|(_, counts)| self.covers(counts, question))
            .map(|(passage, counts)| Hit {
                source: passage.source,
                text: &passage.text,
                score: self.score(counts, question),
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        let min_score = hits.first().map_or(0.0, |best| best.score * MIN_RELATIVE_SCORE);
        let mut seen = BTreeSet::new();
        hits.retain(|hit| hit.score >= min_score && seen.insert(hit.text));
        hits.truncate(limit);
        hits
    }

    fn score(&self, counts: &BTreeMap<String, f64>, question: &Question) -> f64 {
        let length: f64 = counts.values().sum();
        let term = |word: &String| {
            let count = counts.get(word).copied().unwrap_or_default();
            let norm = K1 * (1.0 - B + B * length / self.mean_length);
            self.rarity.get(word).copied().unwrap_or_default() * count * (K1 + 1.0) / (count + norm)
        };
        let words: f64 = question.words.iter().map(term).sum();
        let synonyms: f64 = question.synonyms.iter().map(term).sum();
        words + SYNONYM_WEIGHT * synonyms
    }

    /// Returns whether a passage contains enough of the question. A word that no passage contains has the highest weight,
    /// because passages about something else do not answer the question.
    fn covers(&self, counts: &BTreeMap<String, f64>, question: &Question) -> bool {
        let unknown = rarity(as_f64(self.passages.len()), 0.0);
        let weight = |word: &String| self.rarity.get(word).copied().unwrap_or(unknown);
        let asked: f64 = question.words.iter().map(weight).sum();
        let held: f64 = question.words.iter().filter(|word| counts.contains_key(*word)).map(weight).sum();
        let has_synonym = question.synonyms.iter().any(|word| counts.contains_key(word));
        let by_synonym = if has_synonym && held == 0.0 && question.words.len() <= 2 { asked } else { 0.0 };
        asked > 0.0 && (held + by_synonym) / asked >= MIN_COVERAGE
    }
}

/// Counts the words of a passage. Its keywords count twice.
fn count(passage: &Passage) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for (text, weight) in [(&passage.text, 1.0), (&passage.keywords, 2.0)] {
        for word in words::tokenize(text) {
            *counts.entry(word).or_default() += weight;
        }
    }
    counts
}

fn rarity(total: f64, containing: f64) -> f64 {
    (1.0 + (total - containing + 0.5) / (containing + 0.5)).ln()
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
