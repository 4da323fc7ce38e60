//! Ollama's own API. Its API for clients of OpenAI cannot set the size of the context, and cuts off longer prompts without
//! an error, at 4,096 tokens by default. Sources:
//! - <https://github.com/ollama/ollama/blob/main/docs/context-length.mdx>
//! - <https://github.com/ollama/ollama/blob/main/docs/api.md>
//! - <https://github.com/ollama/ollama/issues/16814>

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contract::limits::ANSWER_TOKENS;
use contract::models::Model;
use contract::tokens::estimate;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::{Chunk, Decoder, Limits, ModelError, ServerError, Stop, Usage};
use crate::prompt::Prompt;

/// How long messages wait until a server that may be Ollama has described the model, from its first request on. Without a
/// description, they are sent as to any other server.
const SHOW_WAIT: Duration = Duration::from_secs(2);
/// How long the server has to describe the model. Messages that arrive meanwhile share the description.
const SHOW_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause after a failure, before the server is asked again.
const SHOW_PAUSE: Duration = Duration::from_secs(10);
/// The size of the context is a multiple of this. Ollama loads the model again when the size changes.
const STEP: usize = 2_048;
/// Tokens for the date and the marks between messages.
const MARKS: usize = 256;
/// The largest line of a stream, in bytes.
const LINE: usize = 1 << 20;

/// A server that may be Ollama.
#[derive(Debug)]
pub(super) struct Ollama {
    root: String,
    pub(super) detection: Detection,
    /// The largest context so far.
    context: AtomicUsize,
}

/// The result of an attempt. `Ok(None)` means that it is not Ollama; an error, with its time, may pass.
type Outcome = Result<Option<Shown>, Instant>;

/// The detection of Ollama. It runs in its own task, so that a slow server delays messages by a bounded time, and a visitor
/// who leaves does not interrupt it.
#[derive(Debug, Default)]
pub(super) struct Detection(Mutex<Option<Attempt>>);

#[derive(Clone, Debug)]
struct Attempt {
    start: Instant,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Detection {
    /// Returns the description of the model if the server is Ollama and answers within a fraction of the message's
    /// deadline. `show` sends the request and stops at the given time.
    pub(super) async fn shown<F>(&self, within: Duration, show: impl FnOnce(Instant) -> F) -> Option<Shown>
    where
        F: Future<Output = Result<Option<Shown>, ()>> + Send + 'static,
    {
        let Attempt { start, mut outcome } = self.attempt(show);
        let until = (start + SHOW_WAIT).min(Instant::now() + within);
        let outcome = timeout_at(until, outcome.wait_for(Option::is_some)).await;
        outcome.ok()?.ok()?.as_ref()?.ok()?
    }

    /// Returns the last attempt, or a new one.
    fn attempt<F>(&self, show: impl FnOnce(Instant) -> F) -> Attempt
    where
        F: Future<Output = Result<Option<Shown>, ()>> + Send + 'static,
    {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |attempt: &Attempt| match *attempt.outcome.borrow() {
            Some(Err(at)) => at.elapsed() >= SHOW_PAUSE,
            // The task was aborted with its runtime.
            None => attempt.outcome.has_changed().is_err(),
            Some(Ok(_)) => false,
        };
        if let Some(attempt) = last.as_ref().filter(|attempt| !is_over(attempt)) {
            return attempt.clone();
        }
        let (sender, outcome) = watch::channel(None);
        let start = Instant::now();
        let until = start + SHOW_TIMEOUT;
        let request = show(until);
        tokio::spawn(async move {
            let shown = timeout_at(until, request).await.unwrap_or(Err(()));
            sender.send_replace(Some(shown.map_err(|()| Instant::now())));
        });
        last.insert(Attempt { start, outcome }).clone()
    }
}

/// The description of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The largest context of the model.
    context: u32,
    /// The context that the owner has set for it.
    set: usize,
    thinks: bool,
}

impl Ollama {
    /// Returns a server with the base URL of Ollama's OpenAI-compatible API.
    pub(super) fn at(base_url: &str) -> Option<Self> {
        let root = contract::models::ollama_root(base_url)?;
        Some(Self { root: root.to_owned(), detection: Detection::default(), context: AtomicUsize::new(0) })
    }

    pub(super) fn url(&self, operation: &str) -> String {
        format!("{}/api/{operation}", self.root)
    }

