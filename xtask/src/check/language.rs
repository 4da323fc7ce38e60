//! `cargo xtask check language`: reports phrases that plain technical English has a better word for.

mod pattern;
mod prose;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use anyhow::{Context, Result};

use super::source::{Complaint, extension};
use pattern::Pattern;
use prose::{Block, Sentence};

/// One pattern with its replacement on each line. The file explains its own syntax.
const PHRASES: &str = include_str!("language/phrases.txt");

/// Files whose prose is not checked: sample and invented personas, generated bundles, lock files, words of
/// visitors, and the list of phrases itself.
const EXCLUDED: [&str; 9] = [
    "data/",
    "xtask/src/bench/answers/",
    "twin-lambda/src/model/builtin/words.txt",
    "twin-web/dist/",
    "twin-web/public/",
    "Cargo.lock",
    "package-lock.json",
    "language/phrases.txt",
    "language/tests.rs",
];

/// Extensions of the files that are checked.
const EXTENSIONS: [&str; 19] = [
    "css",
    "html",
    "js",
    "json",
    "md",
    "mjs",
    "py",
    "rs",
    "sh",
    "snap",
    "tf",
    "toml",
    "ts",
    "tsx",
    "txt",
    "webmanifest",
    "xml",
    "yaml",
    "yml",
];

/// Whether the file with this path, relative to the workspace, is checked.
pub(super) fn is_checked(path: &str) -> bool {
    EXTENSIONS.contains(&extension(path))
        && !EXCLUDED.iter().any(|excluded| path.starts_with(excluded) || path.ends_with(excluded))
}

/// The list of phrases, indexed by their first word.
#[derive(Debug)]
pub(super) struct Phrases(HashMap<String, Vec<Pattern>>);

impl Phrases {
    pub(super) fn load() -> Result<Self> {
        Self::parse(PHRASES)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut by_first_word: HashMap<String, Vec<Pattern>> = HashMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let pattern = Pattern::parse(line).with_context(|| format!("invalid phrase `{line}`"))?;
            for word in pattern.first_words() {
                by_first_word.entry(word.clone()).or_default().push(pattern.clone());
            }
        }
        // The longest phrase at a position is the one that is reported.
        for patterns in by_first_word.values_mut() {
            patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
        }
        Ok(Self(by_first_word))
    }

    /// Reports every phrase in a file. How comments are recognized depends on the extension of `path`.
    pub(super) fn check(&self, path: &str, text: &str) -> Vec<Complaint> {
        let blocks = prose::blocks(path, text);
        let sentences = blocks.iter().flat_map(Block::sentences);
        let mut complaints: Vec<_> = sentences.flat_map(|sentence| self.check_sentence(&sentence)).collect();
        complaints.sort();
        complaints
    }

    fn check_sentence(&self, sentence: &Sentence) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let mut at = 0;
        while at < sentence.words.len() {
            let word = &sentence.words[at];
            let patterns = self.0.get(&word.lower).map_or(&[][..], Vec::as_slice);
            let found = patterns.iter().find(|pattern| pattern.matches(sentence, at));
            let Some(pattern) = found else {
                at += 1;
                continue;
            };
            if let Some(replacement) = pattern.replacement() {
                let matched = &sentence.words[at..at + pattern.len()];
                let phrase: Vec<_> = matched.iter().map(|word| word.written.as_str()).collect();
                complaints.push((word.line, format!("\"{}\": write {replacement}", phrase.join(" "))));
            }
            at += pattern.len();
        }
        complaints
    }
}
