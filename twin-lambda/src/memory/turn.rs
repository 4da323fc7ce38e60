//! Turns: a question with its answer, the id by which a request names it, and the turns that it replaced.
//!
//! Both messages of a turn have the field `turn`. The question also has the field `replaced`, if it replaced other turns.
//! Other programs that read the conversation ignore these fields.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::conversation::{Conversation, Message, Role};
use super::summary::Summary;
use crate::session::TurnId;

pub(super) const TURN: &str = "turn";
pub(super) const REPLACED: &str = "replaced";
/// Maximum number of replaced turns that a question remembers, besides the turns of the last minute.
const MAX_REPLACED: usize = 100;

/// A turn that is to be saved.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTurn {
    pub id: TurnId,
    /// The turns that this one replaces. One is the usual case; there are more if earlier attempts failed.
    pub replaces: Vec<TurnId>,
    pub question: Message,
    pub answer: Message,
    /// A summary of earlier turns, which is stored with this one.
    pub summary: Option<Summary>,
}

/// Another request changed the conversation, so that a turn cannot be replaced or saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed;

/// A turn of a stored conversation.
struct Stored {
    id: String,
    messages: Range<usize>,
}

impl Conversation {
    /// Adds a turn in place of those that it replaces, or of its placeholder. Does nothing if it is already stored.
    pub fn add(&mut self, turn: &NewTurn) -> Result<(), Changed> {
        if self.was_replaced(&turn.id) {
            return Err(Changed);
        }
        let (mut question, mut answer) = (turn.question.clone(), turn.answer.clone());
        let mut later = Vec::new();
        if let Some(at) = self.position(&turn.id) {
            let Some(shown) = self.messages[at].pending() else { return Ok(()) };
            later = self.messages.split_off(at);
            later.retain(|message| message.turn() != Some(turn.id.as_str()));
            answer.cut(shown);
        }
        let removed = self.cut(&turn.replaces)?;
        let replaced = remembered(&turn.replaces, removed, turn.question.time());
        if let Some(summary) = &turn.summary {
            self.set_summary(summary);
        }
        for message in [&mut question, &mut answer] {
            message.other.insert(TURN.to_owned(), turn.id.as_str().into());
        }
        if !replaced.is_empty() {
            question.other.insert(REPLACED.to_owned(), replaced.into());
        }
        if let Some(now) = answer.time() {
            self.remove_expired_placeholders(now);
        }
        self.push([question, answer]);
        self.messages.append(&mut later);
        Ok(())
    }

    /// Returns the conversation to which a turn will be added: without the turns that it replaces, and without placeholders.
    /// Fails if the turn is already stored.
    pub fn before(&self, id: &TurnId, replaces: &[TurnId]) -> Result<Self, Changed> {
        if self.contains(id) {
            return Err(Changed);
        }
        let mut conversation = self.clone();
        conversation.cut(replaces)?;
        conversation.messages.retain(|message| message.pending().is_none());
        Ok(conversation)
    }

    /// Removes the last turns, as far as `replaces` lists them. Placeholders of other turns stay. Fails if a listed turn is
    /// not among the last ones, or was already replaced. Returns the ids and times of the removed turns and of those that
    /// they replaced, the newest first.
    pub fn cut(&mut self, replaces: &[TurnId]) -> Result<Vec<Value>, Changed> {
        if replaces.is_empty() {
            return Ok(Vec::new());
        }
        let is_listed = |turn: &Stored| replaces.iter().any(|id| id.as_str() == turn.id);
        let mut turns = self.turns();
        let mut removed = Vec::new();
        while let Some(turn) = turns.pop() {
            if is_listed(&turn) {
                let mut messages = self.messages.drain(turn.messages).peekable();
                let asked_at = messages.peek().and_then(|question| question.timestamp.clone());
                removed.push(json!({TURN: turn.id, "timestamp": asked_at}));
                removed.extend(messages.flat_map(|message| message.replaced().to_vec()));
            } else if self.messages[turn.messages.start].pending().is_none() {
                break;
            }
        }
        if turns.iter().any(is_listed) || replaces.iter().any(|id| self.was_replaced(id)) {
            return Err(Changed);
        }
        Ok(removed)
    }

    /// Returns whether the conversation contains the turn, and not only its placeholder.
    pub fn contains(&self, id: &TurnId) -> bool {
        self.position(id).is_some_and(|at| self.messages[at].pending().is_none())
    }

