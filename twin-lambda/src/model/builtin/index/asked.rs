//! The words of a question as terms of the index.

use super::super::language::Language;
use super::super::words::{self, Word};
use super::term::UNKNOWN;
use super::{Index, Key, MAX_TERMS, SYNONYM, Term, as_f64, rarity};

/// Single Japanese characters that are stop words.
const GENERAL_CHARACTERS: [&str; 9] = ["何", "誰", "私", "今", "方", "事", "時", "人", "的"];
/// Unknown words of a question for which similar ones are searched in all notes.
const MAX_SIMILAR: usize = 12;

impl Index {
    /// Returns the terms of a question's words except stop words, with similar words for those that the notes do not
    /// contain.
    pub(in super::super) fn terms<'w>(
        &self,
        question: impl IntoIterator<Item = Word<'w>>,
        asked: Language,
    ) -> Vec<Term> {
        let words: Vec<Word<'w>> = question.into_iter().collect();
        let mut terms: Vec<Term> = Vec::new();
        let mut joined = false;
        for (at, word) in words.iter().copied().enumerate() {
            let is_stop_word =
                words::is_stop_word(word.text, asked) || words::is_stop_word(word.text, Language::English);
            if std::mem::take(&mut joined) || is_stop_word {
                continue;
            }
            if terms.len() >= MAX_TERMS {
                break;
            }
            if let Some(term) = words.get(at + 1).and_then(|next| self.joined(word, *next, asked)) {
                terms.push(term);
                joined = true;
                continue;
            }
            let parts = self.parts(word.text, asked).map(|parts| parts.map(|text| Word { text, ..word }));
            // An article can be a part, as in "La Baule".
            let is_article = |part: &Word<'_>| words::is_stop_word(part.text, self.language);
            let parts = parts.as_ref().map_or(std::slice::from_ref(&word), |parts| parts);
            for part in parts.iter().filter(|part| parts.len() == 1 || !is_article(part)) {
                self.add_terms(*part, asked, &mut terms);
            }
        }
        terms
    }

    /// Adds the terms of a word that are not among them yet.
    fn add_terms(&self, word: Word<'_>, asked: Language, terms: &mut Vec<Term>) {
        for key in words::terms(word, self.language) {
            if GENERAL_CHARACTERS.contains(&key.as_str()) {
                continue;
            }
            let shown = if word.is_cjk { key.clone() } else { word.text.to_owned() };
            if terms.iter().all(|term| term.word != shown) {
                let unknown = terms.iter().filter(|term| !term.is_certain()).count();
                terms.push(self.term(shown, key, &word, asked, unknown < MAX_SIMILAR));
            }
        }
    }

    /// Returns the term of two words that the notes write as one, such as "fork lift".
    fn joined(&self, first: Word<'_>, second: Word<'_>, asked: Language) -> Option<Term> {
        let is_beside =
            first.end() + 1 == second.start && !first.is_cjk && first.text.len() + second.text.len() >= 7;
        let has_both = || self.has_word(first.text) && self.has_word(second.text);
        if !is_beside || first.text.len() < 3 || second.text.len() < 3 || has_both() {
            return None;
        }
        let text = format!("{}{}", first.text, second.text);
        let key = words::stem(&text, self.language);
        let word = Word { text: &text, ..first };
        self.has_word(&text).then(|| self.term(text.clone(), key, &word, asked, false))
    }

    /// Returns the terms of a question's longer words, including stop words.
    pub(in super::super) fn weak_terms(&self, text: &str, asked: Language) -> Vec<Term> {
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
        let synonyms = words::synonyms(of.text, asked).iter().filter(|synonym| *synonym != of.text);
        let synonyms = synonyms.flat_map(|synonym| {
            let words = words::split(synonym);
            words.into_iter().flat_map(|word| words::terms(word, self.language)).collect::<Vec<_>>()
        });
        // The stem of a word of another language can be a stop word.
        let synonyms = synonyms.filter(|key| !words::is_stop_word(key, self.language));
        let named = std::iter::once((key, 1.0)).chain(synonyms.map(|key| (key, SYNONYM)));
        let mut keys: Vec<(Key, f64)> =
            named.filter_map(|(key, weight)| Some((*self.keys.get(&key)?, weight))).collect();
        if keys.is_empty() && !of.is_cjk {
            let plain = || self.key_of(&words::without_digraphs(of.text)?);
            keys.extend(self.key_of(of.text).or_else(plain).map(|key| (key, 1.0)));
        }
        let is_similar = keys.is_empty();
        if !is_similar && self.language == Language::German && !of.is_cjk {
            keys.extend(self.compounds(of.text));
        }
        if is_similar && has_similar && !of.is_cjk {
            keys = self.similar(of.text, words::synonyms(of.text, asked));
        }
        let held = keys.iter().map(|(key, _)| self.postings[*key].len()).max().unwrap_or_default();
        // A word that the notes do not contain is often a verb with another ending.
        let rarity = rarity(as_f64(self.passages.len()), as_f64(held.max(1)));
        let weight = if keys.is_empty() { rarity * UNKNOWN } else { rarity };
        Term { word, keys, weight, is_similar }
    }
}
