//! What the model is given: the persona, which stays the same from turn to turn, then the date and the conversation.

mod brief;
mod facts;
mod history;
mod template;

use std::sync::Arc;

use contract::limits::HISTORY_TOKENS;
use jiff::Timestamp;

use crate::memory::Message;

pub use brief::{Brief, UNANSWERED};
pub use facts::as_text as facts_as_text;
pub use history::Turn;

#[derive(Clone, Debug)]
pub struct Prompt {
    /// The same for every visitor, so a model can keep it ready (a prompt cache).
    pub brief: Arc<Brief>,
    /// What changes from day to day. No time of day: it would change with every message.
    pub today: String,
    /// Starts with the visitor and ends with the question.
    pub turns: Vec<Turn>,
}

pub fn build(brief: Arc<Brief>, history: &[Message], question: &str, now: Timestamp) -> Prompt {
    Prompt {
        brief,
        today: format!("Today is {}.", now.strftime("%A, %-d %B %Y")),
        turns: history::turns(history, question, HISTORY_TOKENS),
    }
}

#[cfg(test)]
mod tests;
