//! The estimated price of one turn of a conversation.

pub use contract::models::Usage;
use contract::models::{self, AS_OF, Cache, Model, Provider};

/// An estimated price in US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub usd: f64,
    /// The price if the model has cached the data files in a previous turn.
    pub cached_usd: Option<f64>,
    pub as_of: &'static str,
}

/// The input tokens of a turn beside the data files: instructions, question and part of the conversation.
pub const OTHER_TOKENS: u64 = 1_200;
/// The output tokens of an answer with two paragraphs.
pub const ANSWER_TOKENS: u64 = 200;

/// Returns the price of one turn with data files of `tokens` tokens, or `None` if the model's price is unknown. The first
/// turn also pays for writing them into the cache.
#[expect(clippy::cast_precision_loss, reason = "an estimate of at most some millions")]
pub fn per_turn(provider: Provider, model: &str, tokens: usize) -> Option<Price> {
    let price = models::price(provider, model)?;
    let rest = OTHER_TOKENS as f64 * price.input + ANSWER_TOKENS as f64 * price.output;
    let data = tokens as f64;
    let is_cached = match Model::of(provider, model).cache {
        Cache::None => false,
        Cache::Automatic(minimum) | Cache::Point(minimum) => tokens >= usize::from(minimum),
    };
    let cached = price.cached_input.filter(|_| is_cached);
    let write = if cached.is_some() { price.cache_write } else { 1.0 };
    Some(Price {
        usd: (rest + data * price.input * write) / 1e6,
        cached_usd: cached.map(|cached| (rest + data * cached) / 1e6),
        as_of: AS_OF,
    })
}

/// Returns the price of a call in US dollars, or `None` if the model's price is unknown.
pub fn of_call(provider: Provider, model: &str, usage: Usage) -> Option<f64> {
    models::price(provider, model).map(|price| price.of_call(usage))
}

#[cfg(test)]
mod tests;
