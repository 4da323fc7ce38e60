//! The prices of models, in US dollars per million tokens.
//!
//! Checked on 2026-10-29, in <https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json>.

use Provider::{Bedrock, OpenAi};

/// The provider of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Bedrock,
    OpenAi,
}

/// The price of a model.
pub(super) struct ModelPrice {
    pub(super) provider: Provider,
    /// The name without date and version, and with the region if the price is for that region alone.
    pub(super) model: &'static str,
    pub(super) input: f64,
    pub(super) cached_input: Option<f64>,
    pub(super) output: f64,
    /// The factor for inference profiles that stay inside a region of the world.
    pub(super) regional_factor: f64,
}

const fn row(provider: Provider, model: &'static str, rates: [f64; 3], regional_factor: f64) -> ModelPrice {
    let [input, cached_input, output] = rates;
    let cached_input = if cached_input > 0.0 { Some(cached_input) } else { None };
    ModelPrice { provider, model, input, cached_input, output, regional_factor }
}

/// The rates are: input, cached input (0 for models without a cache), output.
#[rustfmt::skip]
pub(super) const MODELS: &[ModelPrice] = &[
    row(Bedrock, "amazon.nova-micro", [0.035, 0.00875, 0.14], 1.0),
    row(Bedrock, "eu.amazon.nova-micro", [0.046, 0.0115, 0.184], 1.0),
    row(Bedrock, "apac.amazon.nova-micro", [0.037, 0.00925, 0.148], 1.0),
    row(Bedrock, "amazon.nova-lite", [0.06, 0.015, 0.24], 1.0),
    row(Bedrock, "eu.amazon.nova-lite", [0.078, 0.0195, 0.312], 1.0),
    row(Bedrock, "apac.amazon.nova-lite", [0.063, 0.01575, 0.252], 1.0),
    row(Bedrock, "amazon.nova-pro", [0.8, 0.2, 3.2], 1.0),
    row(Bedrock, "eu.amazon.nova-pro", [1.05, 0.2625, 4.2], 1.0),
    row(Bedrock, "apac.amazon.nova-pro", [0.84, 0.21, 3.36], 1.0),
    row(Bedrock, "amazon.nova-premier", [2.5, 0.625, 12.5], 1.0),
    row(Bedrock, "amazon.nova-2-lite", [0.3, 0.075, 2.5], 1.1),
    row(Bedrock, "eu.amazon.nova-2-lite", [0.429, 0.10725, 3.597], 1.0),
    row(Bedrock, "apac.amazon.nova-2-lite", [0.396, 0.099, 3.311], 1.0),
    row(Bedrock, "jp.amazon.nova-2-lite", [0.396, 0.099, 3.311], 1.0),
    row(Bedrock, "anthropic.claude-3-5-haiku", [0.8, 0.08, 4.0], 1.0),
    row(Bedrock, "anthropic.claude-3-5-sonnet", [3.0, 0.3, 15.0], 1.0),
    row(Bedrock, "anthropic.claude-3-7-sonnet", [3.0, 0.3, 15.0], 1.0),
    row(Bedrock, "anthropic.claude-sonnet-4", [3.0, 0.3, 15.0], 1.0),
    row(Bedrock, "anthropic.claude-haiku-4-5", [1.0, 0.1, 5.0], 1.1),
    row(Bedrock, "anthropic.claude-sonnet-4-5", [3.0, 0.3, 15.0], 1.1),
    row(Bedrock, "anthropic.claude-opus-4-5", [5.0, 0.5, 25.0], 1.1),
    row(Bedrock, "anthropic.claude-sonnet-4-6", [3.0, 0.3, 15.0], 1.1),
    row(Bedrock, "anthropic.claude-opus-4-6", [5.0, 0.5, 25.0], 1.1),
    row(Bedrock, "anthropic.claude-sonnet-5", [2.0, 0.2, 10.0], 1.1),
    row(Bedrock, "anthropic.claude-sonnet-5-5", [2.0, 0.1, 10.0], 1.1),
    row(Bedrock, "anthropic.claude-haiku-5-5", [0.1, 0.01, 0.5], 1.1),
    row(Bedrock, "anthropic.claude-opus-5", [5.0, 0.5, 25.0], 1.1),
    row(Bedrock, "anthropic.claude-opus-5-5", [4.0, 0.2, 20.0], 1.1),
    row(Bedrock, "meta.llama3-1-8b-instruct", [0.22, 0.0, 0.22], 1.0),
    row(Bedrock, "meta.llama3-1-70b-instruct", [0.72, 0.0, 0.72], 1.0),
    row(Bedrock, "meta.llama3-2-1b-instruct", [0.1, 0.0, 0.1], 1.0),
    row(Bedrock, "meta.llama3-2-3b-instruct", [0.15, 0.0, 0.15], 1.0),
    row(Bedrock, "eu.meta.llama3-2-1b-instruct", [0.13, 0.0, 0.13], 1.0),
    row(Bedrock, "eu.meta.llama3-2-3b-instruct", [0.19, 0.0, 0.19], 1.0),
    row(Bedrock, "meta.llama3-2-11b-instruct", [0.16, 0.0, 0.16], 1.0),
    row(Bedrock, "meta.llama3-2-90b-instruct", [0.72, 0.0, 0.72], 1.0),
    row(Bedrock, "meta.llama3-3-70b-instruct", [0.72, 0.0, 0.72], 1.0),
    row(Bedrock, "meta.llama4-scout-17b-instruct", [0.17, 0.0, 0.66], 1.0),
    row(Bedrock, "meta.llama4-maverick-17b-instruct", [0.24, 0.0, 0.97], 1.0),
    row(Bedrock, "mistral.mistral-7b-instruct", [0.15, 0.0, 0.2], 1.0),
    row(Bedrock, "mistral.mixtral-8x7b-instruct", [0.45, 0.0, 0.7], 1.0),
    row(Bedrock, "mistral.mistral-small-2402", [1.0, 0.0, 3.0], 1.0),
    row(Bedrock, "mistral.mistral-large-2402", [4.0, 0.0, 12.0], 1.0),
    row(Bedrock, "mistral.pixtral-large-2502", [2.0, 0.0, 6.0], 1.0),
    row(Bedrock, "openai.gpt-oss-20b-1:0", [0.07, 0.0, 0.3], 1.0),
    row(Bedrock, "openai.gpt-oss-120b-1:0", [0.15, 0.0, 0.6], 1.0),
    row(OpenAi, "gpt-4o-mini", [0.15, 0.075, 0.6], 1.0),
    row(OpenAi, "gpt-4o", [2.5, 1.25, 10.0], 1.0),
    row(OpenAi, "gpt-4.1-nano", [0.1, 0.025, 0.4], 1.0),
    row(OpenAi, "gpt-4.1-mini", [0.4, 0.1, 1.6], 1.0),
    row(OpenAi, "gpt-4.1", [2.0, 0.5, 8.0], 1.0),
    row(OpenAi, "gpt-5-nano", [0.05, 0.005, 0.4], 1.0),
    row(OpenAi, "gpt-5-mini", [0.25, 0.025, 2.0], 1.0),
    row(OpenAi, "gpt-5", [1.25, 0.125, 10.0], 1.0),
    row(OpenAi, "gpt-5.1", [1.25, 0.125, 10.0], 1.0),
    row(OpenAi, "gpt-5.2", [1.75, 0.175, 14.0], 1.0),
    row(OpenAi, "gpt-5.4-nano", [0.2, 0.02, 1.25], 1.0),
    row(OpenAi, "gpt-5.4-mini", [0.75, 0.075, 4.5], 1.0),
    row(OpenAi, "gpt-5.4", [2.5, 0.25, 15.0], 1.0),
    row(OpenAi, "gpt-5.5", [5.0, 0.5, 30.0], 1.0),
];
