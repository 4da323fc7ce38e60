//! A row of the table of models.

use crate::limits::{ANSWER_TOKENS, HISTORY_TOKENS};

/// Tokens for the reasoning of a model that reasons before it answers, in addition to those for the answer.
pub const REASONING_TOKENS: usize = 4_000;
/// The context of a model that is not in the table. Nearly all models since 2024 have at least this.
const CONTEXT_TOKENS: u32 = 128_000;
/// The maximum number of tokens that a model without a row generates. Nearly all models allow this many.
const OUTPUT_TOKENS: u32 = 4_000;
/// Conversation, answer and reasoning may each take at most the context divided by this number. So a small context
/// leaves at least a quarter for the instructions and the data files.
const CONTEXT_PARTS: usize = 4;

/// Who runs a model. The same model has another price elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Bedrock,
    OpenAi,
    Groq,
    DeepSeek,
    Mistral,
    /// Another server with OpenAI's API.
    Other,
}

/// Where the facts of a row come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `model_prices_and_context_window.json` of `LiteLLM` 1.109.1 of 2026-10-29, which names the page of each provider.
    LiteLlm,
    /// Only AWS's list of ends of life.
    Lifecycle,
}

/// The parameter that limits the length of an answer in OpenAI's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    MaxTokens,
    /// The new name at OpenAI. Newer models refuse the old one; other servers may not know this one.
    MaxCompletionTokens,
}

/// Whether and how a model caches the beginning of prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    None,
    /// Without a parameter, from this number of tokens on.
    Automatic(u16),
    /// With Bedrock's cache point, from this number of tokens on. Models without a cache refuse it.
    Point(u16),
}

/// Prices in US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    pub input: f64,
    /// For input that is read from the cache.
    pub cached_input: Option<f64>,
    pub output: f64,
    /// The factor for input that is written into the cache.
    pub cache_write: f64,
    /// The factor for geographic inference profiles.
    pub regional: f64,
}

/// The tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, including the cached ones.
    pub input: u64,
    /// Input tokens that were read from the model's cache.
    pub cached: u64,
    /// Input tokens that were written into the model's cache.
    pub cache_written: u64,
    pub output: u64,
}

impl Price {
    /// Returns the price of a call in US dollars.
    #[expect(clippy::cast_precision_loss, reason = "an estimate of at most some millions")]
    pub fn of_call(&self, usage: Usage) -> f64 {
        let Usage { input, cached, cache_written, output } = usage;
        let others = input.saturating_sub(cached + cache_written);
        let full = others as f64 + cache_written as f64 * self.cache_write;
        let cached = cached as f64 * self.cached_input.unwrap_or(self.input);
        (full * self.input + cached + output as f64 * self.output) / 1e6
    }
}

/// How a model is called, and what it costs. `None` stands for an unknown fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    pub provider: Provider,
    /// The id without date and version.
    pub name: &'static str,
    /// The maximum number of tokens of a request. For most models, it includes the tokens of the answer.
    pub context: Option<u32>,
    /// The maximum number of tokens of an answer, including its reasoning.
    pub output: Option<u32>,
    /// Whether requests may set the temperature.
    pub temperature: bool,
    pub limit: Limit,
    /// The `reasoning_effort` to send, which is the least that the model accepts.
    pub effort: Option<&'static str>,
    /// Whether the model may reason before it answers, even with this effort.
    pub reasons: bool,
    pub cache: Cache,
    /// Whether answers can be streamed.
    pub streams: bool,
    pub price: Option<Price>,
    /// The last day, if announced.
    pub end_of_life: Option<&'static str>,
    pub source: Source,
}

impl Model {
    /// Returns conservative settings for a model that is not in the table. They assume that it may reason.
    pub const fn unknown(provider: Provider) -> Self {
        let is_openai = matches!(provider, Provider::OpenAi);
        Self {
            provider,
            name: "",
            context: None,
            output: None,
            // New models of OpenAI reason, and refuse a temperature.
            temperature: !is_openai,
            limit: if is_openai { Limit::MaxCompletionTokens } else { Limit::MaxTokens },
            effort: None,
            reasons: true,
            cache: Cache::None,
            streams: true,
            price: None,
            end_of_life: None,
            source: Source::LiteLlm,
        }
    }

    /// Returns the settings of a model whose server reports its context, and whether it reasons.
    pub const fn served(context: u32, reasons: bool) -> Self {
        let sizes = Self { context: Some(context), output: Some(context), ..Self::unknown(Provider::Other) };
        Self { reasons, ..sizes }
    }

    /// Returns the size of the context, in tokens.
    pub fn context_tokens(&self) -> usize {
        self.context.unwrap_or(CONTEXT_TOKENS) as usize
    }

    /// Returns the maximum number of tokens that the model may generate for an answer of `answer` tokens, including its
    /// reasoning.
    pub fn generated_tokens(&self, answer: usize) -> usize {
        let reasoning = if self.reasons { self.reserve(REASONING_TOKENS) } else { 0 };
        (self.reserve(answer) + reasoning).min(self.output.unwrap_or(OUTPUT_TOKENS) as usize)
    }

    /// Returns the maximum number of tokens of the conversation, including the question.
    pub fn history_tokens(&self) -> usize {
        self.reserve(HISTORY_TOKENS)
    }

    /// Returns how many of the wanted tokens are reserved in the model's context.
    fn reserve(&self, wanted: usize) -> usize {
        wanted.min(self.context_tokens() / CONTEXT_PARTS)
    }

    /// Returns the maximum number of tokens of the instructions and the data files.
    pub fn system_tokens(&self) -> usize {
        self.context_tokens().saturating_sub(self.reserved_tokens())
    }

    /// Returns how many tokens of the context are reserved for the conversation and the answer.
    pub fn reserved_tokens(&self) -> usize {
        self.history_tokens() + self.generated_tokens(ANSWER_TOKENS)
    }

    pub(super) const fn cache_point(self, minimum: u16) -> Self {
        Self { cache: Cache::Point(minimum), ..self }
    }

    /// Marks a model that does not accept `temperature`.
    pub(super) const fn without_temperature(self) -> Self {
        Self { temperature: false, ..self }
    }

    pub(super) const fn effort(self, effort: &'static str) -> Self {
        Self { effort: Some(effort), ..self }
    }

    pub(super) const fn reasons(self) -> Self {
        Self { reasons: true, ..self }
    }

    pub(super) const fn regional(self, factor: f64) -> Self {
        match self.price {
            Some(price) => Self { price: Some(Price { regional: factor, ..price }), ..self },
            None => self,
        }
    }

    /// Input that is written into the cache costs a quarter more.
    pub(super) const fn writes(self) -> Self {
        match self.price {
            Some(price) => Self { price: Some(Price { cache_write: 1.25, ..price }), ..self },
            None => self,
        }
    }

    pub(super) const fn ends(self, date: &'static str) -> Self {
        Self { end_of_life: Some(date), ..self }
    }

    pub(super) const fn from(self, source: Source) -> Self {
        Self { source, ..self }
    }
}
