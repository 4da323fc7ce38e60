//! An error that the same command would meet again.

use std::{borrow::Cow, error::Error, fmt};

/// An error that does not pass by itself, with what to do instead of running the command again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastingError {
    pub message: String,
    pub hint: Cow<'static, str>,
}

impl fmt::Display for LastingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for LastingError {}
