//! Under which key a conversation is kept.

use crate::twin::chat::SessionId;

/// Where the twin notes what it could not answer: no conversations.
pub(crate) const QUESTIONS: &str = "questions/";
const OBJECTS: &str = "conversations/";
const ENDING: &str = ".json";

/// The two forms that twins keep a conversation in; the first is looked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// `{id}.json`: an array of messages.
    Array,
    /// `conversations/{id}.json`: an object around them.
    Object,
}

impl Form {
    pub(crate) const ALL: [Self; 2] = [Self::Array, Self::Object];

    pub(crate) fn key(self, id: &SessionId) -> String {
        match self {
            Self::Array => format!("{id}{ENDING}"),
            Self::Object => format!("{OBJECTS}{id}{ENDING}"),
        }
    }

    /// Whose conversation is under this key; `None` for what is no conversation.
    pub(super) fn of(key: &str) -> Option<(Self, SessionId)> {
        let (form, rest) = match key.strip_prefix(OBJECTS) {
            Some(rest) => (Self::Object, rest),
            None => (Self::Array, key),
        };
        Some((form, rest.strip_suffix(ENDING)?.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_nothing_else_is_a_conversation() {
        let id: SessionId = "session-1700000000000-x7f".parse().unwrap();
        for form in Form::ALL {
            assert_eq!(Form::of(&form.key(&id)), Some((form, id.clone())));
        }
        for other in ["questions/0a.json", "a/b.json", "a.txt", ".json", "conversations/a/b.json", "a b.json"]
        {
            assert_eq!(Form::of(other), None, "{other}");
        }
    }
}
