//! What answers: a prompt in, pieces of text out, whichever model is behind it.

mod bedrock;
mod builtin;
mod openai;

use std::collections::VecDeque;

use async_trait::async_trait;
use hyper::body::Incoming;

use crate::aws::secret::SecretError;
use crate::client::{SendError, next_bytes};
use crate::clock::Deadline;
use crate::prompt::Prompt;

pub use bedrock::Bedrock;
pub use builtin::Builtin;
pub use openai::{Key, OpenAi};

#[async_trait]
pub trait Model: Send + Sync + std::fmt::Debug {
    /// Asks once; an error here came before the first word, so it can be asked again.
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError>;

    /// How much it reads at once, in tokens.
    fn context_tokens(&self) -> usize;
}

/// Whether the visitor wants words as they come or the whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Whole,
    Streamed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Stop(Stop),
    Usage { input: u64, output: u64 },
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Done,
    /// The longest answer that was allowed.
    Length,
    /// A guardrail or content filter of the model's owner.
    Filtered,
    Other(String),
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the model could not be reached")]
    Connection(#[from] SendError),
    #[error("the model is throttled: {0}")]
    Throttled(String),
    #[error("the model is not available (status {status}): {message}")]
    Unavailable { status: u16, message: String },
    #[error("the model refused the question (status {status}): {message}")]
    Refused { status: u16, message: String },
    #[error("the model refused the key: {0}")]
    KeyRefused(String),
    #[error("the model's key could not be read")]
    Key(#[from] SecretError),
    #[error("the model's answer could not be read: {0}")]
    Unreadable(String),
    #[error("the model's answer ended before its end")]
    CutOff,
    #[error("the model answered nothing")]
    Empty,
}

impl ModelError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connection(SendError::Timeout) => "model_timeout",
            Self::Throttled(_) => "model_throttled",
            Self::Connection(_) | Self::Unavailable { .. } => "model_unavailable",
            Self::Refused { .. } => "model_refused",
            Self::KeyRefused(_) | Self::Key(_) => "model_key",
            Self::Unreadable(_) | Self::CutOff | Self::Empty => "model_broken",
        }
    }

    /// Whether the same question may be answered in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Throttled(_)
            | Self::Unavailable { .. }
            | Self::Connection(SendError::Connection(_) | SendError::Broken(_))
            // One new try with a key that was fetched again.
            | Self::KeyRefused(_) => true,
            _ => false,
        }
    }
}

/// An answer on its way; dropping it stops the model.
#[derive(Debug)]
pub struct Answer {
    ready: VecDeque<Piece>,
    source: Option<(Incoming, Box<dyn Decode>)>,
    deadline: Deadline,
}

/// Bytes as they arrive, split anywhere, to pieces.
pub trait Decode: Send + std::fmt::Debug {
    fn decode(&mut self, bytes: &[u8], pieces: &mut VecDeque<Piece>) -> Result<(), ModelError>;

    /// Whether the bytes so far are a whole answer.
    fn is_complete(&self) -> bool;
}

impl Answer {
    pub fn whole(pieces: impl IntoIterator<Item = Piece>, deadline: Deadline) -> Self {
        Self { ready: pieces.into_iter().collect(), source: None, deadline }
    }

    pub fn streamed(body: Incoming, decoder: impl Decode + 'static, deadline: Deadline) -> Self {
        Self { ready: VecDeque::new(), source: Some((body, Box::new(decoder))), deadline }
    }

    /// The next piece, or `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<Piece>, ModelError> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            let Some((body, decoder)) = &mut self.source else {
                return Ok(None);
            };
            match next_bytes(body, self.deadline.instant()).await? {
                Some(bytes) => decoder.decode(&bytes, &mut self.ready)?,
                None if decoder.is_complete() => self.source = None,
                None => return Err(ModelError::CutOff),
            }
        }
    }
}
