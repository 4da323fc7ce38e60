//! A plan as people read it.

use std::{fmt::Write as _, time::Duration};

use anstream::adapter::strip_str;
use anstyle::Style;
use reconcile::{Action, Change, Plan, Planned};

use super::{
    palette::{BOLD, CYAN, DIM, GREEN, MAGENTA, RED, YELLOW},
    shorten,
    words::things,
};
use crate::clock::spoken;

/// So many fields of one thing are shown.
const FIELDS: usize = 8;
/// Values together longer than this stand below each other.
const BESIDE: usize = 50;

/// A plan, and what is said around it.
#[derive(Debug)]
pub struct PlanView<'p> {
    /// What it is about: `dev of twin · eu-west-1 · account 123456789012`.
    pub title: String,
    pub plan: &'p Plan,
    /// What else is worth knowing: what it will not do, what was built.
    pub notes: Vec<String>,
    pub took: Duration,
    pub verb: Verb,
}

/// What the plan is looked at for; it decides the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Deploy,
    Destroy,
    Status,
}

/// Actions of one kind, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Create,
    Update,
    Replace,
    Delete,
    Recheck,
    Leave,
    Refuse,
    Keep,
}

const GROUPS: [Group; 8] = [
    Group::Create,
    Group::Update,
    Group::Replace,
    Group::Delete,
    Group::Recheck,
    Group::Leave,
    Group::Refuse,
    Group::Keep,
];

impl Group {
    fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::Absent => return None,
            Action::Keep => Self::Keep,
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Replace => Self::Replace,
            Action::Delete => Self::Delete,
            Action::Leave(_) => Self::Leave,
            Action::Recheck => Self::Recheck,
            Action::Foreign(_) | Action::NeedsReplacing => Self::Refuse,
        })
    }

    const fn mark(self) -> (char, Style) {
        match self {
            Self::Create => ('+', GREEN),
            Self::Update => ('~', YELLOW),
            Self::Replace => ('±', MAGENTA),
            Self::Delete => ('-', RED),
            Self::Recheck => ('?', CYAN),
            Self::Leave => ('·', DIM),
            Self::Refuse => ('!', RED),
            Self::Keep => ('✓', GREEN),
        }
    }

    /// As in `2 to change`.
    const fn word(self, verb: Verb) -> &'static str {
        match (self, verb) {
            (Self::Create, Verb::Status) => "missing",
            (Self::Create, _) => "to create",
            (Self::Update, Verb::Status) => "drifted",
            (Self::Update, _) => "to change",
            (Self::Replace, _) => "to replace",
            (Self::Delete, Verb::Status) => "no longer wanted",
            (Self::Delete, _) => "to delete",
            (Self::Recheck, Verb::Status) => "not known yet",
            (Self::Recheck, _) => "to recheck",
            (Self::Leave, Verb::Destroy) => "to stay",
            (Self::Leave, _) => "left alone",
            (Self::Refuse, Verb::Status) => "not as it should be",
            (Self::Refuse, _) => "in the way",
            (Self::Keep, Verb::Status) => "present",
            (Self::Keep, _) => "unchanged",
        }
    }
}

/// The whole text, coloured.
pub fn render(view: &PlanView<'_>) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n", view.title);
    let width = view.plan.nodes.iter().map(|planned| planned.node.chars().count()).max().unwrap_or_default();
    for group in GROUPS.into_iter().filter(|group| *group != Group::Keep || view.verb == Verb::Status) {
        // What has nothing to tell takes one line; everything else has room around it.
        let compact = matches!(group, Group::Keep | Group::Leave) || view.verb == Verb::Destroy;
        for (index, planned) in members(view.plan, group).enumerate() {
            text.push_str(if compact && index > 0 { "" } else { "\n" });
            node(&mut text, planned, group, view.verb, width);
        }
    }
    for (index, note) in view.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{DIM}note:{DIM:#} {note}");
    }
    let _ = writeln!(text, "\n{}", footer(view));
    text
}

