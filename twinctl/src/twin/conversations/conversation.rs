//! A conversation in either of its forms, whatever else others wrote into it.

use serde_json::{Map, Value, json};

use super::Form;
use crate::twin::chat::SessionId;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conversation {
    pub(crate) id: SessionId,
    messages: Vec<Value>,
    /// What the object form says besides its messages.
    around: Map<String, Value>,
}

/// One message, as far as it says something that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said<'m> {
    pub(crate) role: &'m str,
    pub(crate) content: &'m str,
    /// As it was written: some twins leave it out, or the place that it is the time of.
    pub(crate) at: Option<&'m str>,
}

impl Said<'_> {
    pub(crate) fn is_visitor(&self) -> bool {
        self.role == "user"
    }
}

impl Conversation {
    /// `None` when it is in neither form.
    pub(crate) fn parse(id: SessionId, form: Form, bytes: &[u8]) -> Option<Self> {
        let (messages, around) = match (form, serde_json::from_slice(bytes).ok()?) {
            (Form::Array, Value::Array(messages)) => (messages, Map::new()),
            (Form::Object, Value::Object(mut around)) => match around.remove("messages") {
                Some(Value::Array(messages)) => (messages, around),
                None => (Vec::new(), around),
                Some(_) => return None,
            },
            _ => return None,
        };
        Some(Self { id, messages, around })
    }

    pub(crate) fn said(&self) -> impl Iterator<Item = Said<'_>> {
        self.messages.iter().map(|message| {
            let text = |name: &str| message.get(name).and_then(Value::as_str);
            let role = text("role").unwrap_or("somebody");
            Said { role, content: text("content").unwrap_or_default(), at: text("timestamp") }
        })
    }

    /// How often the visitor spoke.
    pub(crate) fn turns(&self) -> usize {
        self.said().filter(Said::is_visitor).count()
    }

    pub(crate) fn first_question(&self) -> Option<&str> {
        self.said().find(Said::is_visitor).map(|said| said.content)
    }

    /// All of it, in one form whichever it is kept in.
    pub(crate) fn to_json(&self) -> Value {
        let mut whole = self.around.clone();
        whole.insert("session_id".to_owned(), json!(self.id));
        whole.insert("messages".to_owned(), Value::Array(self.messages.clone()));
        Value::Object(whole)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::twin::conversations) fn conversation(messages: &Value) -> Conversation {
        let bytes = messages.to_string();
        Conversation::parse("s1".parse().unwrap(), Form::Array, bytes.as_bytes()).unwrap()
    }

    #[test]
    fn both_forms_say_the_same_and_lose_nothing() {
        let messages = json!([
            { "role": "user", "content": "Hi", "timestamp": "2025-06-01T10:00:00.123456" },
            { "role": "assistant", "content": "Hello", "tokens": 3 },
        ]);
        let array = conversation(&messages);
        let object = json!({ "session_id": "s1", "created_at": "x", "messages": messages }).to_string();
        let object = Conversation::parse("s1".parse().unwrap(), Form::Object, object.as_bytes()).unwrap();
        assert_eq!(array.said().collect::<Vec<_>>(), object.said().collect::<Vec<_>>());
        assert_eq!((array.turns(), array.first_question()), (1, Some("Hi")));
        assert_eq!(array.to_json(), json!({ "session_id": "s1", "messages": messages }));
        assert_eq!(object.to_json()["created_at"], "x");
    }

    #[test]
    fn what_is_odd_is_read_as_far_as_it_goes() {
        let odd = conversation(&json!([{ "role": "user" }, 7, { "content": ["x"] }]));
        assert_eq!((odd.turns(), odd.first_question(), odd.said().count()), (1, Some(""), 3));
        for (form, bytes) in [
            (Form::Array, "{}"),
            (Form::Object, "[]"),
            (Form::Object, r#"{"messages": 1}"#),
            (Form::Array, "[{"),
        ] {
            assert_eq!(Conversation::parse("s1".parse().unwrap(), form, bytes.as_bytes()), None, "{bytes}");
        }
    }
}
