//! Summaries of earlier turns. The last message that a summary covers has it as the field `summary`, so that the summary is
//! removed together with a turn that it covers.

use super::conversation::{Conversation, Message};

const SUMMARY: &str = "summary";

/// A summary of a conversation up to a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    text: String,
    /// The last message that the summary covers, and its index.
    last: Message,
    at: usize,
    /// The id of the turn of that message.
    pub turn: String,
}

impl Conversation {
    /// Adds a summary of the messages up to an index.
    pub fn summarize(&mut self, at: usize, text: String) -> Summary {
        let summary = Summary { text, last: self.messages[at].clone(), at, turn: self.turn_of(at) };
        self.set_summary(&summary);
        summary
    }

    /// Stores a summary, unless the last message that it covers has changed.
    pub(super) fn set_summary(&mut self, summary: &Summary) {
        let is_last = |message: &Message| {
            (&message.role, &message.content, &message.timestamp)
                == (&summary.last.role, &summary.last.content, &summary.last.timestamp)
        };
        // Its index is smaller if old turns were removed meanwhile.
        let end = self.messages.len().min(summary.at + 1);
        let found = self.messages[..end].iter().rposition(is_last);
        if let Some(at) = found.or_else(|| self.messages.iter().position(is_last)) {
            self.messages[at].other.insert(SUMMARY.to_owned(), summary.text.as_str().into());
        }
    }
}

impl Message {
    /// Returns the summary of this message and those before it.
    pub fn summary(&self) -> Option<&str> {
        self.other.get(SUMMARY)?.as_str()
    }

    pub(super) fn remove_summary(&mut self) {
        self.other.remove(SUMMARY);
    }
}

/// Returns the newest summary, and the messages after it.
pub fn newest_summary(messages: &[Message]) -> (Option<&str>, &[Message]) {
    match messages.iter().rposition(|message| message.summary().is_some()) {
        Some(at) => (messages[at].summary(), &messages[at + 1..]),
        None => (None, messages),
    }
}
