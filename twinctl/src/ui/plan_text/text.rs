//! A plan as colored text.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use reconcile::{Action, Plan, Planned};

use super::{
    PlanView, Verb,
    fields::fields,
    group::{GROUPS, Group},
};
use crate::{
    system::clock::human_duration,
    ui::{
        palette::{BOLD, DIM},
        words::{counted, quoted},
    },
};

/// Width that fits on a line of every terminal.
const WIDTH: usize = 80;

impl PlanView<'_> {
    fn shows_fields(&self, group: Group) -> bool {
        match (group, self.verb) {
            // All fields of a missing resource are missing.
            (Group::Create, Verb::Status) => false,
            (Group::Create, Verb::Deploy) => self.details,
            _ => true,
        }
    }

    /// Whether the resources of this group take one line each.
    fn is_compact(&self, group: Group) -> bool {
        matches!(group, Group::Keep | Group::Leave)
            || self.verb == Verb::Destroy
            || (group == Group::Create && !self.shows_fields(group))
    }
}

/// Renders the plan in color.
pub fn render(view: &PlanView<'_>) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n", view.title);
    let width = view.plan.nodes.iter().map(|planned| planned.node.chars().count()).max().unwrap_or_default();
    for group in shown(view) {
        // Resources of one line each are not separated by blank lines.
        let compact = view.is_compact(group);
        for (index, planned) in members(view.plan, group).enumerate() {
            text.push_str(if compact && index > 0 { "" } else { "\n" });
            node(&mut text, planned, group, view, width);
        }
    }
    for (index, note) in view.notes.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{DIM}note:{DIM:#} {note}");
    }
    let _ = writeln!(text, "\n{}", footer(view));
    text
}

/// Returns the groups whose resources are listed.
pub(super) fn shown(view: &PlanView<'_>) -> impl Iterator<Item = Group> {
    let (lists_kept, is_absent) = (view.verb == Verb::Status, view.is_of_absent());
    GROUPS.into_iter().filter(move |group| !is_absent && (*group != Group::Keep || lists_kept))
}

pub(super) fn members(plan: &Plan, group: Group) -> impl Iterator<Item = &Planned> {
    plan.nodes.iter().filter(move |planned| Group::of(&planned.action) == Some(group))
}

fn node(text: &mut String, planned: &Planned, group: Group, view: &PlanView<'_>, width: usize) {
    let (mark, style) = group.mark();
    let (name, word) = (planned.node, group.word(view.verb));
    let physical = planned.physical_name.as_ref().filter(|_| view.verb != Verb::Upload);
    let physical = physical.map(|name| format!("  {DIM}{name}{DIM:#}")).unwrap_or_default();
    let more = match &planned.action {
        Action::Leave(why) => format!("{DIM}: {why}{DIM:#}"),
        _ => physical + &known_after(planned, view.details),
    };
    let _ =
        writeln!(text, "{style}{mark}{style:#} {BOLD}{name:<width$}{BOLD:#}  {style}{word}{style:#}{more}");
    if view.shows_fields(group) {
        text.push_str(&fields(&planned.changes, group, view));
    }
    for line in blocked_hints(planned) {
        let _ = writeln!(text, "    {line}");
    }
}

/// Explains why a resource blocks the plan and what to do about it.
pub(super) fn blocked_hints(planned: &Planned) -> Vec<String> {
    match &planned.action {
        Action::Foreign(what) => vec![
            what.clone(),
            "take it over with `--adopt`, or choose another name under `names:` or another `project`"
                .to_owned(),
        ],
        Action::NeedsReplacing => vec![
            "it cannot be updated in place".to_owned(),
            format!("to delete and recreate it: `--replace {}`", quoted(planned.node)),
        ],
        _ => Vec::new(),
    }
}

pub(super) fn known_after(planned: &Planned, details: bool) -> String {
    let is_new = planned.action == Action::Create && !details;
    if planned.after.is_empty() || is_new {
        return String::new();
    }
    let more = if planned.changes.is_empty() { "" } else { "more " };
    format!("  {DIM}({more}known after the {}){DIM:#}", planned.after.join(" and the "))
}

pub(super) fn footer(view: &PlanView<'_>) -> String {
    let took = human_duration(view.took);
    if view.is_of_absent() {
        return format!("not deployed · {DIM}checked in {took}{DIM:#}");
    }
    let count = |group| members(view.plan, group).count();
    if !view.plan.changes_anything() {
        let kept = count(Group::Keep);
        let kept =
            format!("{} {} the spec", counted(kept, "resource"), if kept == 1 { "matches" } else { "match" });
        return match view.verb {
            Verb::Upload => {
                format!("nothing to change · the twin already has these files · {DIM}{took}{DIM:#}")
            }
            Verb::Deploy | Verb::Rollback => format!("nothing to change · {kept} · {DIM}{took}{DIM:#}"),
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
    let line = format!("{} · {DIM}checked in {took}{DIM:#}", counted.join(", "));
    let fits = strip_str(&line).to_string().chars().count() <= WIDTH;
    if fits { line } else { line.replacen(" · ", "\n", 1) }
}
