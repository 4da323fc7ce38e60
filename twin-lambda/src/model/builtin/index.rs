//! A BM25 index of the passages, with the topics that each line mentions.

mod asked;
mod similar;
mod term;

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::dates;
use super::detection;
use super::language::Language;
use super::notes;
use super::owner::{self, Facts};
use super::passage::Passage;
use super::topics::{self, Found, Topic};
use super::words::{self, Word};
use crate::persona::Persona;

use term::{DATE, Key, PRICE, TIME, add_languages};
pub(super) use term::{Line, Term};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// Weights of terms that are not in the question itself.
const SYNONYM: f64 = 0.7;
const SIMILAR: f64 = 0.6;
const RELATED: f64 = 0.4;
/// Words of a question that are searched for.
const MAX_TERMS: usize = 40;
/// How often the terms of a heading count.
const HEAD: usize = 2;

#[derive(Debug)]
pub(super) struct Index {
    pub(super) passages: Vec<Passage>,
    /// The language of most notes, whose endings are removed.
    pub(super) language: Language,
    pub(super) facts: Facts,
    /// For each passage, the terms of its title and the number of its words.
    titles: Vec<(Vec<Key>, usize)>,
    /// For each passage, its heading and its lines.
    lines: Vec<Vec<Line>>,
    /// The terms of each heading and line, by its text.
    texts: HashMap<String, Vec<Key>>,
    keys: HashMap<String, Key>,
    /// For each term, the passages that contain it and how often.
    postings: Vec<Vec<(usize, u32)>>,
    /// The words of the notes with their stems, to find similar ones.
    vocabulary: BTreeSet<(String, String)>,
    lengths: Vec<f64>,
    mean_length: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) passage: usize,
    pub(super) score: f64,
    /// How much of the question the passage contains, from 0 to 1.
    pub(super) coverage: f64,
}

impl Hit {
    /// Compares two hits: the one with the higher score comes first.
    pub(super) fn order(a: &Self, b: &Self) -> Ordering {
        b.score.total_cmp(&a.score).then(a.passage.cmp(&b.passage))
    }
}

impl Index {
    pub(super) fn new(persona: &Persona) -> Self {
        let passages = notes::read(persona);
        let language = notes_language(persona);
        let mut index = Self {
            facts: owner::facts(persona, &passages),
            titles: Vec::with_capacity(passages.len()),
            lines: Vec::with_capacity(passages.len()),
            texts: HashMap::new(),
            lengths: Vec::with_capacity(passages.len()),
            keys: HashMap::new(),
            postings: Vec::new(),
            vocabulary: BTreeSet::new(),
            mean_length: 1.0,
            passages,
            language,
        };
        for number in 0..index.passages.len() {
            index.add(number);
        }
        let total: f64 = index.lengths.iter().sum();
        index.mean_length = (total / as_f64(index.lengths.len()).max(1.0)).max(1.0);
        index
    }

    fn add(&mut self, number: usize) {
        let passage = self.passages[number].clone();
        let mut counts: Vec<Key> = Vec::new();
        let head = format!("{} {}", passage.head, passage.dates);
        let section = self.add_line(&passage.section, 1, &mut counts);
        let mut lines = vec![self.add_line(&head, HEAD, &mut counts).with(&section)];
        lines.extend(passage.lines.iter().map(|line| self.add_line(line, 1, &mut counts)));
        add_languages(&passage, &mut lines);
        let head = self.keys_of(&passage.head);
        let keys = std::iter::once(&head).chain(lines[1..].iter().map(|line| &line.keys));
        for (text, keys) in std::iter::once(&passage.head).chain(&passage.lines).zip(keys) {
            self.texts.insert(text.clone(), keys.clone());
        }
        self.lines.push(lines);
        let title = passage.head.split(',').next().unwrap_or_default();
        let mut folded = words::fold(title);
        if let Some(plain) = words::without_digraphs(&folded) {
            folded = format!("{folded} {plain}");
        }
        let words = words::split(&folded);
        let terms = words.into_iter().flat_map(|word| words::terms(word, self.language)).take(MAX_TERMS);
        let terms = terms.filter_map(|term| self.keys.get(&term).copied()).collect();
        self.titles.push((terms, title.split_whitespace().count()));
        self.lengths.push(as_f64(counts.len()));
        counts.sort_unstable();
        for run in counts.chunk_by(|a, b| a == b) {
            self.postings[run[0]].push((number, u32::try_from(run.len()).unwrap_or(u32::MAX)));
        }
    }

