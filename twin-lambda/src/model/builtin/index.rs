//! A BM25 index of the passages, with the topics that each line mentions.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::detection;
use super::language::Language;
use super::notes;
use super::owner::{self, Facts};
use super::passage::Passage;
use super::topics::{self, Topic};
use super::words::{self, Word};
use crate::persona::Persona;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// Weights of terms that are not in the question itself.
const SYNONYM: f64 = 0.7;
const SIMILAR: f64 = 0.6;
/// Weight of a word that the notes do not contain, relative to one that occurs once.
const UNKNOWN: f64 = 0.5;
/// Single Japanese characters without a subject.
const GENERAL_CHARACTERS: [&str; 9] = ["何", "誰", "私", "今", "方", "事", "時", "人", "的"];
/// Words of a question that are searched for.
const MAX_TERMS: usize = 40;
/// Unknown words of a question for which similar ones are searched in all notes.
const MAX_SIMILAR: usize = 12;
/// The bit of a line with an amount of money, beside those of topics.
const PRICE: u128 = 1 << 127;
/// How often the terms of a heading count.
const HEAD: u32 = 2;

#[derive(Debug)]
pub(super) struct Index {
    pub(super) passages: Vec<Passage>,
    /// The language of most notes, whose endings are removed.
    pub(super) language: Language,
    pub(super) facts: Facts,
    /// For each passage, the terms of its title and the number of its words.
    titles: Vec<(Vec<String>, usize)>,
    /// For each passage and line, the topics it mentions.
    mentions: Vec<Vec<u128>>,
    postings: HashMap<String, Vec<(usize, u32)>>,
    /// The words of the notes with their stems, to find similar ones.
    vocabulary: BTreeSet<(String, String)>,
    lengths: Vec<f64>,
    mean_length: f64,
}

/// A word of a question that describes its subject.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) word: String,
    /// Terms of the index with their weights. Empty if the notes do not contain the word.
    keys: Vec<(String, f64)>,
    weight: f64,
    /// Whether the notes contain only words that are similar to it.
    is_similar: bool,
}

impl Term {
    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    /// Returns the term with less weight, as a word of the question before has.
    pub(super) fn weakened(&self) -> Self {
        Self { weight: self.weight / 2.0, ..self.clone() }
    }

    /// Returns whether both words stand for the same terms of the notes.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.word == other.word
            || self.keys.iter().any(|(key, _)| other.keys.iter().any(|(other, _)| key == other))
    }

    /// Returns whether the notes contain the word or a synonym.
    pub(super) fn is_certain(&self) -> bool {
        self.is_known() && !self.is_similar
    }

    /// Returns the term without synonyms, if the notes contain the word itself.
    pub(super) fn literal(&self) -> Option<Self> {
        let keys: Vec<(String, f64)> =
            self.keys.iter().filter(|(_, weight)| *weight >= 1.0).cloned().collect();
        (!keys.is_empty() && self.is_certain()).then(|| Self { keys, ..self.clone() })
    }

    pub(super) fn is_known(&self) -> bool {
        !self.keys.is_empty()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) passage: usize,
    pub(super) score: f64,
    /// How much of the question the passage contains, from 0 to 1.
    pub(super) coverage: f64,
}

