//! A pattern in the list of phrases.

use anyhow::{Context, Result, ensure};

use super::prose::Sentence;

/// Shorter sentences are keywords and values rather than prose, such as a value in JSON.
const FEWEST_WORDS: usize = 3;

#[derive(Clone, Debug)]
pub(super) struct Pattern {
    elements: Vec<Element>,
    /// Matches only the beginning of a sentence that is neither a question nor a heading.
    opens_statement: bool,
    /// The pattern does not match if one of these words follows.
    unless_followed_by: Vec<String>,
    /// `None` for a phrase that is always allowed.
    replacement: Option<String>,
}

#[derive(Clone, Debug)]
enum Element {
    OneOf(Vec<String>),
    Any,
    Number,
}

impl Pattern {
    /// Reads `PATTERN = REPLACEMENT`.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let (pattern, replacement) = line.split_once('=').context("no `=`")?;
        let (opens_statement, pattern) = match pattern.trim().strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, pattern.trim()),
        };
        let (pattern, unless_followed_by) = match pattern.split_once('!') {
            Some((pattern, words)) => (pattern, alternatives(words.trim())),
            None => (pattern, Vec::new()),
        };
        let elements: Vec<_> = pattern.split_whitespace().map(Element::parse).collect();
        ensure!(matches!(elements.first(), Some(Element::OneOf(_))), "the first element is not a word");
        let replacement = Some(replacement.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Self { elements, opens_statement, unless_followed_by, replacement })
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn replacement(&self) -> Option<&str> {
        self.replacement.as_deref()
    }

    pub(super) fn first_words(&self) -> &[String] {
        match self.elements.first() {
            Some(Element::OneOf(words)) => words,
            _ => &[],
        }
    }

    /// Whether the words of a sentence from `at` on match.
    pub(super) fn matches(&self, sentence: &Sentence, at: usize) -> bool {
        if self.opens_statement && (at > 0 || !sentence.is_statement()) {
            return false;
        }
        if self.len() == 1 && sentence.words.len() < FEWEST_WORDS {
            return false;
        }
        let Some(words) = sentence.words.get(at..at + self.len()) else { return false };
        let is_unbroken = words.iter().skip(1).all(|word| word.follows_directly);
        let matches = |(element, word): (&Element, &super::prose::Word)| element.matches(&word.lower);
        is_unbroken && self.elements.iter().zip(words).all(matches) && !self.is_excluded(sentence, at)
    }

    fn is_excluded(&self, sentence: &Sentence, at: usize) -> bool {
        let next = sentence.words.get(at + self.len()).filter(|word| word.follows_directly);
        next.is_some_and(|word| self.unless_followed_by.contains(&word.lower))
    }
}

impl Element {
    fn parse(text: &str) -> Self {
        match text {
            "*" => Self::Any,
            "#" => Self::Number,
            _ => Self::OneOf(alternatives(text)),
        }
    }

    fn matches(&self, word: &str) -> bool {
        match self {
            Self::OneOf(words) => words.iter().any(|candidate| candidate == word),
            Self::Any => true,
            Self::Number => word.chars().all(|letter| letter.is_ascii_digit()),
        }
    }
}

fn alternatives(text: &str) -> Vec<String> {
    text.split('|').map(str::to_owned).collect()
}
