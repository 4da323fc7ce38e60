//! The table of models.
//!
//! Checked on 2026-11-29. The sources of a row are those that its `Source` names. In addition:
//! - Ends of life of Bedrock models until January 2027:
//!   <https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html>, as quoted in
//!   <https://github.com/awslabs/startups/pull/307>
//! - Ends of life of OpenAI's models: <https://developers.openai.com/api/docs/deprecations>. A name without a date ends with
//!   its last version.
//! - Temperature: <https://github.com/Mintplex-Labs/anything-llm/issues/5821> (Claude),
//!   <https://github.com/pickle-com/glass/pull/227> (GPT-5 and later)
//! - Reasoning of open models on Bedrock: every model that `LiteLLM` lists as able to reason, because its default is not
//!   documented. A reserve that is not used costs nothing.
//! - Minimum of the cache: `LiteLLM` (Claude), <https://portkey.ai/docs/integrations/llms/bedrock/prompt-caching> (Nova),
//!   <https://docs.litellm.ai/docs/completion/prompt_caching.md> (OpenAI). The cache of other servers is unknown.
//! - Models that refuse a cache point: <https://github.com/BerriAI/litellm/pull/39210>
//! - All models in the table can be streamed. The column `streams` is for future models that cannot.

use super::row::Provider::{Bedrock, DeepSeek, Groq, Mistral, OpenAi};
use super::row::Source::Lifecycle;
use super::row::{Cache, Limit, Model, Price, Provider};

/// Rates of a model without a known price.
const UNKNOWN: [f64; 3] = [0.0; 3];

/// Sizes are in tokens, 0 if unknown. The rates are: input, cached input (0 without a cache), output, in US dollars per
/// million tokens.
const fn row(provider: Provider, name: &'static str, context: u32, output: u32, rates: [f64; 3]) -> Model {
    Model {
        provider,
        name,
        context: if context > 0 { Some(context) } else { None },
        output: if output > 0 { Some(output) } else { None },
        reasons: false,
        price: if rates[0] > 0.0 { Some(price(rates)) } else { None },
        ..Model::unknown(provider)
    }
}

const fn price(rates: [f64; 3]) -> Price {
    let [input, cached, output] = rates;
    let cached_input = if cached > 0.0 { Some(cached) } else { None };
    Price { input, cached_input, output, cache_write: 1.0, regional: 1.0 }
}

const fn bedrock(name: &'static str, context: u32, output: u32, rates: [f64; 3]) -> Model {
    row(Bedrock, name, context, output, rates)
}

const fn claude(name: &'static str, context: u32, output: u32, rates: [f64; 3]) -> Model {
    bedrock(name, context, output, rates).writes()
}

/// OpenAI's models cache without a parameter, if they cache at all.
const fn gpt(name: &'static str, context: u32, output: u32, rates: [f64; 3]) -> Model {
    let cache = if rates[1] > 0.0 { Cache::Automatic(1_024) } else { Cache::None };
    Model {
        temperature: true,
        limit: Limit::MaxCompletionTokens,
        cache,
        ..row(OpenAi, name, context, output, rates)
    }
}

