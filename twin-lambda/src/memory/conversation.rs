//! A conversation as it is stored, with limits on its size.

use std::time::Duration;

use contract::key::Form;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::deletion::{self, DELETION};
use crate::session::SessionId;

const MAX_MESSAGES: usize = 200;
const MAX_BYTES: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Decides the key, but not the shape: some programs store an object at the key of arrays.
    form: Form,
    pub messages: Vec<Message>,
    /// Other fields of an object, which are preserved. `None` if the messages are stored as an array.
    fields: Option<Map<String, Value>>,
    /// The id of the last deletion.
    pub(super) deletion: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Other fields. Fields of other programs are preserved.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
    #[serde(untagged)]
    Other(String),
}

impl Message {
    pub fn new(role: Role, content: String, time: Timestamp) -> Self {
        Self { role, content, timestamp: Some(time.to_string()), other: Map::new() }
    }

    /// Removes the id of the last deletion. Another program's field of this name stays.
    fn take_deletion(&mut self) -> Option<String> {
        let id = self.other.get(DELETION)?.as_str().filter(|id| deletion::is_id(id))?.to_owned();
        self.other.remove(DELETION);
        Some(id)
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        self.timestamp.as_deref()?.parse().ok()
    }

    /// Returns about how many bytes the message has, without the names of its fields. Placeholders do not count.
    fn size(&self) -> usize {
        if self.pending().is_some() {
            return 0;
        }
        let fields = self.other.values();
        let fields = fields.map(|value| value.as_str().map_or_else(|| value.to_string().len(), str::len));
        self.content.len() + fields.sum::<usize>()
    }
}

impl Conversation {
    pub fn empty() -> Self {
        Self { form: Form::Array, messages: Vec::new(), fields: None, deletion: None }
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn parse(form: Form, id: &SessionId, json: &[u8]) -> serde_json::Result<Self> {
        let (mut messages, fields): (Vec<Message>, _) = match serde_json::from_slice(json)? {
            Value::Object(mut fields) => {
                fields.entry("session_id").or_insert_with(|| id.as_str().into());
                let messages = fields.remove("messages").unwrap_or_else(|| json!([]));
                (serde_json::from_value(messages)?, Some(fields))
            }
            messages => (serde_json::from_value(messages)?, None),
        };
        let deletion = match messages.first_mut() {
            Some(first) => first.take_deletion(),
            None => deletion::id(json),
        };
        Ok(Self { form, messages, fields, deletion })
    }

    pub fn to_json(&self) -> Vec<u8> {
        if let (None, [], Some(deletion)) = (&self.fields, &self.messages[..], &self.deletion) {
            return deletion::tombstone(deletion);
        }
        let mut value = json!(self.messages);
        if let (Some(deletion), Some(first)) = (&self.deletion, value.get_mut(0)) {
            first[DELETION] = deletion.as_str().into();
        }
        if let Some(fields) = &self.fields {
            let mut fields = fields.clone();
            fields.insert("messages".to_owned(), value);
            value = Value::Object(fields);
        }
        value.to_string().into_bytes()
    }

    /// Returns whether the conversation contains more than placeholders.
    pub(super) fn has_turns(&self) -> bool {
        self.messages.iter().any(|message| message.pending().is_none())
    }

    /// Returns whether something would be lost with the conversation: a turn, or a field of another program.
    pub(super) fn has_content(&self) -> bool {
        self.has_turns() || self.fields.is_some()
    }

    /// Adds messages, and removes the oldest turns if the conversation exceeds its limits.
    pub(super) fn push(&mut self, turn: [Message; 2]) {
        for mut message in turn {
            if let Some(fields) = &mut self.fields {
                let time = json!(message.timestamp);
                fields.entry("created_at").or_insert_with(|| time.clone());
                fields.insert("updated_at".to_owned(), time);
                let id = fields.get("session_id").cloned().unwrap_or_default();
                message.other.insert("session_id".to_owned(), id);
            }
            self.messages.push(message);
        }
        self.trim();
    }

    fn trim(&mut self) {
        let mut bytes: usize = self.messages.iter().map(Message::size).sum();
        let mut count = self.messages.iter().filter(|message| message.pending().is_none()).count();
        let mut removed = 0;
        while count > MAX_MESSAGES || (bytes > MAX_BYTES && count > 2) {
            let message = &self.messages[removed];
            bytes -= message.size();
            count -= usize::from(message.pending().is_none());
            removed += 1;
        }
        // Without their question, answers at the start make no sense.
        let orphans =
            self.messages[removed..].iter().take_while(|message| message.role == Role::Assistant).count();
        if removed > 0 {
            let removed = self.messages.drain(..removed + orphans).collect::<Vec<_>>();
            self.keep_summary(removed);
        }
    }

    /// Keeps the turn with the newest summary. It is among the removed ones only if later summaries failed.
    fn keep_summary(&mut self, removed: Vec<Message>) {
        let is_summarized = |message: &Message| message.summary().is_some();
        let Some(summary) = removed.iter().rposition(is_summarized) else { return };
        if self.messages.iter().any(is_summarized) {
            return;
        }
        let start = removed[..summary].iter().rposition(|message| message.role == Role::User);
        let kept = removed.into_iter().take(summary + 1).skip(start.unwrap_or(summary));
        self.messages.splice(..0, kept);
    }

    /// Returns how many messages the visitor sent in the minute before `now`, including those that were replaced since, and
    /// how long until the first of them is a minute old.
    pub fn turns_in_last_minute(&self, now: Timestamp) -> (u32, Duration) {
        let minute_ago = now.as_millisecond() - 60_000;
        // A turn that took long is stored after turns that were asked later.
        let sent = self.messages.iter().filter(|message| message.role == Role::User);
        let recent: Vec<i64> = sent
            .flat_map(|message| message.replaced_times().chain(message.time()))
            .map(Timestamp::as_millisecond)
            .filter(|time| *time > minute_ago)
            .collect();
        let wait = recent.iter().min().map_or(0, |first| (first - minute_ago).unsigned_abs());
        (u32::try_from(recent.len()).unwrap_or(u32::MAX), Duration::from_millis(wait))
    }
}
