//! The words for actions and their results, shared by all output modes.

use std::time::Duration;

use anstyle::Style;
use reconcile::{Action, Outcome};

use super::palette::{DIM, GREEN, RED, YELLOW};
use crate::system::clock::human_duration;

/// Returns the word for what is happening to a resource.
pub(super) const fn doing(action: &Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace => "replacing",
        Action::Delete => "deleting",
        Action::Foreign(_) => "taking over",
        Action::Keep | Action::Absent | Action::Leave(_) | Action::Recheck | Action::NeedsReplacing => {
            "checking"
        }
    }
}

/// Explains why a resource was not started.
pub(super) fn skipped(because: &str) -> String {
    format!("the {because} failed")
}

/// The result of a resource in words.
pub(crate) struct Done {
    pub(crate) mark: char,
    pub(super) style: Style,
    pub(crate) word: &'static str,
    pub(super) why: Option<String>,
}

pub(crate) fn done(outcome: &Outcome) -> Done {
    let good = |word| Done { mark: '✓', style: GREEN, word, why: None };
    match outcome {
        Outcome::Unchanged => Done { mark: '·', style: DIM, word: "unchanged", why: None },
        Outcome::Created => good("created"),
        Outcome::Updated => good("updated"),
        Outcome::Replaced => good("replaced"),
        Outcome::Deleted => good("deleted"),
        Outcome::InProgress(what) => {
            Done { mark: '·', style: YELLOW, word: "left", why: Some(format!("waiting for {what}")) }
        }
        Outcome::Failed(failure) => {
            let why = first_line(&failure.problem.to_string()).to_owned();
            Done { mark: '✗', style: RED, word: "failed", why: Some(why) }
        }
        Outcome::Skipped { because } => {
            Done { mark: '·', style: DIM, word: "not started", why: Some(skipped(because)) }
        }
        Outcome::Halted => Done { mark: '·', style: YELLOW, word: "stopped", why: None },
    }
}

pub(super) fn retrying(pause: Duration, error: &str) -> String {
    format!("retrying in {}: {}", elapsed(pause.max(Duration::from_secs(1))), first_line(error))
}

/// Formats a growing duration in whole seconds.
pub(super) fn elapsed(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { human_duration(length) }
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Formats a count: `1 file`, `2 files`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Quotes a word for the shell, if it needs it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