    pub(super) fn body(&self, shown: Shown, model: &str, prompt: &Prompt, messages: &Value) -> Value {
        let generated = shown.model().generated_tokens(prompt.answer_tokens);
        let mut body = json!({
            "model": model,
            "messages": messages,
            // A complete answer would not end with a line break.
            "stream": true,
            "options": {
                "num_ctx": self.context(shown, prompt, generated),
                "num_predict": generated,
                "temperature": super::settings::TEMPERATURE,
            },
        });
        if shown.thinks {
            // gpt-oss cannot stop thinking.
            body["think"] = if model.starts_with("gpt-oss") { "low".into() } else { false.into() };
        }
        body
    }

    /// Returns the size of the context: as large as this prompt requires with a full conversation, but never smaller than
    /// before, because each change takes seconds.
    fn context(&self, shown: Shown, prompt: &Prompt, generated: usize) -> usize {
        let turns: usize = prompt.turns.iter().map(|turn| estimate(&turn.text)).sum();
        let generated = generated.max(shown.model().generated_tokens(ANSWER_TOKENS));
        let needed = prompt.system.tokens + turns.max(shown.limits().history) + generated + MARKS;
        let needed = needed.next_multiple_of(STEP).max(shown.set).min(shown.context as usize);
        self.context.fetch_max(needed, Ordering::Relaxed).max(needed)
    }
}

impl Shown {
    /// Parses a response to `show`. `Ok(None)` means that the server is not Ollama; an error may pass.
    pub(super) fn parse(status: StatusCode, body: &[u8]) -> Result<Option<Self>, ()> {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        if !status.is_success() {
            // Ollama does not have the model yet.
            let is_missing = value["error"].as_str().is_some_and(|error| error.contains("not found"));
            return if is_missing || status.is_server_error() { Err(()) } else { Ok(None) };
        }
        // Other servers have this operation too, for example llama.cpp's, but without the architecture and the rest of the API.
        let info = value["model_info"].as_object().filter(|info| info.contains_key("general.architecture"));
        let mut members = info.into_iter().flatten();
        let context =
            members.find_map(|(name, size)| size.as_u64().filter(|_| name.ends_with(".context_length")));
        let mut parameters = value["parameters"].as_str().unwrap_or_default().lines();
        let set = parameters.find_map(|line| line.trim().strip_prefix("num_ctx")?.trim().parse().ok());
        let thinks = value["capabilities"].as_array().is_some_and(|all| all.contains(&"thinking".into()));
        let context = context.and_then(|context| u32::try_from(context).ok());
        Ok(context.map(|context| Self { context, set: set.unwrap_or_default(), thinks }))
    }

    fn model(self) -> Model {
        Model::served(self.context, self.thinks)
    }

    /// Returns the largest sizes of a prompt.
    pub(super) fn limits(self) -> Limits {
        Limits::of(&self.model())
    }
}

/// A decoder of answers: one JSON object on each line.
#[derive(Debug, Default)]
pub(super) struct LineDecoder {
    buffer: Vec<u8>,
    complete: bool,
}

impl Decoder for LineDecoder {
    fn decode(&mut self, bytes: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.buffer.extend_from_slice(part);
            if self.buffer.len() > LINE {
                return Err(ModelError::Malformed("a line is too long".to_owned()));
            }
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.buffer);
                self.decode_line(&line, chunks)?;
            }
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl LineDecoder {
    fn decode_line(&mut self, line: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(line).map_err(|error| ModelError::malformed(&error))?;
        if let Some(error) = value["error"].as_str() {
            return Err(ModelError::Unavailable { status: 500, error: ServerError::new(None, Some(error)) });
        }
        if let Some(text) = value["message"]["content"].as_str().filter(|text| !text.is_empty()) {
            chunks.push_back(Chunk::Text(text.to_owned()));
        }
        if value["done"] == true {
            self.complete = true;
            let stop = match value["done_reason"].as_str() {
                Some("stop") | None => Stop::Done,
                Some("length") => Stop::Length,
                Some(other) => Stop::other(other),
            };
            chunks.push_back(Chunk::Stop(stop));
            let counts = (value["prompt_eval_count"].as_u64(), value["eval_count"].as_u64());
            if let (Some(input), Some(output)) = counts {
                chunks.push_back(Chunk::Usage(Usage { input, output, ..Usage::default() }));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
