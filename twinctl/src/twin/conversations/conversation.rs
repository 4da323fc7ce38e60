//! A saved conversation. Unknown fields are kept, because other implementations may have written it.

use contract::api::PENDING;
use serde_json::{Map, Value, json};

use crate::twin::chat::SessionId;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conversation {
    pub(crate) id: SessionId,
    messages: Vec<Value>,
    /// The other fields of the object form.
    other_fields: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message<'m> {
    pub(crate) role: &'m str,
    pub(crate) content: &'m str,
    /// As it was written. Some implementations omit it or its time zone.
    pub(crate) timestamp: Option<&'m str>,
}

impl Message<'_> {
    pub(crate) fn is_visitor(&self) -> bool {
        self.role == "user"
    }
}

impl Conversation {
    /// Parses a conversation: an array of messages, or an object that contains it. Returns `None` for anything else.
    pub(crate) fn parse(id: SessionId, bytes: &[u8]) -> Option<Self> {
        let (messages, other_fields) = match serde_json::from_slice(bytes).ok()? {
            Value::Array(messages) => (messages, Map::new()),
            Value::Object(mut fields) => match fields.remove("messages") {
                Some(Value::Array(messages)) => (messages, fields),
                None => (Vec::new(), fields),
                Some(_) => return None,
            },
            _ => return None,
        };
        Some(Self { id, messages, other_fields })
    }

    /// Returns the messages without placeholders of turns that are not stored.
    fn stored(&self) -> impl Iterator<Item = &Value> {
        self.messages.iter().filter(|message| !message.get(PENDING).is_some_and(Value::is_u64))
    }

    pub(super) fn has_only_placeholders(&self) -> bool {
        !self.messages.is_empty() && self.stored().next().is_none()
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.stored().map(|message| {
            let text = |name: &str| message.get(name).and_then(Value::as_str);
            let role = text("role").unwrap_or("unknown");
            let content = text("content").unwrap_or_default();
            Message { role, content, timestamp: text("timestamp") }
        })
    }

    /// Returns the number of the visitor's messages.
    pub(crate) fn turns(&self) -> usize {
        self.messages().filter(Message::is_visitor).count()
    }

    pub(crate) fn first_question(&self) -> Option<&str> {
        self.messages().find(Message::is_visitor).map(|message| message.content)
    }

    /// Returns the conversation in the object form.
    pub(crate) fn to_json(&self) -> Value {
        let mut fields = self.other_fields.clone();
        fields.insert("session_id".to_owned(), json!(self.id));
        fields.insert("messages".to_owned(), self.stored().cloned().collect());
        Value::Object(fields)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::twin::conversations) fn conversation(messages: &Value) -> Conversation {
        let bytes = messages.to_string();
        Conversation::parse("s1".parse().unwrap(), bytes.as_bytes()).unwrap()
    }

    #[test]
    fn both_forms_are_read_without_losing_fields() {
        let messages = json!([
            { "role": "user", "content": "Hi", "timestamp": "2025-06-01T10:00:00.123456" },
            { "role": "assistant", "content": "Hello", "tokens": 3 },
        ]);
        let array = conversation(&messages);
        let object = json!({ "session_id": "s1", "created_at": "x", "messages": messages }).to_string();
        let object = Conversation::parse("s1".parse().unwrap(), object.as_bytes()).unwrap();
        assert_eq!(array.messages().collect::<Vec<_>>(), object.messages().collect::<Vec<_>>());
        assert_eq!((array.turns(), array.first_question()), (1, Some("Hi")));
        assert_eq!(array.to_json(), json!({ "session_id": "s1", "messages": messages }));
        assert_eq!(object.to_json()["created_at"], "x");
    }

    #[test]
    fn placeholders_are_not_shown() {
        let placeholder = |role: &str| json!({ "role": role, "content": "…", "turn": "t", "pending": 3 });
        let asked = json!({ "role": "user", "content": "Hi", "turn": "u" });
        let other = json!({ "role": "user", "content": "Of another program", "pending": false });
        let pending = [placeholder("user"), placeholder("assistant")];
        assert!(conversation(&json!(pending)).has_only_placeholders());
        assert!(!conversation(&json!([])).has_only_placeholders());
        let [question, answer] = pending;
        let conversation = conversation(&json!([question, answer, asked, other]));
        assert!(!conversation.has_only_placeholders());
        assert_eq!((conversation.turns(), conversation.first_question()), (2, Some("Hi")));
        assert_eq!(conversation.to_json()["messages"], json!([asked, other]));
    }

    #[test]
    fn invalid_messages_are_tolerated_and_invalid_forms_are_not() {
        let odd = conversation(&json!([{ "role": "user" }, 7, { "content": ["x"] }]));
        assert_eq!((odd.turns(), odd.first_question(), odd.messages().count()), (1, Some(""), 3));
        for bytes in ["7", r#"{"messages": 1}"#, "[{"] {
            assert_eq!(Conversation::parse("s1".parse().unwrap(), bytes.as_bytes()), None, "{bytes}");
        }
    }
}
