//! How a model is called: its row in the table of models, without the parameters that its server has refused.

use std::sync::atomic::{AtomicU8, Ordering};

use contract::models::{Cache, Limit, Model, Provider};

use super::{Answer, Delivery, Limits, ModelError};

/// Low, so that the twin keeps to its notes.
pub(super) const TEMPERATURE: f64 = 0.3;

#[derive(Debug)]
pub(super) struct Settings {
    model: Model,
    /// The [`Parameter`]s that the server refuses in every request, as bits.
    refused: AtomicU8,
}

/// The parameters of one request. Other requests may learn meanwhile what the server refuses; this one does not change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    model: Model,
    /// The [`Parameter`]s without which the request is sent, as bits.
    left_out: u8,
}

/// A parameter without which the model can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    Temperature,
    /// The name of the parameter that limits the answer. If the server refuses one, the other is used.
    LimitName,
    /// The tokens for reasoning in the limit.
    Reserve,
    Effort,
    CachePoint,
    Usage,
    Streaming,
}

impl Parameter {
    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Returns whether a message refuses a parameter only because of the length of this prompt.
    fn is_overflow(message: &str) -> bool {
        let message = message.to_lowercase();
        message.contains("context")
            && ["length", "limit", "window", "size"].iter().any(|word| message.contains(word))
    }

    /// Returns the parameter that an error message refuses.
    fn refused_by(message: &str) -> Option<Self> {
        /// Parts of messages in lower case. The first row of which one part occurs is used.
        const ROWS: [(&[&str], Parameter); 7] = [
            (&["stream_options"], Parameter::Usage),
            (
                &["to stream this model", "support streaming", "streaming is not supported"],
                Parameter::Streaming,
            ),
            (&["temperature"], Parameter::Temperature),
            (&["reasoning_effort", "reasoning.effort"], Parameter::Effort),
            (&["prompt caching", "cachepoint"], Parameter::CachePoint),
            (
                &[
                    "'max_tokens' is not supported",
                    "'max_completion_tokens' is not supported",
                    "unrecognized request argument supplied: max_",
                    "unknown parameter: 'max_",
                    "use 'max_completion_tokens'",
                ],
                Parameter::LimitName,
            ),
            (
                &["max_tokens", "max_completion_tokens", "maxtokens", "maximum tokens", "in the completion"],
                Parameter::Reserve,
            ),
        ];
        let message = message.to_lowercase();
        // The answer was cut off by the limit. It is not refused.
        if message.contains("output limit was reached") {
            return None;
        }
        let contains = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
        ROWS.iter().find(|(parts, _)| contains(parts)).map(|(_, parameter)| *parameter)
    }
}

impl Settings {
    pub(super) fn new(provider: Provider, id: &str) -> Self {
        Self { model: Model::of(provider, id), refused: AtomicU8::new(0) }
    }

    /// Requests an answer, again without each parameter that the server refuses.
    pub(super) async fn ask<F>(
        &self,
        delivery: Delivery,
        send: impl Fn(Parameters, Delivery) -> F,
    ) -> Result<Answer, ModelError>
    where
        F: Future<Output = Result<Answer, ModelError>>,
    {
        let mut left_out = 0;
        loop {
            let parameters = self.parameters(left_out);
            match send(parameters, parameters.delivery(delivery)).await {
                Err(error) => match self.learn(parameters, &error) {
                    Some(refused) => left_out |= refused,
                    None => return Err(error),
                },
                answered => return answered,
            }
        }
    }

    /// Returns the parameters of a request, without those that the server refuses and those in `left_out`.
    pub(super) fn parameters(&self, left_out: u8) -> Parameters {
        Parameters { model: self.model, left_out: left_out | self.refused.load(Ordering::Relaxed) }
    }

    /// Returns the bit of the parameter without which the request can be sent again, if the server refused one that was
    /// sent. From then on, no request has this parameter, unless it was refused because this prompt is long.
    fn learn(&self, sent: Parameters, error: &ModelError) -> Option<u8> {
        let ModelError::Rejected { status: 400 | 403 | 422, error } = error else { return None };
        let parameter = Parameter::refused_by(error.received())?;
        if !sent.has(parameter) {
            return None;
        }
        if parameter != Parameter::Reserve || !Parameter::is_overflow(error.received()) {
            self.refused.fetch_or(parameter.bit(), Ordering::Relaxed);
        }
        Some(parameter.bit())
    }

