//! The language model: takes a prompt and returns an answer in chunks.

mod bedrock;
mod builtin;
mod ollama;
mod openai;
mod server_error;
mod settings;

use std::collections::VecDeque;

use async_trait::async_trait;
use hyper::body::Incoming;

use crate::aws::secret::SecretError;
use crate::client::{SendError, next_chunk};
use crate::clock::Deadline;
use crate::prompt::Prompt;

pub use bedrock::Bedrock;
pub use builtin::{Builtin, Substitute, contact};
pub use openai::{Key, OpenAi};
pub use server_error::ServerError;

#[async_trait]
pub trait Model: Send + Sync + std::fmt::Debug {
    /// Sends the prompt once. Returns an error only before the first chunk, so the caller can retry.
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError>;

    /// Returns the largest sizes of a prompt.
    async fn limits(&self, deadline: Deadline) -> Limits;

    /// Returns whether the model can summarize a conversation.
    fn can_summarize(&self) -> bool {
        true
    }
}

/// The largest sizes of the parts of a prompt, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The instructions and the data files: the model's context without the tokens that are reserved for the rest.
    pub system: usize,
    /// The conversation, including the question.
    pub history: usize,
}

impl Limits {
    fn of(model: &contract::models::Model) -> Self {
        Self { system: model.system_tokens(), history: model.history_tokens() }
    }
}

/// Whether the visitor receives the answer at once or as a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Full,
    Streamed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    Text(String),
    Stop(Stop),
    Usage(Usage),
}

/// The tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens, including the cached ones.
    pub input: u64,
    /// Input tokens that were read from the model's cache.
    pub cached: Option<u64>,
    /// Input tokens that were written into the model's cache.
    pub cache_written: Option<u64>,
    pub output: u64,
}

impl From<Usage> for contract::models::Usage {
    fn from(usage: Usage) -> Self {
        let Usage { input, cached, cache_written, output } = usage;
        let (cached, cache_written) = (cached.unwrap_or_default(), cache_written.unwrap_or_default());
        Self { input, cached, cache_written, output }
    }
}

/// Why the model stopped. The log contains the variants' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Done,
    /// The answer reached the maximum length.
    Length,
    /// A guardrail or content filter intervened.
    Filtered,
    Other(String),
}

impl Stop {
    /// Returns an unknown reason. A text that is not an identifier is not kept, because the log contains the reason.
    fn other(reason: &str) -> Self {
        Self::Other(server_error::id(reason).unwrap_or_else(|| "unknown".to_owned()))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("failed to reach the model")]
    Connection(#[from] SendError),
    #[error("the model throttles requests: {0}")]
    Throttled(ServerError),
    #[error("the model is not available (status {status}): {error}")]
    Unavailable { status: u16, error: ServerError },
    #[error("the model rejected the request (status {status}): {error}")]
    Rejected { status: u16, error: ServerError },
    #[error("the model rejected the API key: {0}")]
    KeyRejected(ServerError),
    #[error("failed to read the model's API key")]
    KeyUnavailable(#[from] SecretError),
    #[error("failed to parse the model's answer: {0}")]
    Malformed(String),
    #[error("the model's answer is incomplete")]
    Truncated,
    #[error("the model returned an empty answer")]
    Empty,
    #[error(
        "the model returned an empty answer, because it reached the maximum length before the first word"
    )]
    EmptyByLength,
}

impl ModelError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connection(SendError::Timeout) => "model_timeout",
            Self::Throttled(_) => "model_throttled",
            Self::Connection(_) | Self::Unavailable { .. } => "model_unavailable",
            Self::Rejected { .. } => "model_refused",
            Self::KeyRejected(_) | Self::KeyUnavailable(_) => "model_key",
            Self::Malformed(_) | Self::Truncated | Self::Empty | Self::EmptyByLength => "model_broken",
        }
    }

    /// Makes the server's message printable. Until then, it is not part of the error's text.
    #[must_use]
    pub fn redact(mut self, prompt: &Prompt) -> Self {
        match &mut self {
            Self::Throttled(error)
            | Self::KeyRejected(error)
            | Self::Unavailable { error, .. }
            | Self::Rejected { error, .. } => error.redact(prompt),
            _ => {}
        }
        self
    }

    /// Returns an error about JSON that cannot be parsed. It does not repeat the JSON, which can contain the answer.
    fn malformed(error: &serde_json::Error) -> Self {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        Self::Malformed(format!("{kind:?} error at line {line} column {column}").to_lowercase())
    }

    /// Returns whether the model generated nothing: its server did not receive the request, or rejected it.
    pub fn is_free(&self) -> bool {
        match self {
            Self::Connection(error) => !error.may_have_arrived(),
            Self::Malformed(_) | Self::Truncated | Self::Empty | Self::EmptyByLength => false,
            // A stream that breaks with an error has no status of its own.
            Self::Unavailable { .. }
            | Self::Throttled(_)
            | Self::Rejected { .. }
            | Self::KeyRejected(_)
            | Self::KeyUnavailable(_) => true,
        }
    }

    /// Returns whether a retry may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled(_)
            | Self::Unavailable { .. }
            | Self::Connection(SendError::Connection(_) | SendError::Interrupted(_))
            // The key is read again, and the request is retried once.
            | Self::KeyRejected(_) => true,
            _ => false,
        }
    }
}

/// An answer that is being received. Dropping it closes the connection, which stops the model.
#[derive(Debug)]
pub struct Answer {
    received: VecDeque<Chunk>,
    source: Option<(Incoming, Box<dyn Decoder>)>,
    deadline: Deadline,
}

/// A decoder of a response body that arrives in arbitrary parts.
pub trait Decoder: Send + std::fmt::Debug {
    fn decode(&mut self, bytes: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError>;

    /// Returns whether the answer is complete.
    fn is_complete(&self) -> bool;
}

impl Answer {
    pub fn full(chunks: impl IntoIterator<Item = Chunk>, deadline: Deadline) -> Self {
        Self { received: chunks.into_iter().collect(), source: None, deadline }
    }

    pub fn streamed(body: Incoming, decoder: impl Decoder + 'static, deadline: Deadline) -> Self {
        Self { received: VecDeque::new(), source: Some((body, Box::new(decoder))), deadline }
    }

    /// Waits for the next chunk, and returns `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<Chunk>, ModelError> {
        loop {
            if let Some(chunk) = self.received.pop_front() {
                return Ok(Some(chunk));
            }
            let Some((body, decoder)) = &mut self.source else {
                return Ok(None);
            };
            match next_chunk(body, self.deadline.instant()).await? {
                Some(bytes) => decoder.decode(&bytes, &mut self.received)?,
                None if decoder.is_complete() => self.source = None,
                None => return Err(ModelError::Truncated),
            }
        }
    }
}
