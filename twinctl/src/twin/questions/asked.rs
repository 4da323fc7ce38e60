//! The questions as the twin noted them: one object each, without who asked.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use reconcile::Fault;
use serde::Deserialize;

use crate::twin::{conversations::QUESTIONS, store::Store};

/// Objects that are read at once.
const AT_ONCE: usize = 32;
/// Of the hash that a question is kept under.
const DIGITS: usize = 32;
/// What people see of it.
const SHOWN: usize = 8;

/// All that wait for an answer, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Open(Vec<Asked>);

/// A question, however often it was noted: without the addresses in them, several may read the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The beginning of a hash: it means the same question also when others come in between.
    pub(crate) id: String,
    pub(crate) question: String,
    /// When it was noted last.
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

impl Open {
    /// `None` where there is no memory.
    pub(crate) async fn load(store: &dyn Store) -> Result<Option<Self>, Fault> {
        let Some(entries) = store.list(QUESTIONS).await? else { return Ok(None) };
        let notes =
            entries.into_iter().filter(|entry| digits(&entry.key).is_some()).map(|entry| async move {
                let Some(bytes) = store.read(&entry.key).await? else { return Ok::<_, Fault>(None) };
                let note: Note = serde_json::from_slice(&bytes).unwrap_or_default();
                Ok(Some((entry.key, note.question, note.asked_at.unwrap_or(entry.written))))
            });
        let read = stream::iter(notes.collect::<Vec<_>>()).buffered(AT_ONCE);
        Ok(Some(Self::of(read.try_filter_map(async |note| Ok(note)).try_collect().await?)))
    }

    fn of(mut notes: Vec<(String, String, Timestamp)>) -> Self {
        notes.sort_by(|(a_key, _, a), (b_key, _, b)| b.cmp(a).then_with(|| a_key.cmp(b_key)));
        let mut all: Vec<Asked> = Vec::new();
        for (key, question, at) in notes {
            let question = question.trim().to_owned();
            let same = all.iter_mut().find(|asked| !question.is_empty() && asked.question == question);
            if let Some(same) = same {
                same.keys.push(key);
                continue;
            }
            let id = digits(&key).map(|digits| digits[..SHOWN].to_owned()).unwrap_or_default();
            all.push(Asked { id, question, at, keys: vec![key] });
        }
        Self(all)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Asked> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those whose id begins so.
    pub(crate) fn called(&self, beginning: &str) -> Vec<&Asked> {
        self.iter().filter(|asked| !beginning.is_empty() && asked.id.starts_with(beginning)).collect()
    }
}

/// `questions/{digits}.json`; anything else is no note of the twin.
fn digits(key: &str) -> Option<&str> {
    let digits = key.strip_prefix(QUESTIONS)?.strip_suffix(".json")?;
    let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_are_one_and_the_newest_is_first() {
        let note = |digit: char, question: &str, second: i64| {
            let key = format!("{QUESTIONS}{}.json", digit.to_string().repeat(DIGITS));
            (key, question.to_owned(), Timestamp::from_second(second).unwrap())
        };
        let open = Open::of(vec![
            note('a', "Do you ski at [e-mail]?", 1),
            note('b', "Where?", 2),
            note('c', "Do you ski at [e-mail]? ", 3),
            note('d', "", 0),
            note('e', "", 0),
        ]);
        let lines: Vec<_> = open
            .iter()
            .map(|asked| format!("{} {} {}", asked.id, asked.question, asked.keys.len()))
            .collect();
        assert_eq!(
            lines,
            ["cccccccc Do you ski at [e-mail]? 2", "bbbbbbbb Where? 1", "dddddddd  1", "eeeeeeee  1"]
        );
        assert_eq!((open.called("cc").len(), open.called("f").len(), open.called("").len()), (1, 0, 0));
    }

    #[test]
    fn only_what_the_twin_wrote_is_a_question() {
        let good = format!("questions/{}.json", "0a".repeat(16));
        assert!(digits(&good).is_some());
        for other in ["questions/0a.json", "questions/../a.json", "a.json", "questions/zz.json"] {
            assert_eq!(digits(other), None, "{other}");
        }
    }
}
