//! Daily limits of new files, so that anonymous visitors cannot fill the disk.

use std::fs;
use std::io;
use std::path::Path;

use contract::key::COUNTS;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::draft::{Draft, none_if_not_found};
use crate::config::DailyLimits;
use crate::store::Counted;

/// The counts of a day, which outlive a process that is replaced.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counts {
    day: String,
    conversations: u32,
    questions: u32,
    /// New files without a turn. They have a limit of their own, so that visitors who send only stops and deletions do not
    /// use up the limit of the conversations.
    #[serde(default)]
    placeholders: u32,
}

impl DailyLimits {
    /// Returns whether the daily limit allows a write, and counts the write if so. The lock must be held.
    pub(super) fn count(self, root: &Path, counted: Counted, day: &str) -> io::Result<bool> {
        if self == Self::default() || counted == Counted::No {
            return Ok(true);
        }
        let path = root.join(COUNTS);
        let read: Option<Counts> =
            none_if_not_found(fs::read(&path))?.and_then(|json| serde_json::from_slice(&json).ok());
        let today = || Counts { day: day.to_owned(), ..Counts::default() };
        let mut counts = read.filter(|counts| counts.day == day).unwrap_or_else(today);
        let (count, limit) = match counted {
            Counted::Question => (&mut counts.questions, self.questions),
            Counted::Placeholder => (&mut counts.placeholders, self.conversations),
            Counted::Conversation | Counted::No => (&mut counts.conversations, self.conversations),
        };
        if limit > 0 && *count >= limit {
            return Ok(false);
        }
        *count = count.saturating_add(1);
        Draft::write(root, json!(counts).to_string().as_bytes())?.rename(&path)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_limit_per_day() {
        let root = tempfile::tempdir().unwrap();
        let limits = DailyLimits { conversations: 2, questions: 1 };
        let count = |counted, day| limits.count(root.path(), counted, day).unwrap();
        let (today, tomorrow) = ("2026-11-29", "2026-11-30");
        for day in [today, tomorrow] {
            assert_eq!([(); 3].map(|()| count(Counted::Placeholder, day)), [true, true, false]);
            assert_eq!([(); 3].map(|()| count(Counted::Conversation, day)), [true, true, false]);
            assert_eq!([(); 2].map(|()| count(Counted::Question, day)), [true, false]);
            assert!(count(Counted::No, day));
        }
    }

    #[test]
    fn zero_is_no_limit_and_invalid_counts_are_ignored() {
        let root = tempfile::tempdir().unwrap();
        let limits = DailyLimits { conversations: 0, questions: 1 };
        assert!((0..10).all(|_| limits.count(root.path(), Counted::Conversation, "2026-11-29").unwrap()));
        fs::write(root.path().join(COUNTS), "{").unwrap();
        assert!(limits.count(root.path(), Counted::Question, "2026-11-29").unwrap());
    }
}