impl Index {
    pub(super) fn new(persona: &Persona) -> Self {
        let passages = notes::read(persona);
        let language = notes_language(persona);
        let mut index = Self {
            facts: owner::facts(persona, &passages),
            titles: Vec::with_capacity(passages.len()),
            mentions: Vec::with_capacity(passages.len()),
            lengths: Vec::with_capacity(passages.len()),
            postings: HashMap::new(),
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
        let mut counts: HashMap<String, u32> = HashMap::new();
        let mut mentions = Vec::new();
        let head = format!("{} {}", passage.head, passage.dates);
        for (line, weight) in std::iter::once((&head, HEAD)).chain(passage.lines.iter().map(|line| (line, 1)))
        {
            let folded = words::fold(line);
            let words = words::split(&folded);
            let names = topics::find(&folded, &words).into_iter().filter(|found| {
                !found.is_question && [self.language, Language::English].contains(&found.language)
            });
            let priced = if has_price(&words, line) { PRICE } else { 0 };
            mentions.push(names.fold(priced, |bits, found| bits | found.topic.bit()));
            for word in words {
                for term in words::terms(word, self.language) {
                    *counts.entry(term).or_default() += weight;
                }
                // Keys are often written without umlauts.
                if weight == HEAD
                    && let Some(plain) = words::without_digraphs(word.text)
                {
                    *counts.entry(words::stem(&plain, self.language)).or_default() += weight;
                }
                if !word.is_cjk {
                    self.vocabulary.insert((word.text.to_owned(), words::stem(word.text, self.language)));
                }
            }
        }
        let title = passage.head.split(',').next().unwrap_or_default();
        let mut folded = words::fold(title);
        if let Some(plain) = words::without_digraphs(&folded) {
            folded = format!("{folded} {plain}");
        }
        let terms = words::split(&folded).into_iter().flat_map(|word| words::terms(word, self.language));
        self.titles.push((terms.take(MAX_TERMS).collect(), title.split_whitespace().count()));
        self.lengths.push(counts.values().copied().map(f64::from).sum());
        self.mentions.push(mentions);
        for (term, count) in counts {
            self.postings.entry(term).or_default().push((number, count));
        }
    }

    /// Returns the lines of a passage that mention a topic.
    pub(super) fn lines_about(&self, passage: usize, topic: Topic) -> impl Iterator<Item = &String> {
        let mentions = self.mentions[passage].iter().skip(1);
        let lines = self.passages[passage].lines.iter().zip(mentions);
        lines.filter(move |(_, bits)| *bits & topic.bit() != 0).map(|(line, _)| line)
    }

    /// Returns the lines of a passage with an amount of money.
    pub(super) fn lines_with_price(&self, passage: usize) -> impl Iterator<Item = &String> {
        let lines = self.passages[passage].lines.iter().zip(self.mentions[passage].iter().skip(1));
        lines.filter(|(_, bits)| *bits & PRICE != 0).map(|(line, _)| line)
    }

    /// Returns whether a line of a passage contains an amount of money.
    pub(super) fn has_price(&self, passage: usize) -> bool {
        self.mentions[passage].iter().any(|bits| bits & PRICE != 0)
    }

    pub(super) fn mentions(&self, passage: usize, topic: Topic) -> bool {
        self.mentions[passage].iter().any(|bits| bits & topic.bit() != 0)
    }

    /// Returns the terms of a question's words that have a subject, with similar words for those that the notes do not contain.
    pub(super) fn terms<'w>(
        &self,
        question: impl IntoIterator<Item = Word<'w>>,
        asked: Language,
    ) -> Vec<Term> {
        let mut terms: Vec<Term> = Vec::new();
        let mut unknown = 0;
        for word in question {
            if terms.len() >= MAX_TERMS {
                break;
            }
            if words::is_stop_word(word.text, asked) || words::is_stop_word(word.text, Language::English) {
                continue;
            }
            for key in words::terms(word, self.language) {
                if GENERAL_CHARACTERS.contains(&key.as_str()) {
                    continue;
                }
                let shown = if word.is_cjk { key.clone() } else { word.text.to_owned() };
                if terms.iter().all(|term| term.word != shown) {
                    let term = self.term(shown, key, &word, asked, unknown < MAX_SIMILAR);
                    unknown += usize::from(!term.is_certain());
                    terms.push(term);
                }
            }
        }
        terms
    }

    /// Returns the terms of a question's longer words, also of those without a subject.
    pub(super) fn weak_terms(&self, text: &str, asked: Language) -> Vec<Term> {
        const SHORTEST: usize = 4;
        #[rustfmt::skip]
        const WEAKEST: [&str; 30] = [
            "what", "when", "where", "which", "whom", "your", "yours", "have", "does", "about", "with", "that", "this", "there", "from",
            "eine", "einen", "dein", "deine", "welche", "welcher", "haben", "quel", "quelle", "votre", "vous", "avec", "como", "cosa", "esta",
        ];
        let folded = words::fold(text);
        let words = words::split(&folded).into_iter().filter(|word| !word.is_cjk).take(MAX_TERMS);
        let long = words.filter(|word| word.text.len() >= SHORTEST && !WEAKEST.contains(&word.text));
        let terms = long.map(|word| {
            self.term(word.text.to_owned(), words::stem(word.text, self.language), &word, asked, false)
        });
        terms.filter(Term::is_known).collect()
    }

