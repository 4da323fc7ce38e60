//! The prompt: the system prompt, which is the same for every turn, then the date and the conversation.

mod facts;
mod history;
mod summary;
mod system;
mod template;

use std::sync::Arc;

use contract::limits::ANSWER_TOKENS;
use contract::tokens::estimate;
use jiff::Timestamp;

use crate::memory::{Message, Role};
use crate::persona::Persona;

pub use history::Turn;
pub use summary::shortened;
pub use system::{SystemPrompt, UNANSWERED_MARK};

#[derive(Clone, Debug)]
pub struct Prompt {
    /// The same for every visitor, so that a model can cache it.
    pub system: Arc<SystemPrompt>,
    /// The date. It has no time of day, because that would change with every message.
    pub today: String,
    /// Starts with a visitor's message and ends with the question.
    pub turns: Vec<Turn>,
    /// The maximum length of the answer.
    pub answer_tokens: usize,
}

impl Prompt {
    /// Returns the visitor's messages, the newest first.
    pub fn visitor_texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.turns.iter().rev().filter(|turn| turn.role == Role::User).map(|turn| turn.text.as_str())
    }
}

/// Builds the prompt of a turn. The conversation, including the question, has at most `history_tokens`.
pub fn build(
    system: Arc<SystemPrompt>,
    history: &[Message],
    question: &str,
    history_tokens: usize,
    now: Timestamp,
) -> Prompt {
    Prompt {
        system,
        today: today(now),
        turns: history::recent_turns(history, question, history_tokens),
        answer_tokens: ANSWER_TOKENS,
    }
}

/// Builds the prompt that has the model summarize messages. `canary` is the mark in the twin's own instructions.
pub fn summarize(canary: &str, previous: Option<&str>, messages: &[Message], now: Timestamp) -> Prompt {
    let text = summary::INSTRUCTIONS.to_owned();
    let (persona, canary) = (Persona::default(), canary.to_owned());
    let system = SystemPrompt { tokens: estimate(&text), persona, text, canary };
    let text = summary::transcript(previous, messages);
    let turns = vec![Turn { role: Role::User, text }];
    Prompt { system: Arc::new(system), today: today(now), turns, answer_tokens: ANSWER_TOKENS }
}

fn today(now: Timestamp) -> String {
    format!("Today is {}.", now.strftime("%A, %-d %B %Y"))
}

#[cfg(test)]
mod tests;
