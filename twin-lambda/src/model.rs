//! What answers: a prompt in, pieces of text out, whichever model is behind it.

mod builtin;

use async_trait::async_trait;

use crate::clock::Deadline;
use crate::prompt::Prompt;

pub use builtin::Builtin;

#[async_trait]
pub trait Model: Send + Sync + std::fmt::Debug {
    /// Asks once; an error here came before the first word, so it can be asked again.
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Box<dyn Answer>, ModelError>;

    /// How much it reads at once, in tokens.
    fn context_tokens(&self) -> usize;
}

/// An answer on its way; dropping it stops the model.
#[async_trait]
pub trait Answer: Send {
    /// The next piece, or `None` after the last one.
    async fn next(&mut self) -> Result<Option<Piece>, ModelError>;
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
    #[error("the model had no answer in time")]
    Timeout,
}

impl ModelError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "model_timeout",
        }
    }

    /// Whether the same question may work in a moment.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Timeout => false,
        }
    }
}

/// An answer that is complete from the start.
#[derive(Debug)]
pub struct Ready(std::vec::IntoIter<Piece>);

impl Ready {
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces.into_iter())
    }
}

#[async_trait]
impl Answer for Ready {
    async fn next(&mut self) -> Result<Option<Piece>, ModelError> {
        Ok(self.0.next())
    }
}
