//! The comments, strings and defined names of a Rust file.

use super::block::Block;
use crate::check::lexer::{Kind, Token, tokens};

/// Keywords that precede the name of an item.
const DEFINITIONS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "mod", "const", "static"];

/// The longest marks first.
const MARKS: [&str; 4] = ["///", "//!", "//", "/*"];

pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let tokens = tokens(text);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let block = |text: String| Block { line: token.line, text, is_title: false };
        let is_defined = at > 0 && DEFINITIONS.contains(&tokens[at - 1].text);
        match token.kind {
            Kind::Comment => {
                let (text, length) = comment(&tokens[at..]);
                blocks.push(block(text));
                at += length;
                continue;
            }
            Kind::Text => blocks.push(block(token.text.to_owned())),
            Kind::Name if is_defined => blocks.push(block(token.text.to_owned())),
            _ => {}
        }
        at += 1;
    }
    blocks
}

/// Joins comments with the same marks on consecutive lines, and counts them.
fn comment(tokens: &[Token]) -> (String, usize) {
    let first = &tokens[0];
    let is_next = |(at, token): &(usize, &Token)| {
        token.kind == Kind::Comment && token.line == first.line + at && mark(token) == mark(first)
    };
    let joined: Vec<_> =
        tokens.iter().enumerate().take_while(is_next).map(|(_, token)| content(token)).collect();
    (joined.join("\n"), joined.len())
}

fn mark(comment: &Token) -> &'static str {
    MARKS.into_iter().find(|mark| comment.text.starts_with(mark)).unwrap_or_default()
}

/// The text of a comment. An empty line separates paragraphs as `|` separates cells of a table.
fn content<'source>(comment: &Token<'source>) -> &'source str {
    let text = comment.text[mark(comment).len()..].trim();
    if text.is_empty() { "|" } else { text }
}