fn members(plan: &Plan, group: Group) -> impl Iterator<Item = &Planned> {
    plan.nodes.iter().filter(move |planned| Group::of(&planned.action) == Some(group))
}

fn node(text: &mut String, planned: &Planned, group: Group, verb: Verb, width: usize) {
    let (mark, style) = group.mark();
    let (name, word) = (planned.node, group.word(verb));
    let more = match &planned.action {
        Action::Leave(why) => format!("{DIM}: {why}{DIM:#}"),
        _ => known_after(planned),
    };
    let _ =
        writeln!(text, "{style}{mark}{style:#} {BOLD}{name:<width$}{BOLD:#}  {style}{word}{style:#}{more}");
    // A missing thing misses all of its fields.
    if (group, verb) != (Group::Create, Verb::Status) {
        text.push_str(&fields(&planned.changes, group, verb));
    }
    for line in way_out(planned) {
        let _ = writeln!(text, "    {line}");
    }
}

/// Why a node is in the way, and what to do about it.
fn way_out(planned: &Planned) -> Vec<String> {
    match &planned.action {
        Action::Foreign(what) => vec![
            what.clone(),
            "take it over with `--adopt`, or give ours another name under `names:`".to_owned(),
        ],
        Action::NeedsReplacing => vec![
            "it cannot be changed in place".to_owned(),
            format!("to delete it and make it anew: `--replace {}`", quoted(planned.node)),
        ],
        _ => Vec::new(),
    }
}

/// As the shell wants it.
fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("'{name}'") } else { name.to_owned() }
}

fn known_after(planned: &Planned) -> String {
    if planned.after.is_empty() {
        return String::new();
    }
    let more = if planned.changes.is_empty() { "" } else { "more is " };
    format!("  {DIM}({more}known after the {}){DIM:#}", planned.after.join(" and the "))
}

fn fields(changes: &[Change], group: Group, verb: Verb) -> String {
    let mut text = String::new();
    let shown = &changes[..changes.len().min(FIELDS)];
    let width = shown.iter().map(|change| change.field.chars().count()).max().unwrap_or_default();
    for change in shown {
        let replaces = if change.replaces { "  (only by replacing)" } else { "" };
        let values = if verb == Verb::Status { drift(change) } else { step(change, group) };
        let values = values.join(&format!("\n{:indent$}", "", indent = width + 6));
        let field = &change.field;
        let _ = writeln!(text, "    {field:<width$}  {values}{MAGENTA}{replaces}{MAGENTA:#}");
    }
    if changes.len() > FIELDS {
        let _ = writeln!(text, "    {DIM}and {} more (--json shows all){DIM:#}", changes.len() - FIELDS);
    }
    text
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

fn footer(view: &PlanView<'_>) -> String {
    let took = spoken(view.took);
    let count = |group| members(view.plan, group).count();
    if !view.plan.changes_anything() {
        let kept = count(Group::Keep);
        let kept = format!("{} {} as the file says", things(kept), if kept == 1 { "is" } else { "are" });
        return match view.verb {
            Verb::Deploy => format!("nothing to change · {kept} · {DIM}{took}{DIM:#}"),
            Verb::Destroy => format!("nothing to delete · {DIM}{took}{DIM:#}"),
            Verb::Status => format!("{kept} · {DIM}{took}{DIM:#}"),
        };
    }
    let counts = GROUPS.into_iter().map(|group| (group, count(group))).filter(|(_, count)| *count > 0);
    let counted: Vec<_> = counts
        .map(|(group, count)| {
            let style = group.mark().1;
            format!("{style}{count} {}{style:#}", group.word(view.verb))
        })
        .collect();
    format!("{} · {DIM}looked for {took}{DIM:#}", counted.join(", "))
}

#[cfg(test)]
mod tests;
