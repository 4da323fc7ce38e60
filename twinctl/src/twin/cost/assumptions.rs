//! The assumptions of an estimate about visitors and answers.

use persona::price::{ANSWER_TOKENS, OTHER_TOKENS};
use serde::Serialize;

/// The size of the data files, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "source", content = "tokens")]
pub(crate) enum DataTokens {
    /// Counted in the data files.
    Measured(u64),
    /// From the command line.
    Chosen(u64),
    /// The data files cannot be read without a key or the network.
    Assumed(u64),
}

impl DataTokens {
    /// A resume of three pages, and some questions and answers.
    const TYPICAL: u64 = 3_000;

    pub(crate) fn measured(tokens: Option<usize>) -> Self {
        tokens.map_or(Self::Assumed(Self::TYPICAL), |tokens| Self::Measured(tokens as u64))
    }

    pub(super) const fn count(self) -> u64 {
        match self {
            Self::Measured(tokens) | Self::Chosen(tokens) | Self::Assumed(tokens) => tokens,
        }
    }
}

/// The assumptions of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Assumptions {
    /// Questions with their answers, in a month.
    pub(crate) turns: u64,
    pub(crate) turns_per_conversation: u64,
    pub(crate) data_tokens: DataTokens,
    /// The other input tokens of a turn: instructions, question and part of the conversation.
    pub(crate) other_tokens: u64,
    pub(crate) answer_tokens: u64,
    /// How long the function works for a turn, mostly waiting for the model.
    pub(crate) answer_seconds: f64,
}

impl Assumptions {
    pub(crate) const TURNS: u64 = 10_000;
    pub(crate) const TURNS_PER_CONVERSATION: u64 = 5;
    pub(crate) const ANSWER_SECONDS: f64 = 4.0;

    /// Returns the default assumptions.
    pub(crate) const fn new(data_tokens: DataTokens) -> Self {
        Self {
            turns: Self::TURNS,
            turns_per_conversation: Self::TURNS_PER_CONVERSATION,
            data_tokens,
            other_tokens: OTHER_TOKENS,
            answer_tokens: ANSWER_TOKENS,
            answer_seconds: Self::ANSWER_SECONDS,
        }
    }

    pub(super) const fn conversations(&self) -> u64 {
        self.turns.div_ceil(if self.turns_per_conversation == 0 { 1 } else { self.turns_per_conversation })
    }
}
