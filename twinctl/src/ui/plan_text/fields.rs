//! The fields of a resource: their old and new values.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use reconcile::Change;

use super::{PlanView, Verb, group::Group};
use crate::ui::{
    palette::{DIM, GREEN, MAGENTA, RED, YELLOW},
    shorten,
};

/// Maximum number of fields shown for one resource.
const FIELDS: usize = 8;
/// Maximum number of data files shown.
const FILES: usize = 40;
/// Values that are longer together are printed on two lines.
const BESIDE: usize = 50;

/// Renders the fields of one resource, one per line.
pub(super) fn fields(changes: &[Change], group: Group, view: &PlanView<'_>) -> String {
    let verb = view.verb;
    let mut text = String::new();
    let most = match verb {
        _ if view.details => usize::MAX,
        Verb::Upload => FILES,
        _ => FIELDS,
    };
    let shown = &changes[..changes.len().min(most)];
    let width = shown.iter().map(|change| change.field.chars().count()).max().unwrap_or_default();
    for change in shown {
        let replaces = if change.replaces { "  (requires replacement)" } else { "" };
        let values = values(change, group, verb).join(&format!("\n{:indent$}", "", indent = width + 6));
        // A line break in a file name must not start a new line.
        let field = change.field.replace(char::is_control, "\u{fffd}");
        let _ = writeln!(text, "    {field:<width$}  {values}{MAGENTA}{replaces}{MAGENTA:#}");
    }
    if changes.len() > most {
        let _ = writeln!(text, "    {DIM}and {} more (--details shows all){DIM:#}", changes.len() - most);
    }
    text
}

/// Renders the old and new value of a field, on one or two lines.
pub(super) fn values(change: &Change, group: Group, verb: Verb) -> Vec<String> {
    if verb == Verb::Status { drift(change) } else { step(change, group) }
}

/// Renders what a run would do to a field.
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

/// Renders the actual and the desired value of a field.
fn drift(change: &Change) -> Vec<String> {
    match (&change.old, &change.new) {
        (None, Some(new)) => vec![format!("missing, {DIM}expected{DIM:#} {}", shorten::one(new))],
        (Some(old), None) => vec![format!("{}, {DIM}not in the spec{DIM:#}", shorten::one(old))],
        (Some(old), Some(new)) => {
            let (old, new) = shorten::pair(old, new);
            beside(format!("{YELLOW}{old}{YELLOW:#},"), format!("{DIM}expected{DIM:#} {new}"))
        }
        (None, None) => Vec::new(),
    }
}

/// Puts two values on one line if they fit.
fn beside(left: String, right: String) -> Vec<String> {
    let length: usize = [&left, &right].map(|side| strip_str(side).to_string().chars().count()).iter().sum();
    if length <= BESIDE { vec![format!("{left} {right}")] } else { vec![left, right] }
}
