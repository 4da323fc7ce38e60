//! The statistics of a day and of a period.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// The use and the cost of a day or of a period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) visitors: u64,
    pub(crate) conversations: u64,
    /// Answered questions.
    pub(crate) turns: u64,
    /// Turns whose question the data files do not answer.
    pub(crate) unanswered: u64,
    /// Questions that got no answer because of an error.
    pub(crate) failed: u64,
    /// All input tokens, including the cached ones.
    pub(crate) input_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) output_tokens: u64,
    /// The price of the tokens, as far as the prices of the models are known.
    pub(crate) usd: f64,
    /// The time until an answer is complete, in milliseconds. `None` without a turn.
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
}

impl Figures {
    /// Returns the share of turns that the data files do not answer.
    pub(super) fn unanswered_share(&self) -> Option<f64> {
        let (unanswered, turns) = (number(self.unanswered), number(self.turns));
        (self.turns > 0).then(|| unanswered / turns)
    }
}

/// A day in UTC.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Day {
    pub(crate) date: Date,
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

/// The statistics of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Stats {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) total: Figures,
    pub(crate) days: Vec<Day>,
    /// Models whose price is unknown, so that the dollars lack them.
    pub(crate) unpriced_models: BTreeSet<String>,
}

#[expect(clippy::cast_precision_loss, reason = "for shares and plots")]
pub(super) const fn number(count: u64) -> f64 {
    count as f64
}