const fn regional(name: &'static str, rates: [f64; 3]) -> (&'static str, Price) {
    (name, price(rates))
}

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    bedrock("amazon.nova-micro", 128_000, 10_000, [0.035, 0.00875, 0.14]).cache_point(1_000),
    bedrock("amazon.nova-lite", 300_000, 10_000, [0.06, 0.015, 0.24]).cache_point(1_000),
    bedrock("amazon.nova-pro", 300_000, 10_000, [0.8, 0.2, 3.2]).cache_point(1_000),
    bedrock("amazon.nova-premier", 1_000_000, 10_000, [2.5, 0.625, 12.5]).cache_point(1_000).ends("2026-09-14"),
    bedrock("amazon.nova-2-lite", 1_000_000, 64_000, [0.3, 0.075, 2.5]).cache_point(1_000).regional(1.1),
    bedrock("amazon.titan-text-express", 42_000, 8_000, [0.2, 0.0, 0.6]),
    bedrock("amazon.titan-text-lite", 42_000, 4_000, [0.15, 0.0, 0.2]),
    bedrock("amazon.titan-text-premier", 42_000, 32_000, [0.5, 0.0, 1.5]),
    bedrock("ai21.jamba-1-5-large", 256_000, 4_096, [2.0, 0.0, 8.0]).ends("2026-11-26"),
    bedrock("ai21.jamba-1-5-mini", 256_000, 4_096, [0.2, 0.0, 0.4]).ends("2026-11-26"),
    bedrock("anthropic.claude-3-haiku", 0, 0, UNKNOWN).ends("2026-09-10").from(Lifecycle),
    bedrock("anthropic.claude-3-sonnet", 0, 0, UNKNOWN).ends("2026-07-30").from(Lifecycle),
    claude("anthropic.claude-3-5-haiku", 200_000, 8_192, [0.8, 0.08, 4.0]).cache_point(2_048),
    claude("anthropic.claude-3-5-sonnet", 200_000, 8_192, [3.0, 0.3, 15.0]).ends("2026-07-30"),
    claude("anthropic.claude-3-7-sonnet", 200_000, 8_192, [3.0, 0.3, 15.0]).cache_point(1_024),
    claude("anthropic.claude-sonnet-4", 200_000, 64_000, [3.0, 0.3, 15.0]).cache_point(1_024).ends("2026-10-14"),
    claude("anthropic.claude-opus-4", 200_000, 32_000, [15.0, 1.5, 75.0]).cache_point(1_024),
    claude("anthropic.claude-opus-4-1", 200_000, 32_000, [15.0, 1.5, 75.0]).cache_point(1_024).ends("2027-01-08"),
    claude("anthropic.claude-haiku-4-5", 200_000, 64_000, [1.0, 0.1, 5.0]).cache_point(4_096).regional(1.1),
    claude("anthropic.claude-sonnet-4-5", 200_000, 64_000, [3.0, 0.3, 15.0]).cache_point(1_024).regional(1.1).ends("2027-04-08"),
    claude("anthropic.claude-opus-4-5", 200_000, 64_000, [5.0, 0.5, 25.0]).cache_point(4_096).regional(1.1),
    claude("anthropic.claude-sonnet-4-6", 1_000_000, 64_000, [3.0, 0.3, 15.0]).cache_point(1_024).regional(1.1),
    claude("anthropic.claude-opus-4-6", 1_000_000, 128_000, [5.0, 0.5, 25.0]).cache_point(4_096).regional(1.1),
    claude("anthropic.claude-opus-4-7", 1_000_000, 128_000, [5.0, 0.5, 25.0]).cache_point(2_048).without_temperature().regional(1.1),
    claude("anthropic.claude-opus-4-8", 1_000_000, 128_000, [5.0, 0.5, 25.0]).cache_point(1_024).without_temperature().regional(1.1),
    claude("anthropic.claude-sonnet-5", 1_000_000, 128_000, [2.0, 0.2, 10.0]).cache_point(1_024).without_temperature().regional(1.1),
    claude("anthropic.claude-opus-5", 1_000_000, 128_000, [5.0, 0.5, 25.0]).cache_point(512).without_temperature().regional(1.1),
    claude("anthropic.claude-fable-5", 1_000_000, 128_000, [10.0, 1.0, 50.0]).cache_point(512).without_temperature().reasons().regional(1.1),
    claude("anthropic.claude-fable-5-1", 1_000_000, 128_000, [10.0, 0.25, 50.0]).cache_point(512).without_temperature().reasons().regional(1.1),
    claude("anthropic.claude-haiku-5-5", 1_000_000, 128_000, [0.1, 0.01, 0.5]).cache_point(512).without_temperature().regional(1.1),
    claude("anthropic.claude-sonnet-5-5", 1_000_000, 128_000, [2.0, 0.1, 10.0]).cache_point(512).without_temperature().reasons().regional(1.1),
    claude("anthropic.claude-opus-5-5", 1_000_000, 128_000, [4.0, 0.2, 20.0]).cache_point(512).without_temperature().reasons().regional(1.1),
    bedrock("cohere.command-r", 0, 0, UNKNOWN).ends("2026-08-19").from(Lifecycle),
    bedrock("cohere.command-r-plus", 0, 0, UNKNOWN).ends("2026-08-19").from(Lifecycle),
    bedrock("deepseek.r1", 128_000, 8_192, [1.35, 0.0, 5.4]).reasons().ends("2027-03-30"),
    bedrock("deepseek.v3", 128_000, 8_000, [0.58, 0.0, 1.68]).reasons().ends("2027-03-30"),
    bedrock("deepseek.v3.2", 164_000, 8_000, [0.62, 0.0, 1.85]).reasons(),
    bedrock("google.gemma-3-4b-it", 128_000, 8_000, [0.04, 0.0, 0.08]).ends("2027-03-30"),
    bedrock("google.gemma-3-12b-it", 128_000, 8_000, [0.09, 0.0, 0.29]).ends("2027-03-30"),
    bedrock("google.gemma-3-27b-it", 128_000, 8_000, [0.23, 0.0, 0.38]).ends("2027-03-30"),
    bedrock("meta.llama3-8b-instruct", 8_192, 8_192, [0.3, 0.0, 0.6]).ends("2027-03-30"),
    bedrock("meta.llama3-70b-instruct", 8_192, 8_192, [2.65, 0.0, 3.5]).ends("2027-03-30"),
    bedrock("meta.llama3-1-8b-instruct", 128_000, 4_096, [0.22, 0.0, 0.22]).ends("2027-03-30"),
    bedrock("meta.llama3-1-70b-instruct", 128_000, 4_096, [0.72, 0.0, 0.72]).ends("2027-03-30"),
    bedrock("meta.llama3-1-405b-instruct", 128_000, 4_096, [2.4, 0.0, 2.4]).ends("2026-07-07"),
    bedrock("meta.llama3-2-1b-instruct", 128_000, 4_096, [0.1, 0.0, 0.1]).ends("2026-07-07"),
    bedrock("meta.llama3-2-3b-instruct", 128_000, 4_096, [0.15, 0.0, 0.15]).ends("2026-07-07"),
    bedrock("meta.llama3-2-11b-instruct", 128_000, 4_096, [0.16, 0.0, 0.16]).ends("2026-07-07"),
    bedrock("meta.llama3-2-90b-instruct", 128_000, 4_096, [0.72, 0.0, 0.72]).ends("2026-07-07"),
    bedrock("meta.llama3-3-70b-instruct", 128_000, 4_096, [0.72, 0.0, 0.72]).ends("2027-03-30"),
    bedrock("meta.llama4-scout-17b-instruct", 10_000_000, 8_192, [0.17, 0.0, 0.66]).ends("2027-03-30"),
    bedrock("meta.llama4-maverick-17b-instruct", 1_000_000, 8_192, [0.24, 0.0, 0.97]).ends("2027-03-30"),
    bedrock("minimax.minimax-m2", 1_000_000, 8_000, [0.3, 0.0, 1.2]).reasons().ends("2027-03-30"),
    bedrock("minimax.minimax-m2.1", 196_000, 8_000, [0.3, 0.0, 1.2]).reasons().ends("2027-03-30"),
    bedrock("minimax.minimax-m2.5", 196_000, 8_000, [0.3, 0.0, 1.2]).reasons(),
    bedrock("mistral.mistral-7b-instruct", 32_000, 4_096, [0.15, 0.0, 0.2]).ends("2027-03-30"),
    bedrock("mistral.mixtral-8x7b-instruct", 32_000, 4_096, [0.45, 0.0, 0.7]).ends("2027-03-30"),
    bedrock("mistral.mistral-small-2402", 32_000, 4_096, [1.0, 0.0, 3.0]),
    bedrock("mistral.mistral-large-2402", 32_000, 4_096, [4.0, 0.0, 12.0]),
    bedrock("mistral.mistral-large-2407", 128_000, 8_191, [2.0, 0.0, 6.0]),
    bedrock("mistral.mistral-large-3-675b-instruct", 256_000, 32_000, [0.5, 0.0, 1.5]),
    bedrock("mistral.ministral-3-3b-instruct", 128_000, 8_000, [0.1, 0.0, 0.1]),
    bedrock("mistral.ministral-3-8b-instruct", 128_000, 8_000, [0.15, 0.0, 0.15]),
    bedrock("mistral.ministral-3-14b-instruct", 128_000, 8_000, [0.2, 0.0, 0.2]),
    bedrock("mistral.magistral-small-2509", 128_000, 40_000, [0.5, 0.0, 1.5]).reasons(),
    bedrock("mistral.pixtral-large-2502", 128_000, 16_384, [2.0, 0.0, 6.0]),
    bedrock("moonshot.kimi-k2-thinking", 256_000, 16_000, [0.6, 0.0, 2.5]).reasons().ends("2027-03-30"),
    bedrock("moonshotai.kimi-k2.5", 256_000, 16_000, [0.6, 0.0, 3.0]).reasons(),
    bedrock("openai.gpt-oss-20b-1:0", 128_000, 16_384, [0.07, 0.0, 0.3]).reasons(),
    bedrock("openai.gpt-oss-120b-1:0", 128_000, 16_384, [0.15, 0.0, 0.6]).reasons(),
    bedrock("openai.gpt-6-luna", 922_000, 128_000, [0.1, 0.01, 0.5]).writes().without_temperature().reasons().regional(1.1),
    bedrock("openai.gpt-6-sol", 922_000, 128_000, [2.0, 0.2, 10.0]).writes().without_temperature().reasons().regional(1.1),
    bedrock("qwen.qwen3-32b", 32_768, 8_192, [0.15, 0.0, 0.6]).reasons(),
    bedrock("qwen.qwen3-235b-a22b-2507", 262_144, 8_192, [0.22, 0.0, 0.88]).reasons(),
    bedrock("qwen.qwen3-next-80b-a3b", 256_000, 8_000, [0.15, 0.0, 1.2]),
    bedrock("writer.palmyra-x4", 128_000, 8_192, [2.5, 0.0, 10.0]).ends("2027-03-09"),
    bedrock("writer.palmyra-x5", 128_000, 8_192, [0.6, 0.0, 6.0]).ends("2027-03-21"),
    bedrock("zai.glm-4.7", 203_000, 128_000, [0.6, 0.0, 2.2]).reasons().ends("2027-03-30"),
    bedrock("zai.glm-4.7-flash", 203_000, 128_000, [0.07, 0.0, 0.4]).reasons().ends("2027-03-30"),
    bedrock("zai.glm-5", 200_000, 128_000, [1.0, 0.0, 3.2]).reasons(),

    gpt("gpt-3.5-turbo", 16_385, 4_096, [0.5, 0.0, 1.5]).ends("2026-10-23"),
    gpt("gpt-4", 8_192, 4_096, [30.0, 0.0, 60.0]).ends("2026-10-23"),
    gpt("gpt-4-turbo", 128_000, 4_096, [10.0, 0.0, 30.0]).ends("2026-10-23"),
    gpt("gpt-4o-mini", 128_000, 16_384, [0.15, 0.075, 0.6]).ends("2027-01-14"),
    gpt("gpt-4o-2024-05-13", 128_000, 4_096, [5.0, 0.0, 15.0]).ends("2026-10-23"),
    gpt("gpt-4o", 128_000, 16_384, [2.5, 1.25, 10.0]).ends("2027-01-14"),
    gpt("gpt-4.1-nano", 1_047_576, 32_768, [0.1, 0.025, 0.4]).ends("2026-10-23"),
    gpt("gpt-4.1-mini", 1_047_576, 32_768, [0.4, 0.1, 1.6]).ends("2027-01-14"),
    gpt("gpt-4.1", 1_047_576, 32_768, [2.0, 0.5, 8.0]).ends("2027-01-14"),
    gpt("gpt-5-nano", 272_000, 128_000, [0.05, 0.005, 0.4]).without_temperature().effort("minimal").reasons().ends("2026-12-11"),
    gpt("gpt-5-mini", 272_000, 128_000, [0.25, 0.025, 2.0]).without_temperature().effort("minimal").reasons().ends("2026-12-11"),
    gpt("gpt-5", 272_000, 128_000, [1.25, 0.125, 10.0]).without_temperature().effort("minimal").reasons().ends("2026-12-11"),
    gpt("gpt-5.1", 272_000, 128_000, [1.25, 0.125, 10.0]).without_temperature().effort("none").ends("2027-04-01"),
    gpt("gpt-5.2", 272_000, 128_000, [1.75, 0.175, 14.0]).without_temperature().effort("none"),
    gpt("gpt-5.4-nano", 272_000, 128_000, [0.2, 0.02, 1.25]).without_temperature().effort("none").ends("2027-04-01"),
    gpt("gpt-5.4-mini", 272_000, 128_000, [0.75, 0.075, 4.5]).without_temperature().effort("none"),
    gpt("gpt-5.4", 1_050_000, 128_000, [2.5, 0.25, 15.0]).without_temperature().effort("none"),
    gpt("gpt-5.5", 1_050_000, 128_000, [5.0, 0.5, 30.0]).without_temperature().effort("none"),
    gpt("gpt-5.6", 922_000, 128_000, [4.0, 0.4, 20.0]).writes().without_temperature().effort("none"),
    gpt("gpt-5.6-luna", 922_000, 128_000, [0.2, 0.02, 1.2]).writes().without_temperature().effort("none"),
    gpt("gpt-5.6-terra", 922_000, 128_000, [2.0, 0.2, 12.0]).writes().without_temperature().effort("none"),
    gpt("gpt-5.6-sol", 922_000, 128_000, [4.0, 0.4, 20.0]).writes().without_temperature().effort("none"),
    gpt("gpt-6-luna", 922_000, 128_000, [0.1, 0.01, 0.5]).writes().without_temperature().effort("none"),
    gpt("gpt-6-sol", 922_000, 128_000, [2.0, 0.2, 10.0]).writes().without_temperature().effort("none"),
    gpt("gpt-6-astra", 922_000, 128_000, [10.0, 1.0, 50.0]).writes().without_temperature().effort("low").reasons(),
    gpt("gpt-6.1-terra", 922_000, 128_000, [1.0, 0.05, 5.0]).writes().without_temperature().effort("none"),
    gpt("gpt-6.1-sol", 922_000, 128_000, [2.0, 0.1, 10.0]).writes().without_temperature().effort("low").reasons(),
    gpt("o1", 200_000, 100_000, [15.0, 7.5, 60.0]).without_temperature().effort("low").reasons().ends("2026-10-23"),
    gpt("o3-mini", 200_000, 100_000, [1.1, 0.55, 4.4]).without_temperature().effort("low").reasons().ends("2026-10-23"),
    gpt("o3", 200_000, 100_000, [2.0, 0.5, 8.0]).without_temperature().effort("low").reasons().ends("2026-12-11"),
    gpt("o4-mini", 200_000, 100_000, [1.1, 0.275, 4.4]).without_temperature().effort("low").reasons().ends("2026-10-23"),
    row(Groq, "gpt-oss-20b", 131_072, 65_536, [0.075, 0.0375, 0.3]).effort("low").reasons(),
    row(Groq, "gpt-oss-120b", 131_072, 65_536, [0.15, 0.075, 0.6]).effort("low").reasons(),
    row(Groq, "qwen3.8-27b", 131_072, 16_384, [0.8, 0.0, 4.0]).reasons(),
    row(DeepSeek, "deepseek-chat", 131_072, 8_192, [0.28, 0.028, 0.42]).ends("2026-07-24"),
    row(DeepSeek, "deepseek-reasoner", 131_072, 65_536, [0.28, 0.028, 0.42]).reasons().ends("2026-07-24"),
    row(DeepSeek, "deepseek-flash", 1_000_000, 393_216, [0.3, 0.006, 1.2]).reasons(),
    row(DeepSeek, "deepseek-v4-flash", 1_000_000, 393_216, [0.3, 0.006, 1.2]).reasons(),
    row(DeepSeek, "deepseek-v4-pro", 1_000_000, 393_216, [1.32, 0.044, 3.96]).reasons(),
    row(Mistral, "ministral-3b-latest", 131_072, 131_072, [0.1, 0.01, 0.1]),
    row(Mistral, "ministral-8b-latest", 262_144, 262_144, [0.15, 0.015, 0.15]),
    row(Mistral, "ministral-14b-latest", 262_144, 262_144, [0.2, 0.02, 0.2]),
    row(Mistral, "mistral-small-latest", 262_144, 262_144, [0.15, 0.015, 0.6]),
    row(Mistral, "mistral-medium-latest", 262_144, 262_144, [1.5, 0.15, 7.5]),
    row(Mistral, "mistral-large-latest", 262_144, 262_144, [0.5, 0.05, 1.5]),
    row(Mistral, "open-mistral-nemo", 128_000, 128_000, [0.3, 0.03, 0.3]),
];

/// Prices of inference profiles that differ from the model's by more than a common factor.
#[rustfmt::skip]
pub(super) const REGIONAL_PRICES: &[(&str, Price)] = &[
    regional("eu.amazon.nova-micro", [0.046, 0.0115, 0.184]),
    regional("apac.amazon.nova-micro", [0.037, 0.00925, 0.148]),
    regional("eu.amazon.nova-lite", [0.078, 0.0195, 0.312]),
    regional("apac.amazon.nova-lite", [0.063, 0.01575, 0.252]),
    regional("eu.amazon.nova-pro", [1.05, 0.2625, 4.2]),
    regional("apac.amazon.nova-pro", [0.84, 0.21, 3.36]),
    regional("eu.amazon.nova-2-lite", [0.429, 0.10725, 3.597]),
    regional("apac.amazon.nova-2-lite", [0.396, 0.099, 3.311]),
    regional("jp.amazon.nova-2-lite", [0.396, 0.099, 3.311]),
    regional("eu.meta.llama3-2-1b-instruct", [0.13, 0.0, 0.13]),
    regional("eu.meta.llama3-2-3b-instruct", [0.19, 0.0, 0.19]),
];
