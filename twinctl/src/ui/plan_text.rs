//! A plan as people read it.

use std::{fmt::Write as _, time::Duration};

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
const BESIDE: usize = 46;

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
            (Self::Recheck, _) => "to look at again",
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
        for planned in members(view.plan, group) {
            node(&mut text, planned, group, view.verb, width);
        }
    }
    if !view.notes.is_empty() {
        text.push('\n');
    }
    for note in &view.notes {
        let _ = writeln!(text, "{DIM}note:{DIM:#} {note}");
    }
    let _ = writeln!(text, "\n{}", footer(view));
    text
}

fn members(plan: &Plan, group: Group) -> impl Iterator<Item = &Planned> {
    plan.nodes.iter().filter(move |planned| Group::of(&planned.action) == Some(group))
}

fn node(text: &mut String, planned: &Planned, group: Group, verb: Verb, width: usize) {
    let (mark, style) = group.mark();
    // What is as it should be takes one line; everything else has room around it.
    let gap = if matches!(group, Group::Keep | Group::Leave) || verb == Verb::Destroy { "" } else { "\n" };
    let after = known_after(planned);
    let name = planned.node;
    let _ = writeln!(
        text,
        "{gap}{style}{mark}{style:#} {BOLD}{name:<width$}{BOLD:#}  {style}{}{style:#}{DIM}{after}{DIM:#}",
        group.word(verb)
    );
    fields(text, &planned.changes, group);
    match &planned.action {
        Action::Leave(why) => drop(writeln!(text, "    {DIM}{why}{DIM:#}")),
        Action::Foreign(what) => {
            let _ = writeln!(
                text,
                "    {what}\n    take it over with `--adopt`, or give ours another name under `names:`"
            );
        }
        Action::NeedsReplacing => {
            let _ = writeln!(
                text,
                "    it cannot be changed in place; to delete it and make it anew: `--replace {}`",
                quoted(name)
            );
        }
        _ => {}
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
    format!("  ({more}known after the {})", planned.after.join(", the "))
}

fn fields(text: &mut String, changes: &[Change], group: Group) {
    let shown = &changes[..changes.len().min(FIELDS)];
    let width = shown.iter().map(|change| change.field.chars().count()).max().unwrap_or_default();
    for change in shown {
        let _ = writeln!(text, "    {:<width$}  {}", change.field, values(change, group, width));
    }
    if changes.len() > FIELDS {
        let _ = writeln!(text, "    {DIM}and {} more (--json shows all){DIM:#}", changes.len() - FIELDS);
    }
}

fn values(change: &Change, group: Group, width: usize) -> String {
    let replaces =
        if change.replaces { format!("  {MAGENTA}(only by replacing){MAGENTA:#}") } else { String::new() };
    let values = match (&change.old, &change.new) {
        (None, Some(new)) if group == Group::Create => shorten::one(new),
        (None, Some(new)) => format!("{GREEN}+{GREEN:#} {}", shorten::one(new)),
        (Some(old), None) => format!("{RED}-{RED:#} {}", shorten::one(old)),
        (Some(old), Some(new)) => {
            let (old, new) = shorten::pair(old, new);
            let beside = old.chars().count() + new.chars().count() <= BESIDE;
            let between =
                if beside { " ".to_owned() } else { format!("\n{:indent$}", "", indent = width + 6) };
            format!("{DIM}{old}{DIM:#}{between}{YELLOW}→{YELLOW:#} {new}")
        }
        (None, None) => String::new(),
    };
    values + &replaces
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
