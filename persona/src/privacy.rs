//! What of a person is left out unless they allow it: phone numbers, street addresses, birthdays.

mod address;
mod birthday;
mod fields;
mod found;
mod keys;
mod link;
mod phone;
mod screen;
mod text;
mod unescape;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

pub(crate) use screen::Screen;

use serde::{Deserialize, Serialize};

/// A kind of thing that visitors have no business knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Private {
    Phone,
    Address,
    Birthday,
}

/// What may go online all the same.
pub type Allow = BTreeSet<Private>;

/// Something that does not go online.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    pub file: String,
    /// From 1; of a PDF the line of its text.
    pub line: usize,
    pub kind: Private,
    /// Enough to recognise it, and no more.
    pub shown: String,
}

impl Private {
    pub const ALL: [Self; 3] = [Self::Phone, Self::Address, Self::Birthday];

    /// As it is written under `data.allow`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Birthday => "birthday",
        }
    }
}

impl fmt::Display for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Phone => "phone number",
            Self::Address => "street address",
            Self::Birthday => "birthday",
        })
    }
}

/// As people read it: where it is, what it is, and enough to recognise it.
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {} {}", self.file, self.line, self.kind, self.shown)
    }
}

impl FromStr for Private {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests;
