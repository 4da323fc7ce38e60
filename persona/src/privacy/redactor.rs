//! Redacts private data consistently in all files.

use std::collections::{BTreeMap, BTreeSet};

use super::finder::{Finder, Match};
use super::structured::{self, Replacement};
use super::{Allow, PrivateKind, Redaction, text};
use crate::names;

/// Redacts private data in texts. A text that is private in one file is redacted in all of them.
#[derive(Debug)]
pub(crate) struct Redactor<'a> {
    finder: Finder<'a>,
    /// The names of texts without private data of their own.
    clean: BTreeSet<String>,
}

/// The minimum length and number of digits of a match that is redacted in other files too. Shorter ones would also
/// match other texts.
const MIN_LETTERS: usize = 7;
const MIN_DIGITS: usize = 3;

/// How often a text is searched. The second pass finds what the first one revealed, and later ones hardly anything.
const PASSES: usize = 16;

impl<'a> Redactor<'a> {
    /// Searches all texts for private data. Each comes with its file name.
    pub(crate) fn new<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>, allow: &'a Allow) -> Self {
        let finder = Finder::new(allow);
        let mut known = BTreeMap::new();
        let mut clean = BTreeSet::new();
        for (name, text) in texts {
            let replacements = replacements(name, text, &finder);
            if replacements.is_empty() {
                clean.insert(name.to_owned());
            }
            for Replacement { found, .. } in replacements {
                let text = text[found.range].trim_matches(['"', '\'']);
                if is_specific(text) {
                    known.insert(text.to_owned(), found.kind);
                }
            }
        }
        Self { finder: Finder::with_known(allow, &known), clean }
    }

    /// Redacts one of the texts.
    pub(crate) fn redact(&self, name: &str, text: &str) -> (String, Vec<Redaction>) {
        let mut redacted = text.to_owned();
        let mut redactions = Vec::new();
        if self.clean.contains(name) && !self.finder.contains_known(text) {
            return (redacted, redactions);
        }
        // A redaction can reveal another match beside it.
        for _ in 0..PASSES {
            let replacements = replacements(name, &redacted, &self.finder);
            if replacements.is_empty() {
                break;
            }
            redactions.extend(list_redactions(name, &redacted, &replacements));
            redacted = if names::is_data(name) {
                replace(&redacted, &replacements)
            } else {
                redact_text(&redacted, replacements)
            };
        }
        (redacted, redactions)
    }
}

fn is_specific(found: &str) -> bool {
    let digits = found.bytes().filter(u8::is_ascii_digit).count();
    found.chars().count() >= MIN_LETTERS && digits >= MIN_DIGITS
}

/// Returns the replacements in a file. Invalid JSON and YAML is searched as plain text.
fn replacements(name: &str, text: &str, finder: &Finder<'_>) -> Vec<Replacement> {
    let data = if names::is_data(name) { structured::replacements(text, finder) } else { None };
    data.unwrap_or_else(|| {
        finder.find(text).into_iter().map(|found| Replacement { found, with: text::REDACTED }).collect()
    })
}

fn redact_text(text: &str, replacements: Vec<Replacement>) -> String {
    let matches: Vec<Match> = replacements.into_iter().map(|replacement| replacement.found).collect();
    text::redact(text, &matches)
}

fn replace(text: &str, replacements: &[Replacement]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut at = 0;
    for Replacement { found, with } in replacements {
        replaced.push_str(&text[at..found.range.start]);
        replaced.push_str(with);
        at = found.range.end;
    }
    replaced.push_str(&text[at..]);
    replaced
}

fn list_redactions(name: &str, text: &str, replacements: &[Replacement]) -> Vec<Redaction> {
    let mut line = 1;
    let mut at = 0;
    let redaction = |Replacement { found: Match { range, kind }, .. }: &Replacement| {
        line += text[at..range.start].matches('\n').count();
        at = range.start;
        Redaction { file: name.to_owned(), line, kind: *kind, masked: masked(*kind, &text[range.clone()]) }
    };
    replacements.iter().map(redaction).collect()
}

/// Returns the start and the end of a match, from which the owner recognizes it.
fn masked(kind: PrivateKind, found: &str) -> String {
    let letters: Vec<char> = found
        .trim_matches(['"', '\''])
        .chars()
        .map(|letter| if letter == '\n' { ' ' } else { letter })
        .collect();
    let (start, end) = match (kind, letters.len()) {
        (_, 0..=5) => (1, 0),
        (_, 6..=8) => (2, 1),
        _ => (3, 2),
    };
    let (start, end) = (&letters[..start.min(letters.len())], &letters[letters.len().saturating_sub(end)..]);
    start.iter().chain(&['…']).chain(end).collect()
}
