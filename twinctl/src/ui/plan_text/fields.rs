//! The fields of a node: what they are, and what they become.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use reconcile::Change;

use super::{Verb, group::Group};
use crate::ui::{
    palette::{DIM, GREEN, MAGENTA, RED, YELLOW},
    shorten,
};

/// So many fields of one thing are shown.
const FIELDS: usize = 8;
/// And of the owner's files.
const FILES: usize = 40;
/// Values together longer than this stand below each other.
const BESIDE: usize = 50;

/// The fields of one node, each on a line of its own.
pub(super) fn fields(changes: &[Change], group: Group, verb: Verb) -> String {
    let mut text = String::new();
    let most = if verb == Verb::Upload { FILES } else { FIELDS };
    let shown = &changes[..changes.len().min(most)];
    let width = shown.iter().map(|change| change.field.chars().count()).max().unwrap_or_default();
    for change in shown {
        let replaces = if change.replaces { "  (only by replacing)" } else { "" };
        let values = values(change, group, verb).join(&format!("\n{:indent$}", "", indent = width + 6));
        // A line break in the name of a file would begin a line of its own.
        let field = change.field.replace(char::is_control, "\u{fffd}");
        let _ = writeln!(text, "    {field:<width$}  {values}{MAGENTA}{replaces}{MAGENTA:#}");
    }
    if changes.len() > most {
        let _ = writeln!(text, "    {DIM}and {} more (--json shows all){DIM:#}", changes.len() - most);
    }
    text
}

/// A field's old and new value, on one line or two.
pub(super) fn values(change: &Change, group: Group, verb: Verb) -> Vec<String> {
    if verb == Verb::Status { drift(change) } else { step(change, group) }
}

/// What a run would do to a field, on one line or two.
fn step(change: &Change, group: Group) -> Vec<String> {
    match (&change.old, &change.new) {
        (None, Some(new)) if group == Group::Create => vec![shorten::one(new)],
        (None, Some(new)) => vec![format!("{GREEN}+{GREEN:#} {}", shorten::one(new))],
        (Some(old), None) => vec![format!("{RED}-{RED:#} {}", shorten::one(old))],
        (Some(old), Some(new)) => {
            let (old, new) = shorten::pair(old, new);
            beside(format!("{DIM}{old}{DIM:#}"), format!("{YELLOW}→{YELLOW:#} {new}"))
        }
        (None, None) => Vec::new(),
    }
}

/// How a field is, and how it should be.
fn drift(change: &Change) -> Vec<String> {
    match (&change.old, &change.new) {
        (None, Some(new)) => vec![format!("absent, {DIM}should be{DIM:#} {}", shorten::one(new))],
        (Some(old), None) => vec![format!("{}, {DIM}should not be there{DIM:#}", shorten::one(old))],
        (Some(old), Some(new)) => {
            let (old, new) = shorten::pair(old, new);
            beside(format!("{YELLOW}{old}{YELLOW:#},"), format!("{DIM}should be{DIM:#} {new}"))
        }
        (None, None) => Vec::new(),
    }
}

/// On one line when that is short enough.
fn beside(left: String, right: String) -> Vec<String> {
    let length: usize = [&left, &right].map(|side| strip_str(side).to_string().chars().count()).iter().sum();
    if length <= BESIDE { vec![format!("{left} {right}")] } else { vec![left, right] }
}
