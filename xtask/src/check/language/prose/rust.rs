//! The comments, strings and defined names of a Rust file.

use super::Block;

/// Keywords that a name which we chose follows.
const DEFINITIONS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "mod", "const", "static"];

pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut scanner = Scanner { rest: text, line: 1, blocks: Vec::new() };
    let mut keyword = "";
    while !scanner.rest.is_empty() {
        if scanner.comment() || scanner.string() || scanner.quote() {
            continue;
        }
        let word = scanner.word();
        if DEFINITIONS.contains(&keyword) && !word.is_empty() {
            scanner.push(scanner.line, word.to_owned());
        }
        if !word.is_empty() {
            keyword = word;
        }
    }
    scanner.blocks
}

#[derive(Debug)]
struct Scanner<'text> {
    rest: &'text str,
    line: usize,
    blocks: Vec<Block>,
}

impl<'text> Scanner<'text> {
    fn push(&mut self, line: usize, text: String) {
        self.blocks.push(Block { line, text, is_title: false });
    }

    /// Moves on by a number of bytes.
    fn take(&mut self, bytes: usize) -> &'text str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Consecutive line comments with the same marker are one block.
    fn comment(&mut self) -> bool {
        if self.rest.starts_with("/*") {
            let line = self.line;
            let end = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
            let text = self.take(end).to_owned();
            self.push(line, text);
            return true;
        }
        let Some(marker) = ["///", "//!", "//"].into_iter().find(|marker| self.rest.starts_with(marker))
        else {
            return false;
        };
        let line = self.line;
        let mut text = String::new();
        loop {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            let content = self.take(end)[marker.len()..].trim();
            // An empty comment line ends a paragraph.
            text.push_str(if content.is_empty() { "|" } else { content });
            let next = self.rest.trim_start();
            let gap = self.rest.len() - next.len();
            let is_next_line = self.rest[..gap].matches('\n').count() == 1;
            if !is_next_line || !next.starts_with(marker) || (marker == "//" && is_doc(next)) {
                break;
            }
            self.take(gap);
            text.push('\n');
        }
        self.push(line, text);
        true
    }

    /// A string literal, raw or not.
    fn string(&mut self) -> bool {
        let after_prefix = self.rest.trim_start_matches(['b', 'c']);
        let prefix = self.rest.len() - after_prefix.len();
        let (raw, hashes) = match after_prefix.strip_prefix('r') {
            Some(rest) => (true, rest.len() - rest.trim_start_matches('#').len()),
            None => (false, 0),
        };
        let opening = prefix + usize::from(raw) + hashes;
        if prefix > 1 || !self.rest[opening..].starts_with('"') {
            return false;
        }
        self.take(opening + 1);
        let line = self.line;
        let end = if raw { raw_end(self.rest, hashes) } else { escaped_end(self.rest) };
        let text = self.take(end).to_owned();
        self.push(line, text);
        self.take(self.rest.len().min(1 + hashes));
        true
    }

    /// A character literal or the quote of a lifetime.
    fn quote(&mut self) -> bool {
        let Some(rest) = self.rest.strip_prefix('\'') else { return false };
        let mut letters = rest.char_indices();
        let length = match (letters.next(), letters.next()) {
            (Some((_, '\\')), Some((at, letter))) => {
                let from = at + letter.len_utf8();
                rest[from..].find('\'').map_or(from, |end| from + end + 1)
            }
            (Some(_), Some((at, '\''))) => at + 1,
            _ => 0,
        };
        self.take(1 + length);
        true
    }

    /// An identifier or number; empty for any other letter, which is skipped.
    fn word(&mut self) -> &'text str {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        if end > 0 {
            return self.take(end);
        }
        let letter = self.rest.chars().next().map_or(0, char::len_utf8);
        self.take(letter);
        ""
    }
}

fn is_doc(line: &str) -> bool {
    line.starts_with("///") || line.starts_with("//!")
}

/// The length of a raw string's content.
fn raw_end(text: &str, hashes: usize) -> usize {
    let closing = format!("\"{}", "#".repeat(hashes));
    text.find(&closing).unwrap_or(text.len())
}

/// The length of a string's content in which `\` escapes the next letter.
fn escaped_end(text: &str) -> usize {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return at,
            '\\' => drop(letters.next()),
            _ => {}
        }
    }
    text.len()
}
