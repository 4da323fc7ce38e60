//! Redacts phone numbers, street addresses and birthdays, unless the owner allows them.

mod address;
mod birthday;
mod finder;
mod fold;
mod keys;
mod phone;
mod redactor;
mod structured;
mod text;
mod unescape;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

pub(crate) use redactor::Redactor;

use serde::{Deserialize, Serialize};

/// A kind of private data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivateKind {
    Phone,
    Address,
    Birthday,
}

/// The kinds of private data that the owner allows.
pub type Allow = BTreeSet<PrivateKind>;

/// Private data that was redacted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redaction {
    pub file: String,
    /// The line, from 1. In a PDF, the line of its text.
    pub line: usize,
    pub kind: PrivateKind,
    /// The beginning and the end, so that the owner recognizes it.
    pub masked: String,
}

impl PrivateKind {
    pub const ALL: [Self; 3] = [Self::Phone, Self::Address, Self::Birthday];

    /// Returns the word for `data.allow`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Birthday => "birthday",
        }
    }
}

impl fmt::Display for PrivateKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Phone => "phone number",
            Self::Address => "street address",
            Self::Birthday => "birthday",
        })
    }
}

impl fmt::Display for Redaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {} {}", self.file, self.line, self.kind, self.masked)
    }
}

impl FromStr for PrivateKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests;