    /// Returns whether the stored answer of a turn is the one that was to be saved, or what a stop left of it. `None` if the
    /// turn is not stored.
    pub(super) fn has_saved(&self, turn: &NewTurn) -> Option<bool> {
        let is_answer =
            |message: &&Message| message.turn() == Some(turn.id.as_str()) && message.role == Role::Assistant;
        let stored = self.messages.iter().find(is_answer).filter(|message| message.pending().is_none())?;
        Some(stored.content == turn.answer.content || stored.is_cut_from(&turn.answer))
    }

    /// Returns the id of the turn of the message at an index.
    pub fn turn_of(&self, at: usize) -> String {
        let turn = self.turns().into_iter().find(|turn| turn.messages.contains(&at));
        turn.map(|turn| turn.id).unwrap_or_default()
    }

    fn position(&self, id: &TurnId) -> Option<usize> {
        self.messages.iter().position(|message| message.turn() == Some(id.as_str()))
    }

    /// Returns the messages for the visitor, without placeholders. Each has the id of its turn.
    pub fn visible(&self) -> Vec<Message> {
        let mut messages = self.messages.clone();
        for turn in self.turns() {
            for message in &mut messages[turn.messages] {
                message.other.insert(TURN.to_owned(), turn.id.as_str().into());
                message.other.remove(REPLACED);
            }
        }
        messages.retain(|message| message.pending().is_none());
        messages
    }

    pub(super) fn was_replaced(&self, id: &TurnId) -> bool {
        let mut entries = self.messages.iter().flat_map(Message::replaced);
        entries.any(|entry| entry[TURN] == id.as_str())
    }

    /// Returns the turns. A turn begins with a question.
    fn turns(&self) -> Vec<Stored> {
        let starts = (0..self.messages.len()).filter(|at| *at == 0 || self.messages[*at].role == Role::User);
        let mut ranges: Vec<Range<usize>> = starts.map(|start| start..self.messages.len()).collect();
        for at in 1..ranges.len() {
            ranges[at - 1].end = ranges[at].start;
        }
        let mut seen = BTreeMap::new();
        let stored = |range: Range<usize>| {
            let messages = &self.messages[range.clone()];
            let id = messages
                .iter()
                .find_map(Message::turn)
                .map_or_else(|| derived_id(messages, &mut seen), ToOwned::to_owned);
            Stored { id, messages: range }
        };
        ranges.into_iter().map(stored).collect()
    }
}

impl Message {
    /// Returns the id of the message's turn. Only messages that this program wrote have one.
    pub(super) fn turn(&self) -> Option<&str> {
        self.other.get(TURN)?.as_str()
    }

    /// Returns the turns that this question replaced.
    fn replaced(&self) -> &[Value] {
        self.other.get(REPLACED).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns when the turns that this question replaced were asked.
    pub(super) fn replaced_times(&self) -> impl Iterator<Item = Timestamp> {
        self.replaced().iter().filter_map(asked_at)
    }
}

/// Returns when a replaced turn was asked, if it was stored.
fn asked_at(entry: &Value) -> Option<Timestamp> {
    entry["timestamp"].as_str()?.parse().ok()
}

/// Returns what a question of the time `now` remembers of the turns that it replaced. Turns of the last minute come first and
/// are never left out, because they count for the limit of turns per minute.
fn remembered(replaces: &[TurnId], removed: Vec<Value>, now: Option<Timestamp>) -> Vec<Value> {
    let is_removed = |id: &&TurnId| removed.iter().any(|entry| entry[TURN] == id.as_str());
    // Turns that are not stored may still be generated. Their time is unknown.
    let missing: Vec<Value> =
        replaces.iter().filter(|id| !is_removed(id)).map(|id| json!({TURN: id.as_str()})).collect();
    let is_recent = |entry: &Value| {
        now.zip(asked_at(entry))
            .is_some_and(|(now, time)| now.duration_since(time) < SignedDuration::from_mins(1))
    };
    let (mut entries, others): (Vec<Value>, Vec<Value>) = removed.into_iter().partition(is_recent);
    entries.extend(missing);
    let room = MAX_REPLACED.saturating_sub(entries.len());
    entries.extend(others.into_iter().take(room));
    entries
}

/// Derives the id of a turn that was stored without one, from its messages and the number of equal turns before it.
fn derived_id(messages: &[Message], seen: &mut BTreeMap<String, usize>) -> String {
    let hash = Sha256::digest(json!(messages).to_string());
    let hash = hex::encode(&hash[..12]);
    let count = seen.entry(hash.clone()).or_default();
    *count += 1;
    format!("{hash}-{count}")
}
