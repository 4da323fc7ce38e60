//! The prompt: the system prompt, which is the same for every turn, then the date and the conversation.

mod facts;
mod history;
mod system;
mod template;

use std::sync::Arc;

use contract::limits::HISTORY_TOKENS;
use jiff::Timestamp;

use crate::memory::Message;

pub use history::Turn;
pub use system::{SystemPrompt, UNANSWERED_MARK};

#[derive(Clone, Debug)]
pub struct Prompt {
    /// The same for every visitor, so that a model can cache it.
    pub system: Arc<SystemPrompt>,
    /// The date. It has no time of day, because that would change with every message.
    pub today: String,
    /// Starts with a visitor's message and ends with the question.
    pub turns: Vec<Turn>,
}

pub fn build(system: Arc<SystemPrompt>, history: &[Message], question: &str, now: Timestamp) -> Prompt {
    Prompt {
        system,
        today: format!("Today is {}.", now.strftime("%A, %-d %B %Y")),
        turns: history::recent_turns(history, question, HISTORY_TOKENS),
    }
}

#[cfg(test)]
mod tests;