    fn term(&self, word: String, key: String, of: &Word<'_>, asked: Language, has_similar: bool) -> Term {
        let mut keys = vec![(key, 1.0)];
        let synonyms = words::synonyms(of.text, asked).iter().filter(|synonym| *synonym != of.text);
        keys.extend(synonyms.flat_map(|synonym| {
            let split = words::split(synonym);
            split
                .into_iter()
                .flat_map(|word| words::terms(word, self.language))
                .map(|key| (key, SYNONYM))
                .collect::<Vec<_>>()
        }));
        keys.retain(|(key, weight)| {
            // The stem of a word of another language can be a word without a subject.
            let is_subject = *weight >= 1.0 || !words::is_stop_word(key, self.language);
            is_subject && self.postings.contains_key(key)
        });
        if keys.is_empty()
            && let Some(plain) = words::without_digraphs(of.text)
        {
            keys.push((words::stem(&plain, self.language), 1.0));
            keys.retain(|(key, _)| self.postings.contains_key(key));
        }
        let is_similar = keys.is_empty();
        if is_similar && has_similar && !of.is_cjk {
            keys = self.similar(of.text, words::synonyms(of.text, asked));
        }
        let held = keys.iter().map(|(key, _)| self.postings[key].len()).max().unwrap_or_default();
        // A word that the notes do not contain is often a verb with another ending.
        let rarity = rarity(as_f64(self.passages.len()), as_f64(held.max(1)));
        let weight = if keys.is_empty() { rarity * UNKNOWN } else { rarity };
        Term { word, keys, weight, is_similar }
    }

    /// Returns the words of the notes that contain this one or a synonym as a part, or that differ by a typing error.
    fn similar(&self, word: &str, synonyms: &[String]) -> Vec<(String, f64)> {
        let length = word.chars().count();
        if length < 4 {
            return Vec::new();
        }
        // English words are often the start of unrelated ones.
        let shortest = match self.language {
            Language::English => 6,
            Language::German => 4,
            _ => 5,
        };
        let words = std::iter::once(word).chain(synonyms.iter().map(String::as_str));
        let stems = words.map(|word| words::stem(word, self.language));
        let stems: Vec<String> = stems.filter(|stem| stem.is_ascii() && stem.len() >= shortest).collect();
        // German compounds begin or end with another word.
        let is_compound = |known: &str| {
            stems.iter().any(|stem| {
                let is_long = stem.len() > 4 || known.len() >= 2 * stem.len();
                let ends = self.language == Language::German && stem.len() > 4 && known.ends_with(stem);
                is_long && known.starts_with(stem) || ends
            })
        };
        let is_similar = |known: &str| {
            let is_end = length >= 5 && self.language == Language::German && known.ends_with(word);
            let is_part = length >= 6 && (known.starts_with(word) || known.ends_with(word)) || is_end;
            let contains = known.len() >= 7 && (word.starts_with(known) || word.ends_with(known));
            is_part || contains || words::is_related(word, known) || words::is_misspelled(word, known)
        };
        words::work::add(self.vocabulary.len());
        let known = self.vocabulary.iter().filter(|(known, stem)| is_compound(stem) || is_similar(known));
        known.map(|(_, stem)| (stem.clone(), SIMILAR)).collect()
    }

    /// Returns the passages that contain a term, the best one first.
    pub(super) fn search(&self, terms: &[Term]) -> Vec<Hit> {
        let mut found: HashMap<usize, (f64, f64)> = HashMap::new();
        for term in terms {
            let mut best: HashMap<usize, f64> = HashMap::new();
            for (key, weight) in &term.keys {
                words::work::add(self.postings[key].len());
                for (passage, count) in &self.postings[key] {
                    let norm = K1 * (1.0 - B + B * self.lengths[*passage] / self.mean_length);
                    let count = f64::from(*count);
                    let score = weight * term.weight * count * (K1 + 1.0) / (count + norm);
                    let held = best.entry(*passage).or_default();
                    *held = held.max(score);
                }
            }
            for (passage, score) in best {
                let sums = found.entry(passage).or_default();
                sums.0 += score;
                sums.1 += term.weight;
            }
        }
        let total: f64 = terms.iter().map(|term| term.weight).sum();
        let hits = found.into_iter();
        let mut hits: Vec<Hit> =
            hits.map(|(passage, (score, held))| Hit { passage, score, coverage: held / total }).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.passage.cmp(&b.passage)));
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
        let folded = words::fold(line);
        let held: HashSet<String> =
            words::split(&folded).into_iter().flat_map(|word| words::terms(word, self.language)).collect();
        terms.iter().filter(|term| term.keys.iter().any(|(key, _)| held.contains(key))).count()
    }

    /// Returns whether the notes contain a folded word.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.postings.contains_key(&words::stem(word, self.language))
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
    let is_number = |word: &Word<'_>| word.text.starts_with(|letter: char| letter.is_ascii_digit());
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
