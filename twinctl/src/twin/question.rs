//! The question that a new version of the backend answers before visitors reach it.

mod refusal;

use std::{fmt, time::Duration};

use contract::{
    budget::REACHED_CODE,
    models::{self, Provider},
};
use persona::price::{self, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    artifacts::data::{dollars, thousands},
    system::clock,
    ui::Ui,
};

pub use refusal::Refusal;
pub(crate) use refusal::is_daily;

/// The code of a twin without data files.
const NO_DATA_FILES: &str = "persona_missing";

/// twin-lambda's report about the question. It contains no text of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    provider: String,
    model: String,
    milliseconds: f64,
    /// Not reported by all servers.
    #[serde(default)]
    input_tokens: Option<u64>,
    /// Of these, those that were read from the model's cache.
    #[serde(default)]
    cached_tokens: Option<u64>,
    /// And those that were written into it.
    #[serde(default)]
    cache_written_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    /// The base URL of OpenAI's API, which decides the price.
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    error: Option<ReportedError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ReportedError {
    /// A code of the chat API.
    code: String,
    message: String,
}

/// The meaning of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Answered,
    /// The error can pass by itself, or has nothing to do with the version. It is no reason to reject the version.
    Unproven(String),
    /// The daily quota of the model is used up.
    Exhausted(Refusal),
    /// A permission is missing, or has not taken effect yet.
    Denied(Refusal),
    /// Visitors would get no answer either.
    Refused(Refusal),
}

/// A new version was rejected because of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// For example `version 7`.
    pub version: String,
    pub refusal: Refusal,
}

impl std::error::Error for Rejected {}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, refusal } = self;
        write!(
            f,
            "{version} could not answer a question and gets no visitors: {refusal}\n\
             to deploy without this check, set `release: {{ ask: false }}`"
        )
    }
}

impl Report {
    /// Returns the report of a twin-lambda that did not finish in time.
    pub fn timed_out(limit: Duration) -> Self {
        let message = format!("it did not answer within {}", clock::human_duration(limit));
        Self {
            provider: String::new(),
            model: String::new(),
            milliseconds: limit.as_secs_f64() * 1000.0,
            input_tokens: None,
            cached_tokens: None,
            cache_written_tokens: None,
            output_tokens: None,
            base_url: None,
            error: Some(ReportedError { code: "model_timeout".to_owned(), message }),
        }
    }

    pub fn finding(&self) -> Finding {
        let Some(ReportedError { code, message }) = &self.error else { return Finding::Answered };
        match code.as_str() {
            NO_DATA_FILES => Finding::Unproven(
                "the new version was asked no question, because there are no data files yet".to_owned(),
            ),
            "persona_unreadable" | "memory_unavailable" | "budget_unavailable" => Finding::Denied(Refusal::storage(message)),
            // A reasoning model may spend all tokens of the question before it answers.
            "model_refused" if message.contains("output limit was reached") => Finding::Unproven(format!(
                "it is not known whether the new version can answer: the question's limit of tokens was reached: {message}"
            )),
            "model_key" if message.contains("failed to read") => Finding::Denied(self.refusal(message)),
            "persona_too_large" | "model_refused" | "model_key" => Finding::Refused(self.refusal(message)),
            "model_throttled" if is_daily(message) => Finding::Exhausted(self.refusal(message)),
            _ => Finding::Unproven(format!("it is not known whether the new version can answer: {message}")),
        }
        .or_denied(message)
    }

    /// Whether the model was not asked, because there are no data files to answer from, or because the budget is used up. Then
    /// visitors also get an answer without the model.
    pub(crate) fn asked_nothing(&self) -> bool {
        self.error.as_ref().is_some_and(|error| [NO_DATA_FILES, REACHED_CODE].contains(&error.code.as_str()))
    }

    fn refusal(&self, message: &str) -> Refusal {
        Refusal::of(&self.provider, &self.model, message)
    }

    /// Returns the price, if it is known.
    pub(crate) fn usd(&self) -> Option<f64> {
        let provider = match self.provider.as_str() {
            "bedrock" => Provider::Bedrock,
            "openai" => self.base_url.as_deref().map_or(Provider::OpenAi, Provider::at),
            _ => return None,
        };
        let usage = Usage {
            input: self.input_tokens?,
            cached: self.cached_tokens.unwrap_or_default(),
            cache_written: self.cache_written_tokens.unwrap_or_default(),
            output: self.output_tokens?,
        };
        price::of_call(provider, &self.model, usage)
    }

    /// Describes an answered question: duration, tokens and price.
    fn describe(&self) -> String {
        let seconds = self.milliseconds / 1000.0;
        let start = format!("the new version answered a question in {seconds:.1} s");
        let model = &self.model;
        if self.provider == "builtin" {
            return format!("{start}, at no cost");
        }
        let (Some(input), Some(output)) = (self.input_tokens, self.output_tokens) else {
            return format!("{start} with {model}; the server did not report the tokens");
        };
        let cached = self.cached_tokens.filter(|cached| *cached > 0);
        let cached = cached.map(|cached| format!(" ({} cached)", thousands(cached))).unwrap_or_default();
        let (input, output) = (thousands(input), thousands(output));
        let tokens = format!("{start} with {model}: {input} input tokens{cached}, {output} output tokens");
        match self.usd() {
            Some(usd) => format!("{tokens}, about {} (prices of {})", dollars(usd), models::AS_OF),
            None => format!("{tokens}; twinctl does not know the price"),
        }
    }

    /// Prints the result of a question that did not reject the version.
    pub fn print(&self, ui: &Ui) {
        match self.finding() {
            Finding::Answered => ui.say(&self.describe()),
            Finding::Unproven(why) => ui.warn(&why),
            Finding::Exhausted(refusal) | Finding::Denied(refusal) | Finding::Refused(refusal) => {
                ui.warn(&format!("the new version could not answer a question: {refusal}"));
            }
        }
        ui.object("question", self.json());
    }

    fn json(&self) -> Value {
        let mut json = json!(self);
        json["usd"] = self.usd().into();
        json
    }
}

impl Finding {
    /// Returns why visitors must not reach the version, if so. Without a quota, visitors of the previous version get no
    /// answer either, and the new version may be the fix. So a used-up quota rejects only a first version.
    pub fn rejects(self, is_first: bool) -> Option<Refusal> {
        match self {
            Self::Answered | Self::Unproven(_) => None,
            Self::Exhausted(refusal) => is_first.then_some(refusal),
            Self::Denied(refusal) | Self::Refused(refusal) => Some(refusal),
        }
    }

    /// A missing IAM permission may only need time to take effect.
    fn or_denied(self, message: &str) -> Self {
        match self {
            Self::Refused(refusal) if refusal::is_missing_permission(message) => Self::Denied(refusal),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
