//! The place of an error in a file.

use std::path::PathBuf;

/// The place of an error in a file. Lines and columns start at 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub path: PathBuf,
    pub line: usize,
    pub column: usize,
    pub message: String,
}
