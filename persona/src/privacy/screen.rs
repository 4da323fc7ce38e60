//! Leaves private things out of all files, the same in each.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{self, Change};
use super::found::{Finder, Found};
use super::{Allow, LeftOut, Private, text};
use crate::names;

/// Knows what was found in any of the files.
#[derive(Debug)]
pub(crate) struct Screen<'a> {
    finder: Finder<'a>,
    /// Names of texts in which nothing was found.
    clean: BTreeSet<String>,
}

/// Shorter or with fewer digits, it would be found again where it means something else.
const LETTERS: usize = 7;
const DIGITS: usize = 3;

impl<'a> Screen<'a> {
    /// Looks through all texts, by their names, before anything is taken out of one.
    pub(crate) fn new<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>, allow: &'a Allow) -> Self {
        let finder = Finder::new(allow);
        let mut known = BTreeMap::new();
        let mut clean = BTreeSet::new();
        for (name, text) in texts {
            let changes = changes(name, text, &finder);
            if changes.is_empty() {
                clean.insert(name.to_owned());
            }
            for change in changes {
                let found = text[change.found.range].trim_matches(['"', '\'']);
                if is_telling(found) {
                    known.insert(found.to_owned(), change.found.kind);
                }
            }
        }
        Self { finder: Finder::knowing(allow, &known), clean }
    }

    /// A text of those that were looked through, as it goes online.
    pub(crate) fn leave_out(&self, name: &str, text: &str) -> (String, Vec<LeftOut>) {
        let mut kept = text.to_owned();
        let mut left_out = Vec::new();
        if self.clean.contains(name) && !self.finder.knows(text) {
            return (kept, left_out);
        }
        // What was hidden by its neighbour is seen in the next look. Each takes digits away, so there is a last one.
        loop {
            let changes = changes(name, &kept, &self.finder);
            if changes.is_empty() {
                return (kept, left_out);
            }
            left_out.extend(told(name, &kept, &changes));
            kept = if names::is_data(name) { replaced(&kept, &changes) } else { without(&kept, changes) };
        }
    }
}

fn is_telling(found: &str) -> bool {
    let digits = found.bytes().filter(u8::is_ascii_digit).count();
    found.chars().count() >= LETTERS && digits >= DIGITS
}

/// Data that cannot be read as such is looked through like any text.
fn changes(name: &str, text: &str, finder: &Finder<'_>) -> Vec<Change> {
    let data = if names::is_data(name) { fields::changes(text, finder) } else { None };
    data.unwrap_or_else(|| {
        finder.find(text).into_iter().map(|found| Change { found, with: text::GONE }).collect()
    })
}

fn without(text: &str, changes: Vec<Change>) -> String {
    let all: Vec<Found> = changes.into_iter().map(|change| change.found).collect();
    text::leave_out(text, &all)
}

fn replaced(text: &str, changes: &[Change]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for Change { found, with } in changes {
        kept.push_str(&text[at..found.range.start]);
        kept.push_str(with);
        at = found.range.end;
    }
    kept.push_str(&text[at..]);
    kept
}

fn told(name: &str, text: &str, changes: &[Change]) -> Vec<LeftOut> {
    let mut line = 1;
    let mut at = 0;
    let tell = |Change { found: Found { range, kind }, .. }: &Change| {
        line += text[at..range.start].matches('\n').count();
        at = range.start;
        LeftOut { file: name.to_owned(), line, kind: *kind, shown: masked(*kind, &text[range.clone()]) }
    };
    changes.iter().map(tell).collect()
}

/// The start and the end: who knows it recognises it.
fn masked(kind: Private, found: &str) -> String {
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
