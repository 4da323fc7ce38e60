//! The cost of the model.

use contract::models::{self, Cache, Model, Price, Provider, Usage};

use super::Assumptions;

/// The tokens of a month, and their price.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelCost {
    pub(super) provider: Provider,
    pub(super) model: String,
    pub(super) input: u64,
    pub(super) cached: u64,
    pub(super) output: u64,
    /// `None` if the table has no price of the model.
    pub(super) usd: Option<f64>,
}

impl ModelCost {
    /// The first turn of a conversation fills the prompt cache, and the others read from it.
    /// `given` is the price of the environment file, if it contains one.
    pub(super) fn new(provider: Provider, model: &str, given: Option<Price>, assumed: &Assumptions) -> Self {
        let data = assumed.data_tokens.count();
        let input = data + assumed.other_tokens;
        let is_cached = match Model::of(provider, model).cache {
            Cache::None => false,
            Cache::Automatic(minimum) | Cache::Point(minimum) => data >= u64::from(minimum),
        };
        let cached = if is_cached { data } else { 0 };
        let first = Usage { input, cached: 0, cache_written: cached, output: assumed.answer_tokens };
        let later = Usage { cached, cache_written: 0, ..first };
        let firsts = assumed.conversations();
        let laters = assumed.turns - firsts.min(assumed.turns);
        let price = given.or_else(|| models::price(provider, model));
        let usd = |usage, turns| Some(price?.of_call(usage) * number(turns));
        Self {
            provider,
            model: model.to_owned(),
            input: input * assumed.turns,
            cached: cached * laters,
            output: assumed.answer_tokens * assumed.turns,
            usd: usd(first, firsts).zip(usd(later, laters)).map(|(first, later)| first + later),
        }
    }

    pub(super) const fn service(&self) -> &'static str {
        match self.provider {
            Provider::Bedrock => "Bedrock",
            Provider::OpenAi => "OpenAI",
            Provider::Groq => "Groq",
            Provider::DeepSeek => "DeepSeek",
            Provider::Mistral => "Mistral",
            Provider::Other => "model server",
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) const fn number(count: u64) -> f64 {
    count as f64
}
