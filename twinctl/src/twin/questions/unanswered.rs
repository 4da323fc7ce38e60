//! Unanswered questions, which the twin saves as one object each, without the visitor's identity.

use contract::key::QUESTIONS;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use reconcile::Fault;
use serde::Deserialize;

use crate::twin::store::Store;

/// Number of objects that are read in parallel.
const CONCURRENCY: usize = 32;
/// Number of digits of the hash in a question's key.
const HASH_DIGITS: usize = 32;
/// Number of digits in a question's id.
const ID_DIGITS: usize = 8;

/// All unanswered questions, newest first.
#[derive(Debug, Default)]
pub(crate) struct Unanswered(Vec<Question>);

/// A question and its objects. There can be several, because different questions can become equal when the twin redacts
/// addresses in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The first digits of the hash.
    pub(crate) id: String,
    pub(crate) text: String,
    /// When it was last saved.
    pub(crate) at: Timestamp,
    pub(crate) keys: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Note {
    #[serde(default)]
    question: String,
    #[serde(default)]
    asked_at: Option<Timestamp>,
}

impl Unanswered {
    /// Reads the questions. Returns `None` if there is no bucket or folder.
    pub(crate) async fn load(store: &dyn Store) -> Result<Option<Self>, Fault> {
        let Some(entries) = store.list(QUESTIONS).await? else { return Ok(None) };
        let notes = entries.into_iter().filter(|entry| hash(&entry.key).is_some()).map(|entry| async move {
            let Some(bytes) = store.read(&entry.key).await? else { return Ok::<_, Fault>(None) };
            let note: Note = serde_json::from_slice(&bytes).unwrap_or_default();
            Ok(Some((entry.key, note.question, note.asked_at.unwrap_or(entry.written))))
        });
        let read = stream::iter(notes.collect::<Vec<_>>()).buffered(CONCURRENCY);
        Ok(Some(Self::from_notes(read.try_filter_map(async |note| Ok(note)).try_collect().await?)))
    }

    fn from_notes(mut notes: Vec<(String, String, Timestamp)>) -> Self {
        notes.sort_by(|(a_key, _, a), (b_key, _, b)| b.cmp(a).then_with(|| a_key.cmp(b_key)));
        let mut all: Vec<Question> = Vec::new();
        for (key, text, at) in notes {
            let text = text.trim().to_owned();
            let same = all.iter_mut().find(|question| !text.is_empty() && question.text == text);
            if let Some(same) = same {
                same.keys.push(key);
                continue;
            }
            let id = hash(&key).map(|hash| hash[..ID_DIGITS].to_owned()).unwrap_or_default();
            all.push(Question { id, text, at, keys: vec![key] });
        }
        Self(all)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Question> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the questions whose ids begin with `prefix`.
    pub(crate) fn matching(&self, prefix: &str) -> Vec<&Question> {
        self.iter().filter(|question| !prefix.is_empty() && question.id.starts_with(prefix)).collect()
    }
}

/// Returns the hash in the key of an unanswered question, or `None` for any other key.
fn hash(key: &str) -> Option<&str> {
    let hash = key.strip_prefix(QUESTIONS)?.strip_suffix(".json")?;
    let is_valid = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_valid.then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_questions_are_merged_and_the_newest_is_first() {
        let note = |digit: char, question: &str, second: i64| {
            let key = contract::key::question(&digit.to_string().repeat(HASH_DIGITS));
            (key, question.to_owned(), Timestamp::from_second(second).unwrap())
        };
        let unanswered = Unanswered::from_notes(vec![
            note('a', "Do you ski at [email]?", 1),
            note('b', "Where?", 2),
            note('c', "Do you ski at [email]? ", 3),
            note('d', "", 0),
            note('e', "", 0),
        ]);
        let lines: Vec<_> = unanswered
            .iter()
            .map(|question| format!("{} {} {}", question.id, question.text, question.keys.len()))
            .collect();
        assert_eq!(
            lines,
            ["cccccccc Do you ski at [email]? 2", "bbbbbbbb Where? 1", "dddddddd  1", "eeeeeeee  1"]
        );
        let count = |prefix| unanswered.matching(prefix).len();
        assert_eq!((count("cc"), count("f"), count("")), (1, 0, 0));
    }

    #[test]
    fn other_keys_are_not_questions() {
        assert!(hash(&contract::key::question(&"0a".repeat(16))).is_some());
        for other in ["questions/0a.json", "questions/../a.json", "a.json", "questions/zz.json"] {
            assert_eq!(hash(other), None, "{other}");
        }
    }
}