    /// Counts the terms of a line of a passage.
    fn add_line(&mut self, text: &str, weight: usize, counts: &mut Vec<Key>) -> Line {
        let folded = words::fold(text);
        let words = words::split(&folded);
        // An English cue can be a stop word in the language of the notes, such as "son" in Spanish.
        let is_common = |found: &Found| {
            let mut texts = found.ranges.iter().map(|range| &folded[range.clone()]);
            texts.all(|text| words::is_stop_word(text, self.language))
        };
        let names = topics::find(&folded, &words).into_iter().filter(|found| {
            let is_own = found.language == self.language;
            !found.is_question && (is_own || found.language == Language::English && !is_common(found))
        });
        let mut bits = names.fold(0, |bits, found| bits | found.topic.bit());
        let is_open = words.iter().any(|word| dates::is_clock(word.text)) && dates::names_day(text);
        if is_open {
            bits |= Topic::Hours.bit();
        }
        if has_price(&words, text) {
            bits |= PRICE;
        }
        if dates::find(text).is_some() {
            bits |= DATE;
        }
        if words.iter().any(|word| dates::is_time(word.text)) {
            bits |= TIME;
        }
        let mut keys = Vec::new();
        for word in words {
            let mut terms = words::terms(word, self.language);
            // Keys are often written without umlauts.
            let plain = words::without_digraphs(word.text).filter(|_| weight == HEAD);
            terms.extend(plain.map(|plain| words::stem(&plain, self.language)));
            for term in terms {
                let key = self.key(term);
                counts.extend(std::iter::repeat_n(key, weight));
                keys.push(key);
            }
            if !word.is_cjk {
                self.vocabulary.insert((word.text.to_owned(), words::stem(word.text, self.language)));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Line { keys, bits }
    }

    /// Returns the number of a term, which is new if no passage contains it yet.
    fn key(&mut self, term: String) -> Key {
        let next = self.postings.len();
        let key = *self.keys.entry(term).or_insert(next);
        if key == next {
            self.postings.push(Vec::new());
        }
        key
    }

    /// Returns the lines of a passage and what they contain.
    pub(super) fn lines(&self, passage: usize) -> impl Iterator<Item = (&String, &Line)> {
        self.passages[passage].lines.iter().zip(self.lines[passage].iter().skip(1))
    }

    /// Returns what the heading of a passage contains.
    pub(super) fn head(&self, passage: usize) -> &Line {
        &self.lines[passage][0]
    }

    /// Returns the lines of a passage that mention a topic.
    pub(super) fn lines_about(&self, passage: usize, topic: Topic) -> impl Iterator<Item = &String> {
        self.lines(passage).filter(move |(_, line)| line.is_about(topic)).map(|(text, _)| text)
    }

    /// Returns the lines of a passage with an amount of money.
    pub(super) fn lines_with_price(&self, passage: usize) -> impl Iterator<Item = &String> {
        self.lines(passage).filter(|(_, line)| line.bits & PRICE != 0).map(|(text, _)| text)
    }

    /// Returns whether a line of a passage contains an amount of money.
    pub(super) fn has_price(&self, passage: usize) -> bool {
        self.lines[passage].iter().any(|line| line.bits & PRICE != 0)
    }

    pub(super) fn mentions(&self, passage: usize, topic: Topic) -> bool {
        self.lines[passage].iter().any(|line| line.is_about(topic))
    }

    /// Returns the passages that contain a term, the best one first.
    pub(super) fn search(&self, terms: &[Term]) -> Vec<Hit> {
        let mut hits: Vec<Hit> =
            (0..self.passages.len()).map(|passage| Hit { passage, score: 0.0, coverage: 0.0 }).collect();
        let mut best = vec![0.0_f64; hits.len()];
        let total: f64 = terms.iter().map(|term| term.weight).sum();
        for term in terms {
            best.fill(0.0);
            for (key, weight) in &term.keys {
                let postings = &self.postings[*key];
                words::work::add(postings.len());
                for (passage, count) in postings {
                    let norm = K1 * (1.0 - B + B * self.lengths[*passage] / self.mean_length);
                    let count = f64::from(*count);
                    let score = weight * term.weight * count * (K1 + 1.0) / (count + norm);
                    best[*passage] = best[*passage].max(score);
                }
            }
            for (hit, score) in hits.iter_mut().zip(&best).filter(|(_, score)| **score > 0.0) {
                hit.score += score;
                hit.coverage += term.weight / total;
            }
        }
        hits.retain(|hit| hit.score > 0.0);
        hits.sort_by(Hit::order);
        hits
    }

    /// Returns whether the title of a passage consists of the terms.
    pub(super) fn is_titled(&self, passage: usize, terms: &[Term]) -> bool {
        let (title, words) = &self.titles[passage];
        let is_held = |term: &&Term| term.keys.iter().any(|(key, _)| title.contains(key));
        let held = terms.iter().filter(is_held).count();
        held > 0 && held >= *words
    }

    /// Returns how many of the terms the title of a passage contains.
    pub(super) fn titled(&self, passage: usize, terms: &[Term]) -> usize {
        let (title, _) = &self.titles[passage];
        terms.iter().filter(|term| term.keys.iter().any(|(key, _)| title.contains(key))).count()
    }

    /// Returns how many of the terms a line contains.
    pub(super) fn matches(&self, line: &str, terms: &[Term]) -> usize {
        let count = |keys: &[Key]| {
            let is_held = |term: &&Term| term.keys.iter().any(|(key, _)| keys.binary_search(key).is_ok());
            terms.iter().filter(is_held).count()
        };
        self.texts.get(line).map_or_else(|| count(&self.keys_of(line)), |keys| count(keys))
    }

    /// Returns the terms of a text that the notes contain, in order.
    fn keys_of(&self, text: &str) -> Vec<Key> {
        let folded = words::fold(text);
        let terms = words::split(&folded).into_iter().flat_map(|word| words::terms(word, self.language));
        let mut keys: Vec<Key> = terms.filter_map(|term| self.keys.get(&term).copied()).collect();
        keys.sort_unstable();
        keys
    }

    /// Returns the term of a folded word. A plural can have another stem than its singular: "patients" and "patient",
    /// "talleres" and "taller", "Arzt" and "Ärzte".
    fn key_of(&self, word: &str) -> Option<Key> {
        let stem = words::stem(word, self.language);
        let known = self.keys.get(&stem).or_else(|| self.keys.get(word));
        known.or_else(|| self.keys.get(&words::stem(&stem, self.language))).copied()
    }

    /// Returns whether the notes contain a folded word.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.key_of(word).is_some()
    }

    /// Returns whether the notes contain a folded word in this form.
    pub(super) fn has_literally(&self, word: &str) -> bool {
        let stem = words::stem(word, self.language);
        self.vocabulary.contains(&(word.to_owned(), stem))
    }

    /// Returns the passage that contains a folded text literally.
    pub(super) fn containing(&self, folded: &str) -> Option<usize> {
        let contains = |line: &String| words::fold(line).contains(folded);
        self.passages.iter().position(|passage| {
            contains(&passage.head) || contains(&passage.dates) || passage.lines.iter().any(contains)
        })
    }
}

/// Returns whether a line contains an amount of money.
fn has_price(words: &[Word<'_>], line: &str) -> bool {
    #[rustfmt::skip]
    const CURRENCIES: [&str; 16] = [
        "euro", "euros", "eur", "pound", "pounds", "gbp", "dollar", "dollars", "usd", "franken", "chf", "francs", "pesos", "reais", "円",
        "yen",
    ];
    let is_number = |word: &Word<'_>| {
        word.text.starts_with(|letter: char| letter.is_ascii_digit())
            || words::is_in(words::NUMBERS, word.text)
    };
    words.iter().any(is_number)
        && (line.contains(['€', '£', '$', '¥']) || words.iter().any(|word| CURRENCIES.contains(&word.text)))
}

fn notes_language(persona: &Persona) -> Language {
    let mut votes = [0; 8];
    for (_, text) in persona.knowledge() {
        let folded = words::fold(&text[..text.floor_char_boundary(20_000)]);
        for (sum, count) in votes.iter_mut().zip(detection::votes(&words::split(&folded))) {
            *sum += count;
        }
    }
    detection::winner(&votes).unwrap_or(Language::English)
}

fn rarity(total: f64, containing: f64) -> f64 {
    (1.0 + (total - containing + 0.5) / (containing + 0.5)).ln()
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
