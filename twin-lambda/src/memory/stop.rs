//! Turns that the visitor stopped: their answer is cut to what was shown, and has the field `stopped`.
//!
//! The request that stops a turn can arrive before the one that generates it has saved it, perhaps in another process. Then
//! it saves a placeholder, whose field `pending` is the length of the answer that was shown. The write of the turn conflicts
//! with the placeholder, reads it, and replaces it.

use contract::api::PENDING;
use jiff::{SignedDuration, Timestamp};

use super::conversation::{Conversation, Message, Role};
use super::turn::TURN;
use crate::session::TurnId;

const STOPPED: &str = "stopped";
/// The content of an answer of which nothing was shown, and of placeholders. Some models reject empty messages.
const NOTHING: &str = "…";
/// After this time, a placeholder belongs to a turn that was never saved.
const PENDING_TIME: SignedDuration = SignedDuration::from_mins(10);
/// Maximum number of placeholders in a conversation. A visitor needs one for each tab.
const MAX_PLACEHOLDERS: usize = 4;
/// How long after a stop the turn may still be generated.
const GENERATION_TIME: SignedDuration = SignedDuration::from_mins(1);

/// The result of stopping a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Whether the conversation contains the turn. Otherwise it contains a placeholder.
    pub is_stored: bool,
    pub is_changed: bool,
}

impl Conversation {
    /// Cuts the answer of a turn to its first `shown` characters (Unicode scalar values). Adds a placeholder if the turn is
    /// not stored.
    pub fn stop(&mut self, id: &TurnId, shown: usize, now: Timestamp) -> Stop {
        if self.was_replaced(id) {
            return Stop { is_stored: true, is_changed: false };
        }
        let of_turn = |message: &&mut Message| message.turn() == Some(id.as_str());
        let messages: Vec<&mut Message> = self.messages.iter_mut().filter(of_turn).collect();
        if let Some(before) = messages.iter().find_map(|message| message.pending()) {
            let is_changed = shown < before;
            for message in messages.into_iter().filter(|_| is_changed) {
                message.other.insert(PENDING.to_owned(), shown.into());
            }
            return Stop { is_stored: false, is_changed };
        }
        if let Some(answer) = messages.into_iter().find(|message| message.role == Role::Assistant) {
            return Stop { is_stored: true, is_changed: answer.cut(shown) };
        }
        self.remove_expired_placeholders(now);
        self.remove_oldest_placeholders();
        let mut placeholder =
            [Role::User, Role::Assistant].map(|role| Message::new(role, NOTHING.to_owned(), now));
        for message in &mut placeholder {
            message.other.insert(TURN.to_owned(), id.as_str().into());
            message.other.insert(PENDING.to_owned(), shown.into());
        }
        self.push(placeholder);
        Stop { is_stored: false, is_changed: true }
    }

    /// Returns whether the placeholder of a turn shows that the turn is still being generated.
    pub fn is_pending(&self, id: &TurnId) -> bool {
        self.messages.iter().any(|message| message.turn() == Some(id.as_str()) && message.pending().is_some())
    }

    /// Returns whether a turn that was stopped is still being generated, except those in `others`.
    pub fn awaits_turn(&self, others: &[TurnId], now: Timestamp) -> bool {
        self.messages.iter().any(|message| {
            let is_other = others.iter().any(|id| message.turn() == Some(id.as_str()));
            message.pending().is_some() && !is_other && message.is_newer(GENERATION_TIME, now)
        })
    }

    /// Removes the placeholder of a turn. Returns whether there was one.
    pub(super) fn remove_placeholder(&mut self, id: &TurnId) -> bool {
        let before = self.messages.len();
        self.messages.retain(|message| message.pending().is_none() || message.turn() != Some(id.as_str()));
        self.messages.len() < before
    }

    /// Makes room for a new placeholder.
    fn remove_oldest_placeholders(&mut self) {
        let count = self.messages.iter().filter(|message| message.pending().is_some()).count();
        // A placeholder has two messages.
        let mut surplus = count.saturating_sub(2 * (MAX_PLACEHOLDERS - 1));
        self.messages.retain(|message| {
            let is_surplus = surplus > 0 && message.pending().is_some();
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
    }

    pub(super) fn remove_expired_placeholders(&mut self, now: Timestamp) {
        self.messages.retain(|message| message.pending().is_none() || message.is_newer(PENDING_TIME, now));
    }
}

impl Message {
    /// Marks an answer as stopped.
    #[must_use]
    pub fn stopped(mut self) -> Self {
        self.other.insert(STOPPED.to_owned(), true.into());
        if self.content.trim().is_empty() {
            NOTHING.clone_into(&mut self.content);
        }
        self
    }

    /// Cuts the message to its first `shown` characters. Returns whether it was longer.
    pub(super) fn cut(&mut self, shown: usize) -> bool {
        let Some((end, _)) = self.content.char_indices().nth(shown) else {
            return false;
        };
        self.content.truncate(end);
        // It may contain what was cut off.
        self.remove_summary();
        *self = self.clone().stopped();
        true
    }

    /// Returns whether this message is what a stop left of an answer.
    pub(super) fn is_cut_from(&self, answer: &Self) -> bool {
        self.other.contains_key(STOPPED)
            && (self.content == NOTHING || answer.content.starts_with(&self.content))
    }

    /// Returns how much of its turn's answer was shown, if this message is a placeholder.
    pub(super) fn pending(&self) -> Option<usize> {
        self.other.get(PENDING)?.as_u64().and_then(|shown| usize::try_from(shown).ok())
    }

    fn is_newer(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.time().is_some_and(|time| now.duration_since(time) < age)
    }
}
