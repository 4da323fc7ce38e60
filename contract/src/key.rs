//! Object keys in the memory bucket or folder.

use crate::api::is_session_id;

/// The file in a memory folder that is locked during writes.
pub const LOCK_FILE: &str = ".lock";
/// The file in a memory folder that counts the new files of a day.
pub const COUNTS: &str = ".counts.json";
/// Prefix of the questions that the twin could not answer.
pub const QUESTIONS: &str = "questions/";
const CONVERSATIONS: &str = "conversations/";
const EXTENSION: &str = ".json";
const DRAFT: &str = ".draft";
/// Length of the random id in a draft's name. A file with an id of another length is not a draft, even if its name has
/// the ending of one.
const DRAFT_ID: usize = 22;

/// The size of the object that replaces a deleted conversation: an empty array that contains white space. Every
/// conversation with a message is larger.
pub const DELETED: usize = 28;

/// Where a conversation is stored. The order is that in which a reader tries the two. The names describe what twin-lambda
/// writes; other programs also store an object at the key of arrays, so readers accept both at each key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `{id}.json`: an array of messages.
    Array,
    /// `conversations/{id}.json`: an object that contains the messages.
    Object,
}

impl Form {
    pub const ALL: [Self; 2] = [Self::Array, Self::Object];

    /// Returns the key of a conversation.
    pub fn key(self, session_id: &str) -> String {
        let folder = if self == Self::Object { CONVERSATIONS } else { "" };
        format!("{folder}{session_id}{EXTENSION}")
    }

    /// Returns the form and the session id of the conversation under this key; `None` if the key has another purpose.
    pub fn parse(key: &str) -> Option<(Self, &str)> {
        let (form, rest) = match key.strip_prefix(CONVERSATIONS) {
            Some(rest) => (Self::Object, rest),
            None => (Self::Array, key),
        };
        rest.strip_suffix(EXTENSION).filter(|id| is_session_id(id)).map(|id| (form, id))
    }
}

/// Returns whether an object of this size under the key of a conversation is the tombstone of a deleted one.
pub fn is_deleted(size: u64) -> bool {
    size == DELETED as u64
}

/// Returns the key of an unanswered question.
pub fn question(hash: &str) -> String {
    format!("{QUESTIONS}{hash}{EXTENSION}")
}

/// Returns whether this is the key of an unanswered question.
pub fn is_question(key: &str) -> bool {
    let hash = key.strip_prefix(QUESTIONS).and_then(|name| name.strip_suffix(EXTENSION));
    hash.is_some_and(is_session_id)
}

/// Returns the name of a file that is being written to a memory folder. `id` is a random session id.
pub fn draft(id: &str) -> String {
    format!(".{id}{DRAFT}")
}

/// Returns whether a file of this name is a draft. It may contain a part of a conversation.
pub fn is_draft(name: &str) -> bool {
    let id = name.strip_prefix('.').and_then(|name| name.strip_suffix(DRAFT));
    id.is_some_and(|id| id.len() == DRAFT_ID && is_session_id(id))
}

/// Returns the key of a file by its path in the folder, with `/` on every system. Returns `None` if it is not UTF-8.
pub fn of_path(path: &std::path::Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_are_recognized() {
        let id = "x".repeat(DRAFT_ID);
        assert!(is_draft(&draft(&id)));
        for other in [".x.draft", &format!("{id}.draft"), &format!(".{id}.json"), &format!(".{id}/.draft")] {
            assert!(!is_draft(other), "{other}");
        }
    }

    #[test]
    fn the_smallest_message_is_larger_than_a_deleted_conversation() {
        assert!(r#"[{"role":"user","content":""}]"#.len() > DELETED);
        assert!(is_deleted(DELETED as u64) && !is_deleted("[]".len() as u64));
    }

    #[test]
    fn keys_of_conversations_are_parsed_and_others_are_not() {
        let id = "session-1700000000000-x7f";
        for form in Form::ALL {
            assert_eq!(Form::parse(&form.key(id)), Some((form, id)));
        }
        let question = question("0a");
        for other in [&question, "a/b.json", "a.txt", ".json", "conversations/a/b.json", "a b.json"] {
            assert_eq!(Form::parse(other), None, "{other}");
            assert_eq!(is_question(other), other == question, "{other}");
        }
    }
}