    /// Returns the largest sizes of a prompt.
    pub(super) fn limits(&self) -> Limits {
        Limits::of(&self.model)
    }
}

impl Parameters {
    fn accepts(self, parameter: Parameter) -> bool {
        self.left_out & parameter.bit() == 0
    }

    /// Returns whether a request has this parameter.
    fn has(self, parameter: Parameter) -> bool {
        let is_known = match parameter {
            Parameter::Temperature => self.model.temperature,
            Parameter::LimitName | Parameter::Usage => true,
            Parameter::Reserve => self.reasons(),
            Parameter::Effort => self.model.effort.is_some(),
            Parameter::CachePoint => matches!(self.model.cache, Cache::Point(_)),
            Parameter::Streaming => self.model.streams,
        };
        is_known && self.accepts(parameter)
    }

    pub(super) fn temperature(self) -> Option<f64> {
        self.has(Parameter::Temperature).then_some(TEMPERATURE)
    }

    /// Returns the name of the parameter that limits an answer.
    pub(super) fn limit_name(self) -> &'static str {
        let is_new = self.model.limit == Limit::MaxCompletionTokens;
        if is_new == self.accepts(Parameter::LimitName) { "max_completion_tokens" } else { "max_tokens" }
    }

    /// Returns the maximum number of tokens that the model may generate for an answer of `answer` tokens.
    pub(super) fn generated_tokens(self, answer: usize) -> usize {
        let model = Model { reasons: self.reasons(), ..self.model };
        model.generated_tokens(answer)
    }

    fn reasons(self) -> bool {
        // Without its effort, a model reasons as much as it does by default.
        (self.model.reasons || !self.accepts(Parameter::Effort)) && self.accepts(Parameter::Reserve)
    }

    pub(super) fn effort(self) -> Option<&'static str> {
        self.model.effort.filter(|_| self.accepts(Parameter::Effort))
    }

    /// Returns whether to mark the end of the system prompt as the end of the cached text. A shorter one is not cached.
    pub(super) fn has_cache_point(self, system_tokens: usize) -> bool {
        let Cache::Point(minimum) = self.model.cache else { return false };
        system_tokens >= usize::from(minimum) && self.accepts(Parameter::CachePoint)
    }

    pub(super) fn reports_usage(self) -> bool {
        self.accepts(Parameter::Usage)
    }

    /// Returns how the answer is requested, if it is delivered in this way.
    fn delivery(self, delivery: Delivery) -> Delivery {
        if self.has(Parameter::Streaming) { delivery } else { Delivery::Full }
    }
}

#[cfg(test)]
mod tests {
    use contract::models::REASONING_TOKENS;

    use super::*;
    use crate::model::ServerError;

