//! The two stored forms of a conversation, and its limits.

use std::time::Duration;

use contract::key::Form;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::session::SessionId;

const MESSAGES: usize = 200;
const BYTES: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    form: Form,
    pub messages: Vec<Message>,
    /// What the object form says besides its messages; kept as it is.
    around: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Fields that others wrote are not ours to lose.
    #[serde(flatten)]
    other: Map<String, Value>,
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

    fn time(&self) -> Option<Timestamp> {
        self.timestamp.as_deref()?.parse().ok()
    }
}

impl Conversation {
    pub fn empty() -> Self {
        Self { form: Form::Array, messages: Vec::new(), around: Map::new() }
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn parse(form: Form, id: &SessionId, json: &[u8]) -> serde_json::Result<Self> {
        let mut around = Map::new();
        let messages = match form {
            Form::Array => serde_json::from_slice(json)?,
            Form::Object => {
                around = serde_json::from_slice(json)?;
                around.entry("session_id").or_insert_with(|| id.as_str().into());
                serde_json::from_value(around.remove("messages").unwrap_or_else(|| json!([])))?
            }
        };
        Ok(Self { form, messages, around })
    }

    pub fn to_json(&self) -> Vec<u8> {
        let mut value = json!(self.messages);
        if self.form == Form::Object {
            let mut around = self.around.clone();
            around.insert("messages".to_owned(), value);
            value = Value::Object(around);
        }
        value.to_string().into_bytes()
    }

    /// Adds a turn in the form that the conversation has, and drops the oldest ones over the limits.
    pub fn push(&mut self, turn: [Message; 2]) {
        for mut message in turn {
            if self.form == Form::Object {
                let time = json!(message.timestamp);
                self.around.entry("created_at").or_insert_with(|| time.clone());
                self.around.insert("updated_at".to_owned(), time);
                let id = self.around.get("session_id").cloned().unwrap_or_default();
                message.other.insert("session_id".to_owned(), id);
            }
            self.messages.push(message);
        }
        self.trim();
    }

    /// Whether exactly this turn is already here: times to the millisecond make it ours.
    pub fn has(&self, turn: &[Message; 2]) -> bool {
        let same = |stored: &Message, ours: &Message| {
            (&stored.role, &stored.content, &stored.timestamp) == (&ours.role, &ours.content, &ours.timestamp)
        };
        self.messages.windows(2).any(|pair| same(&pair[0], &turn[0]) && same(&pair[1], &turn[1]))
    }

    fn trim(&mut self) {
        let mut bytes: usize = self.messages.iter().map(|message| message.content.len()).sum();
        let mut dropped = 0;
        while self.messages.len() - dropped > MESSAGES || (bytes > BYTES && self.messages.len() - dropped > 2)
        {
            bytes -= self.messages[dropped].content.len();
            dropped += 1;
        }
        // An answer without its question would be left at the start.
        let orphans =
            self.messages[dropped..].iter().take_while(|message| message.role == Role::Assistant).count();
        if dropped > 0 {
            self.messages.drain(..dropped + orphans);
        }
    }

    /// How often the visitor spoke in the minute before `now`, and how long until the first of these is a minute old.
    pub fn turns_in_last_minute(&self, now: Timestamp) -> (u32, Duration) {
        let minute_ago = now.as_millisecond() - 60_000;
        let spoken = self.messages.iter().rev().filter(|message| message.role == Role::User);
        let recent: Vec<i64> = spoken
            .map_while(Message::time)
            .map(Timestamp::as_millisecond)
            .take_while(|time| *time > minute_ago)
            .collect();
        let wait = recent.last().map_or(0, |first| (first - minute_ago).unsigned_abs());
        (u32::try_from(recent.len()).unwrap_or(u32::MAX), Duration::from_millis(wait))
    }
}
