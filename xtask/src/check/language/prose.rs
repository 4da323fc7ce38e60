//! The sentences of a file: its comments, strings and the names that it defines, or all of it where it is not Rust.

mod block;
mod rust;
mod text;

pub(super) use block::{Block, Sentence, Word};

use crate::check::source::extension;

/// Splits a file into blocks. Of Rust only comments, strings and the names of definitions are prose.
pub(super) fn blocks(path: &str, text: &str) -> Vec<Block> {
    if extension(path) == "rs" { rust::blocks(text) } else { text::blocks(path, text) }
}