    #[test]
    fn a_refused_parameter_is_recognized_in_the_messages_of_providers() {
        let cases = [
            (
                "The model returned the following errors: `temperature` is deprecated for this model.",
                Some(Parameter::Temperature),
            ),
            (
                "Unsupported value: 'temperature' does not support 0.3 with this model. Only the default (1) value is supported.",
                Some(Parameter::Temperature),
            ),
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                Some(Parameter::LimitName),
            ),
            ("Unrecognized request argument supplied: max_completion_tokens", Some(Parameter::LimitName)),
            (
                "max_tokens is too large: 5000. This model supports at most 4096 completion tokens, whereas you provided 5000.",
                Some(Parameter::Reserve),
            ),
            ("The maximum tokens you requested exceeds the model limit of 4096.", Some(Parameter::Reserve)),
            ("Could not finish the message because max_tokens or model output limit was reached.", None),
            (
                "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model.",
                Some(Parameter::Effort),
            ),
            (
                "You invoked an unsupported model or your request did not allow prompt caching.",
                Some(Parameter::CachePoint),
            ),
            ("Your organization must be verified to stream this model.", Some(Parameter::Streaming)),
            ("Extra inputs are not permitted: stream_options", Some(Parameter::Usage)),
            ("The model `m` does not exist", None),
        ];
        for (message, expected) in cases {
            assert_eq!(Parameter::refused_by(message), expected, "{message}");
        }
    }

    fn refusal(status: u16, message: &str) -> ModelError {
        ModelError::Rejected { status, error: ServerError::new(None, Some(message)) }
    }

    /// Returns whether a request with all parameters that were not refused before is sent again.
    fn learns(settings: &Settings, status: u16, message: &str) -> bool {
        settings.learn(settings.parameters(0), &refusal(status, message)).is_some()
    }

    #[test]
    fn a_parameter_is_left_out_once_it_was_refused_and_only_if_it_was_sent() {
        let unknown = Settings::new(Provider::Other, "tiny");
        let sent = |settings: &Settings| {
            let parameters = settings.parameters(0);
            (parameters.temperature(), parameters.limit_name())
        };
        assert_eq!(sent(&unknown), (Some(TEMPERATURE), "max_tokens"));
        assert!(learns(&unknown, 400, "no temperature"));
        assert!(!learns(&unknown, 400, "no temperature"), "it was left out, so the request stays refused");
        assert!(!learns(&unknown, 404, "max_tokens") && !learns(&unknown, 400, "reasoning_effort"));
        assert!(learns(&unknown, 400, "Use 'max_completion_tokens' instead."));
        assert_eq!(sent(&unknown), (None, "max_completion_tokens"));
        assert!(learns(&unknown, 400, "max_completion_tokens is too large: 4000"));
        assert_eq!(unknown.parameters(0).generated_tokens(1_000), 1_000);
    }

    #[test]
    fn a_request_that_was_sent_before_another_learned_is_sent_again_too() {
        let settings = Settings::new(Provider::Other, "tiny");
        let (first, second) = (settings.parameters(0), settings.parameters(0));
        for sent in [first, second] {
            assert!(settings.learn(sent, &refusal(400, "no temperature")).is_some());
        }
    }

    #[test]
    fn a_long_prompt_leaves_out_the_reserve_of_its_request_only() {
        let settings = Settings::new(Provider::Other, "tiny");
        let messages = [
            "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 8192 \
             tokens and your request has 6000 input tokens.",
            "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (6000 in the \
             messages, 4000 in the completion).",
            "input length and `max_tokens` exceed context limit: 199000 + 4000 > 200000",
        ];
        for message in messages {
            let sent = settings.parameters(0);
            let left_out = settings.learn(sent, &refusal(400, message)).expect(message);
            assert_eq!(settings.parameters(left_out).generated_tokens(1_000), 1_000, "{message}");
            assert_eq!(settings.parameters(0).generated_tokens(1_000), 4_000, "{message}");
            let again = settings.learn(settings.parameters(left_out), &refusal(400, message));
            assert_eq!(again, None, "{message}");
        }
    }

    #[test]
    fn a_model_whose_effort_was_refused_has_tokens_for_its_reasoning() {
        let settings = Settings::new(Provider::OpenAi, "gpt-5.2");
        let sent = |settings: &Settings| {
            let parameters = settings.parameters(0);
            (parameters.effort(), parameters.generated_tokens(64))
        };
        assert_eq!(sent(&settings), (Some("none"), 64));
        assert!(learns(&settings, 400, "Unsupported value: 'reasoning_effort'"));
        assert_eq!(sent(&settings), (None, 64 + REASONING_TOKENS));
    }

    #[test]
    fn only_long_prompts_of_some_models_have_a_cache_point() {
        let cases = [
            ("eu.amazon.nova-lite-v1:0", 1_000, true),
            ("eu.amazon.nova-lite-v1:0", 999, false),
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", 1_024, true),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 4_095, false),
            ("anthropic.claude-3-haiku-20240307-v1:0", 9_000, false),
            ("meta.llama3-1-8b-instruct-v1:0", 9_000, false),
        ];
        for (id, tokens, expected) in cases {
            let settings = Settings::new(Provider::Bedrock, id);
            assert_eq!(settings.parameters(0).has_cache_point(tokens), expected, "{id} {tokens}");
        }
    }
}
