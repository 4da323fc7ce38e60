//! Finds the words of the notes that are similar to a word which they do not contain.

use super::super::language::Language;
use super::super::words;
use super::{Index, Key, RELATED, SIMILAR, SYNONYM};

impl Index {
    /// Returns the translations of the parts of a German compound, such as "Welpenkurs", if the notes contain both.
    pub(super) fn parts(&self, word: &str) -> Vec<(Key, f64)> {
        const SHORTEST: usize = 4;
        let translated = |part: &str| -> Vec<(Key, f64)> {
            let own = words::has_synonyms(part).then_some(part).into_iter();
            let others = words::synonyms(part, Language::German).iter().map(String::as_str);
            let keys = own.chain(others).filter_map(|word| self.keys.get(&words::stem(word, self.language)));
            keys.map(|key| (*key, SYNONYM)).collect()
        };
        let cuts = word.char_indices().map(|(at, _)| at);
        let cuts = cuts.filter(|at| *at >= SHORTEST && word.len() - at >= SHORTEST);
        let found = cuts.map(|at| (translated(&word[..at]), translated(&word[at..])));
        let both = found.into_iter().find(|(first, last)| !first.is_empty() && !last.is_empty());
        both.map(|(first, last)| [first, last].concat()).unwrap_or_default()
    }

    /// Returns the compounds of the notes that begin with a word, such as "Stundensatz" for "Stunde".
    pub(super) fn compounds(&self, word: &str) -> Vec<(Key, f64)> {
        const SHORTEST: usize = 5;
        const MOST: usize = 20;
        if word.len() < SHORTEST {
            return Vec::new();
        }
        let from = self.vocabulary.range((word.to_owned(), String::new())..);
        let known = from.take_while(|(known, _)| {
            words::work::add(1);
            known.starts_with(word)
        });
        let known = known.filter(|(known, _)| known.len() >= word.len() + SHORTEST - 1).take(MOST);
        known.map(|(_, stem)| (self.keys[stem], RELATED)).collect()
    }

    /// Returns the words of the notes that contain this one or a synonym as a part, or that differ by a typing error.
    pub(super) fn similar(&self, word: &str, synonyms: &[String]) -> Vec<(Key, f64)> {
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
                let ends = self.language == Language::German && known.ends_with(stem);
                is_long && (known.starts_with(stem) || ends)
            })
        };
        let is_similar = |known: &str| {
            let is_end = length >= 5 && self.language == Language::German && known.ends_with(word);
            let is_part = length >= 6 && (known.starts_with(word) || known.ends_with(word)) || is_end;
            let contains = known.len() >= 7 && (word.starts_with(known) || word.ends_with(known));
            is_part || contains || words::is_misspelled(word, known)
        };
        words::work::add(self.vocabulary.len());
        let weight = |(known, stem): &(String, String)| {
            let weight = if is_compound(stem) || is_similar(known) { SIMILAR } else { RELATED };
            (weight > RELATED || words::is_related(word, known)).then_some(weight)
        };
        let known = self.vocabulary.iter().filter_map(|entry| Some((&entry.1, weight(entry)?)));
        known.map(|(stem, weight)| (self.keys[stem], weight)).collect()
    }
}
