//! What the model is given: the persona, which stays the same from turn to turn, then the date and the conversation.

mod facts;
mod history;
mod tokens;

use jiff::Timestamp;

use crate::memory::Message;
use crate::persona::Persona;

pub use facts::as_text as facts_as_text;
pub use history::Turn;
pub use tokens::estimate;

/// Left for the conversation; the oldest pairs are dropped over it.
pub const HISTORY_TOKENS: usize = 6_000;
/// The longest answer.
pub const ANSWER_TOKENS: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The same for every visitor, so a model can keep it ready (a prompt cache).
    pub fixed: String,
    /// What changes from day to day.
    pub today: String,
    /// Starts with the visitor and ends with the question.
    pub turns: Vec<Turn>,
}

pub fn build(fixed: &str, history: &[Message], question: &str, now: Timestamp) -> Prompt {
    Prompt {
        fixed: fixed.to_owned(),
        today: format!("Today is {}.", now.strftime("%A, %-d %B %Y")),
        turns: history::turns(history, question, HISTORY_TOKENS),
    }
}

/// The part that stays the same.
pub fn fixed(persona: &Persona) -> String {
    let name = persona.full_name().unwrap_or("the owner");
    format!("You are the AI twin of {name}.")
}
