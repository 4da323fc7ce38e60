//! The estimated price of one turn of a conversation.

mod models;

use models::{MODELS, ModelPrice};

/// The date of the prices, which are those of `LiteLLM` 1.109.1.
pub const AS_OF: &str = "2026-10-29";

pub use models::Provider;

/// An estimated price in US dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub usd: f64,
    /// The price if the model has cached the data files in a previous turn.
    pub cached_usd: Option<f64>,
    pub as_of: &'static str,
}

/// The input tokens of a turn beside the data files: instructions, question and part of the conversation.
const INPUT: f64 = 1_200.0;
/// The output tokens of an answer with two paragraphs.
const OUTPUT: f64 = 200.0;
/// The minimum number of tokens that models cache. Some need four times as many.
const MIN_CACHED: usize = 1_024;
/// The prefixes of inference profiles that stay inside a region of the world.
const REGIONAL: [&str; 7] = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov."];

/// Returns the price of one turn with data files of `tokens` tokens, or `None` if the model's price is unknown.
#[expect(clippy::cast_precision_loss, reason = "an estimate of at most some millions")]
pub fn per_turn(provider: Provider, model: &str, tokens: usize) -> Option<Price> {
    let (price, factor) = find(provider, model)?;
    let rate = |per_million: f64| per_million * factor / 1e6;
    let rest = INPUT * rate(price.input) + OUTPUT * rate(price.output);
    let data = tokens as f64;
    let cached = price.cached_input.filter(|_| tokens >= MIN_CACHED);
    Some(Price {
        usd: rest + data * rate(price.input),
        cached_usd: cached.map(|cached| rest + data * rate(cached)),
        as_of: AS_OF,
    })
}

/// Returns the price of these tokens in US dollars, or `None` if the model's price is unknown. Tokens that the model had
/// cached cost less.
#[expect(clippy::cast_precision_loss, reason = "an estimate of at most some millions")]
pub fn of_tokens(provider: Provider, model: &str, input: u64, output: u64) -> Option<f64> {
    let (price, factor) = find(provider, model)?;
    Some((input as f64 * price.input + output as f64 * price.output) * factor / 1e6)
}

/// Returns the price of a model, and the factor of the chosen inference profile.
fn find(provider: Provider, model: &str) -> Option<(&'static ModelPrice, f64)> {
    let exact =
        |model: &str| MODELS.iter().find(|price| price.provider == provider && is_model(price, model));
    if let Some(price) = exact(model) {
        return Some((price, 1.0));
    }
    if provider == Provider::OpenAi {
        return None;
    }
    if let Some(global) = model.strip_prefix("global.") {
        return exact(global).map(|price| (price, 1.0));
    }
    let regional = REGIONAL.iter().find_map(|part| model.strip_prefix(part))?;
    exact(regional).map(|price| (price, price.regional_factor))
}

/// Returns whether the price is for `model`, whatever its date and version: `-20250929-v1:0`, `-2025-04-14`, `:0`.
fn is_model(price: &ModelPrice, model: &str) -> bool {
    model.strip_prefix(price.model).is_some_and(|rest| {
        let mut parts = rest.split(['-', ':']);
        parts.next() == Some("") && parts.all(is_version) || rest.is_empty()
    })
}

/// Returns whether a part of a model's name is a version or belongs to a date: `v1`, `0`, `20250929`, or a part of
/// `2025-04-14`. Any other single digit names another model, such as the `5` of `4-5`.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or(part);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number && (digits.len() != 1 || part.starts_with('v') || part == "0")
}

#[cfg(test)]
mod tests;
