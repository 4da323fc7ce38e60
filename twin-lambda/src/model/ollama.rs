//! Ollama's own API. Its API for clients of OpenAI cannot set the size of the context, and cuts off longer prompts without
//! an error, at 4,096 tokens by default. Sources:
//! - <https://github.com/ollama/ollama/blob/main/docs/context-length.mdx>
//! - <https://github.com/ollama/ollama/blob/main/docs/api.md>
//! - <https://github.com/ollama/ollama/issues/16814>

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract::limits::{ANSWER_TOKENS, HISTORY_TOKENS};
use contract::models::Model;
use contract::tokens::estimate;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Chunk, Decoder, ModelError, ServerError, Stop, Usage};
use crate::prompt::Prompt;

/// How long a server that may be Ollama has to describe the model.
pub(super) const SHOW_TIMEOUT: Duration = Duration::from_secs(2);
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
    /// The description of the model, or `None` if the server is not Ollama.
    pub(super) shown: OnceCell<Option<Shown>>,
    /// The largest context so far.
    context: AtomicUsize,
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
    /// Returns a server whose base URL is that of Ollama's API for clients of OpenAI.
    pub(super) fn at(base_url: &str) -> Option<Self> {
        let root = contract::models::ollama_root(base_url)?;
        Some(Self { root: root.to_owned(), shown: OnceCell::new(), context: AtomicUsize::new(0) })
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
        let needed = prompt.system.tokens + turns.max(HISTORY_TOKENS) + generated + MARKS;
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
        let members = value["model_info"].as_object().into_iter().flatten();
        let context =
            members.filter(|(name, _)| name.ends_with(".context_length")).find_map(|(_, size)| size.as_u64());
        let mut parameters = value["parameters"].as_str().unwrap_or_default().lines();
        let set = parameters.find_map(|line| line.trim().strip_prefix("num_ctx")?.trim().parse().ok());
        let thinks = value["capabilities"].as_array().is_some_and(|all| all.contains(&"thinking".into()));
        let context = context.and_then(|context| u32::try_from(context).ok());
        Ok(context.map(|context| Self { context, set: set.unwrap_or_default(), thinks }))
    }

    fn model(self) -> Model {
        Model::served(self.context, self.thinks)
    }

    /// Returns the most tokens that a system prompt may have.
    pub(super) fn system_tokens(self) -> usize {
        self.model().system_tokens()
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
