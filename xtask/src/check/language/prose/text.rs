//! The paragraphs of a file that is not Rust: Markdown, YAML, TypeScript, snapshots.

use super::block::Block;
use crate::check::source::extension;

/// Marks of comments, quotations and lists that may precede the words of a line.
const MARKERS: [&str; 12] = ["///", "//!", "//", "/**", "/*", "*/", "* ", "#", ">", "- ", "+ ", "<!--"];

/// Splits at empty lines, headings, list items, and where comments begin and end.
pub(super) fn blocks(path: &str, text: &str) -> Vec<Block> {
    let is_markdown = extension(path) == "md";
    let mut blocks: Vec<Block> = Vec::new();
    let mut last_marker = None;
    for (number, line) in text.lines().enumerate() {
        let (marker, words) = split_marker(line);
        let is_title = is_markdown && marker == "#";
        let begins_item = ["- ", "+ ", "/**", "/*"].contains(&marker) || is_numbered(words);
        let continues_item = marker.is_empty() && matches!(last_marker, Some("- " | "+ "));
        let is_same = last_marker == Some(marker) || continues_item || last_marker == Some("/**");
        if words.is_empty() {
            last_marker = None;
            continue;
        }
        match blocks.last_mut() {
            Some(block) if is_same && !begins_item && !is_title => {
                block.text.push('\n');
                block.text.push_str(words);
            }
            _ => blocks.push(Block { line: number + 1, text: words.to_owned(), is_title }),
        }
        last_marker = Some(if continues_item { "- " } else { marker }).filter(|_| !is_title);
    }
    blocks
}

/// The mark that a line begins with, and the rest. Several `#` are one mark.
fn split_marker(line: &str) -> (&'static str, &str) {
    let line = line.trim();
    let Some(marker) = MARKERS.into_iter().find(|marker| line.starts_with(marker)) else {
        return ("", line);
    };
    let rest = if marker == "#" { line.trim_start_matches('#') } else { &line[marker.len()..] };
    (marker, rest.trim())
}

/// Whether a line is an item of a numbered list.
fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(". ")
}
