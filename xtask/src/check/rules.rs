//! Rules about single Rust files: opening sentence, length, leftovers, names.

use super::source::Complaint;

const MOST_LINES: usize = 400;

/// The start of the line in which a long file gives its reason.
const REASON: &str = "//! Long because ";

/// Words too general to describe an item.
const BANNED_WORDS: [&str; 7] = ["state", "manager", "handler", "helper", "util", "utils", "common"];

/// Keywords that precede the name of an item.
const DEFINITIONS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "mod", "const"];

pub(super) fn opening(text: &str) -> Vec<Complaint> {
    if text.starts_with("//! ") {
        return Vec::new();
    }
    vec![(1, "the file does not open with a `//!` sentence".to_owned())]
}

pub(super) fn size(text: &str) -> Vec<Complaint> {
    let lines = text.lines().count();
    if lines <= MOST_LINES || text.lines().take(3).any(|line| line.starts_with(REASON)) {
        return Vec::new();
    }
    vec![(lines, format!("{lines} lines; split the file, or add a second line `{REASON}…`"))]
}

pub(super) fn leftovers(text: &str) -> Vec<Complaint> {
    // Split in two, so that this file does not match itself.
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[", "allow("), concat!("#![", "allow(")];
    let complain = |(number, line): (usize, &str)| {
        let mark = marks.iter().find(|mark| line.contains(**mark))?;
        Some((number + 1, format!("remove `{mark}`")))
    };
    text.lines().enumerate().filter_map(complain).collect()
}

pub(super) fn names(text: &str) -> Vec<Complaint> {
    let complain = |(number, line): (usize, &str)| {
        let name = defined(line)?;
        // Secrets Manager is a service of AWS.
        let word = words(&name.replace("secrets_manager", ""))
            .into_iter()
            .find(|word| BANNED_WORDS.contains(&word.as_str()))?;
        Some((number + 1, format!("`{name}`: `{word}` is too general for a name")))
    };
    text.lines().enumerate().filter_map(complain).collect()
}

/// The name of the item that a line defines, if any.
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

/// Splits a name into lowercase words, before each capital and at each `_`.
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
    fn requires_an_opening_sentence() {
        assert_eq!(opening("//! Does one thing.\nfn main() {}\n"), []);
        assert_eq!(opening("use std::fs;\n").len(), 1);
        assert_eq!(opening("").len(), 1);
    }

    #[test]
    fn requires_a_reason_for_a_long_file() {
        let long = |second: &str| format!("//! Much.\n{second}\n{}", "x\n".repeat(MOST_LINES));
        assert_eq!(size(&"x\n".repeat(MOST_LINES)), []);
        assert_eq!(size(&long("//!")).len(), 1);
        assert_eq!(size(&long("//! Long because it is a table.")), []);
    }

    #[test]
    fn finds_leftovers_by_line() {
        let text =
            ["//! Fine.", concat!("#[", "allow(dead_code)]"), concat!("// TO", "DO: later")].join("\n");
        let lines: Vec<_> = leftovers(&text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn finds_banned_words_in_definitions_only() {
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
