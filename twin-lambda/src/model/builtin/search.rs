//! BM25: passages by how much of the question they hold, rare words first.

use std::collections::{BTreeMap, BTreeSet};

use super::passages::Passage;
use super::words::{self, Question};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// A word of the same meaning counts less than the word itself.
const ALIKE: f64 = 0.5;
/// A passage has to hold this share of what was asked, weighed by rarity.
const ENOUGH: f64 = 0.34;
/// Further quotes have to be nearly as good as the best one.
const NEAR: f64 = 0.65;

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
        let mut holders: BTreeMap<String, f64> = BTreeMap::new();
        for word in counts.iter().flat_map(BTreeMap::keys) {
            *holders.entry(word.clone()).or_default() += 1.0;
        }
        let all = as_f64(passages.len());
        let rarity = holders.into_iter().map(|(word, held)| (word, rarity(all, held))).collect();
        let lengths: f64 = counts.iter().flat_map(BTreeMap::values).sum();
        Self { passages, counts, rarity, mean_length: (lengths / all.max(1.0)).max(1.0) }
    }

    /// The best passages, best first, each text once; none if nothing holds enough of the question.
    pub(super) fn search(&self, question: &Question, most: usize) -> Vec<Hit<'_>> {
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
        let near = hits.first().map_or(0.0, |best| best.score * NEAR);
        let mut seen = BTreeSet::new();
        hits.retain(|hit| hit.score >= near && seen.insert(hit.text));
        hits.truncate(most);
        hits
    }

    fn score(&self, counts: &BTreeMap<String, f64>, question: &Question) -> f64 {
        let length: f64 = counts.values().sum();
        let term = |word: &String| {
            let count = counts.get(word).copied().unwrap_or_default();
            let norm = K1 * (1.0 - B + B * length / self.mean_length);
            self.rarity.get(word).copied().unwrap_or_default() * count * (K1 + 1.0) / (count + norm)
        };
        let own: f64 = question.words.iter().map(term).sum();
        let alike: f64 = question.alike.iter().map(term).sum();
        own + ALIKE * alike
    }

    /// A word that no passage has is as rare as can be: asking for it and getting something else is no answer.
    fn covers(&self, counts: &BTreeMap<String, f64>, question: &Question) -> bool {
        let unheard = rarity(as_f64(self.passages.len()), 0.0);
        let weight = |word: &String| self.rarity.get(word).copied().unwrap_or(unheard);
        let asked: f64 = question.words.iter().map(weight).sum();
        let held: f64 = question.words.iter().filter(|word| counts.contains_key(*word)).map(weight).sum();
        let alike = question.alike.iter().any(|word| counts.contains_key(word));
        let meant = if alike && held == 0.0 && question.words.len() <= 2 { asked } else { 0.0 };
        asked > 0.0 && (held + meant) / asked >= ENOUGH
    }
}

/// What a passage is about counts twice.
fn count(passage: &Passage) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for (text, weight) in [(&passage.text, 1.0), (&passage.about, 2.0)] {
        for word in words::of(text) {
            *counts.entry(word).or_default() += weight;
        }
    }
    counts
}

fn rarity(all: f64, held: f64) -> f64 {
    (1.0 + (all - held + 0.5) / (held + 0.5)).ln()
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
