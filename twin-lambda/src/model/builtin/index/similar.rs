//! Finds the words of the notes that are similar to a word which they do not contain.

use super::super::language::Language;
use super::super::words;
use super::{Index, Key, RELATED, SIMILAR};

impl Index {
    /// Returns the parts of a word that the notes write apart, and those of a German compound that they do not contain, such as
    /// "Welpenkurs", if they contain both parts or their translations.
    pub(super) fn parts<'w>(&self, word: &'w str, asked: Language) -> Option<[&'w str; 2]> {
        const SHORTEST: usize = 4;
        const LONGEST: usize = 40;
        let is_known = |part: &str, language| {
            self.has_word(part) || words::synonyms(part, language).iter().any(|other| self.has_word(other))
        };
        let is_german = asked == Language::German || self.language == Language::German;
        if word.len() > LONGEST || is_known(word, asked) {
            return None;
        }
        let cuts = word.char_indices().map(|(at, _)| word.split_at(at));
        if let Some((first, last)) = cuts.clone().find(|(first, last)| self.are_beside(first, last)) {
            return Some([first, last]);
        }
        if !is_german {
            return None;
        }
        // As in "Arbeitszeit".
        let cuts = cuts.flat_map(|(first, last)| {
            [first, first.strip_suffix('s').unwrap_or(first)].map(|first| [first, last])
        });
        let is_part = |part: &&str| part.len() >= SHORTEST && is_known(part, Language::German);
        cuts.into_iter().find(|parts| parts.iter().all(is_part))
    }

    /// Returns whether the notes contain two words side by side, such as "Power BI" for one without a space.
    fn are_beside(&self, first: &str, last: &str) -> bool {
        const SHORTEST: usize = 4;
        let is_known = |word: &str| !word.is_empty() && self.has_word(word);
        first.len() + last.len() >= SHORTEST
            && is_known(first)
            && is_known(last)
            && [" ", "-"].iter().any(|gap| self.containing(&[first, gap, last].concat()).is_some())
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
            let is_long = length >= 5 || known.len() >= 2 * word.len();
            let is_end = is_long && self.language == Language::German && known.ends_with(word);
            let is_part = length >= 6 && (known.starts_with(word) || known.ends_with(word)) || is_end;
            // A German compound is about its last part.
            let is_head = self.language == Language::German && known.len() >= 5 && length >= known.len() + 4;
            let contains = known.len() >= 7 && word.starts_with(known)
                || (known.len() >= 7 || is_head) && word.ends_with(known);
            is_part || contains || words::is_misspelled(word, known)
        };
        let is_german = self.language == Language::German;
        words::work::add(self.vocabulary.len());
        let weight = |(known, stem): &(String, String)| {
            let weight = if is_compound(stem) || is_similar(known) { SIMILAR } else { RELATED };
            let is_related = words::is_related(word, known) || is_german && shares_part(word, known);
            (weight > RELATED || is_related).then_some(weight)
        };
        let known = self.vocabulary.iter().filter_map(|entry| Some((&entry.1, weight(entry)?)));
        known.map(|(stem, weight)| (self.keys[stem], weight)).collect()
    }
}

/// Returns whether two German words begin with the same other word, as "Berufspolitik" and "Berufsverband" do.
fn shares_part(word: &str, other: &str) -> bool {
    const LONG: usize = 6;
    let same = word.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let is_long = word.len().min(other.len()) >= same + 3;
    is_long
        && word.is_char_boundary(same)
        && (same >= LONG || same >= LONG - 1 && words::has_synonyms(&word[..same]))
}
