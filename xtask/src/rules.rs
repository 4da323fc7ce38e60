//! The rules that no ready-made tool checks, each a function of one source file.

use std::fs;

use anyhow::{Context, Result, bail};
use xtask::workspace;

use crate::command::{program, read};

const MOST_LINES: usize = 400;

/// How a long file's second line says why it is one.
const REASON: &str = "//! Long because ";

/// Words that say nothing about the thing they name.
const UNUSED_WORDS: [&str; 7] = ["state", "manager", "handler", "helper", "util", "utils", "common"];

/// What comes before a name that we gave.
const DEFINITIONS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "mod", "const"];

/// A complaint: the line, from 1, and what is wrong there.
pub(crate) type Complaint = (usize, String);

/// Puts every Rust file of the repository through one rule.
pub(crate) fn check(rule: fn(&str) -> Vec<Complaint>) -> Result<()> {
    let listed =
        read(&mut program("git", &["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"]))?;
    let mut complaints = 0;
    for path in listed.lines() {
        let file = workspace::root().join(path);
        // Git still lists a file that was just removed.
        if !file.exists() {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("could not read {path}"))?;
        for (line, complaint) in rule(&text) {
            eprintln!("{path}:{line}: {complaint}");
            complaints += 1;
        }
    }
    if complaints > 0 {
        bail!("complaints: {complaints}");
    }
    Ok(())
}

pub(crate) fn opening(text: &str) -> Vec<Complaint> {
    if text.starts_with("//! ") {
        return Vec::new();
    }
    vec![(1, "the file does not open with a `//!` sentence that says what it is for".to_owned())]
}

pub(crate) fn size(text: &str) -> Vec<Complaint> {
    let lines = text.lines().count();
    if lines <= MOST_LINES || text.lines().take(3).any(|line| line.starts_with(REASON)) {
        return Vec::new();
    }
    vec![(lines, format!("{lines} lines; split it, or say why not in a second line `{REASON}…`"))]
}

pub(crate) fn leftovers(text: &str) -> Vec<Complaint> {
    // Written in two parts, so that this file passes.
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[", "allow("), concat!("#![", "allow(")];
    let complain = |(number, line): (usize, &str)| {
        let mark = marks.iter().find(|mark| line.contains(**mark))?;
        Some((number + 1, format!("`{mark}` is left over")))
    };
    text.lines().enumerate().filter_map(complain).collect()
}

pub(crate) fn names(text: &str) -> Vec<Complaint> {
    let complain = |(number, line): (usize, &str)| {
        let name = defined(line)?;
        let word = words(name).into_iter().find(|word| UNUSED_WORDS.contains(&word.as_str()))?;
        Some((number + 1, format!("`{name}`: `{word}` says nothing about it")))
    };
    text.lines().enumerate().filter_map(complain).collect()
}

/// The name that a line gives to something.
fn defined(line: &str) -> Option<&str> {
    let mut tokens = line.split_whitespace();
    let modifiers =
        |token: &&str| !token.starts_with("pub") && !["async", "unsafe", "default"].contains(token);
    let keyword = tokens.find(modifiers)?;
    if !DEFINITIONS.contains(&keyword) {
        return None;
    }
    tokens.next()?.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// `parse_HttpURL` in words, lower case: a word ends before `_` and before a capital.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_a_sentence() {
        assert_eq!(opening("//! Does one thing.\nfn main() {}\n"), []);
        assert_eq!(opening("use std::fs;\n").len(), 1);
        assert_eq!(opening("").len(), 1);
    }

    #[test]
    fn a_long_file_says_why() {
        let long = |second: &str| format!("//! Much.\n{second}\n{}", "x\n".repeat(MOST_LINES));
        assert_eq!(size(&"x\n".repeat(MOST_LINES)), []);
        assert_eq!(size(&long("//!")).len(), 1);
        assert_eq!(size(&long("//! Long because it is a table.")), []);
    }

    #[test]
    fn leftovers_are_found_by_line() {
        let text =
            ["//! Fine.", concat!("#[", "allow(dead_code)]"), concat!("// TO", "DO: later")].join("\n");
        let lines: Vec<_> = leftovers(&text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn unused_words_are_found_in_definitions_only() {
        let table = [
            ("pub(crate) struct LockManager {", 1),
            ("pub async fn load_state(", 1),
            ("mod util;", 1),
            ("enum Statement {", 0),
            ("use hyper_util::rt;", 0),
            ("let state = 1;", 0),
            ("fn estate() {", 0),
            ("}", 0),
        ];
        for (line, complaints) in table {
            assert_eq!(names(line).len(), complaints, "{line}");
        }
    }
}
