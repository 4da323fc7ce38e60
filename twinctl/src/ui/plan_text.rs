//! A plan as people read it.

mod fields;
mod group;
mod markdown;

use std::{fmt::Write as _, time::Duration};

use anstream::adapter::strip_str;
use reconcile::{Action, Plan, Planned};

pub(crate) use self::markdown::{Fitted, markdown};
use self::{
    fields::fields,
    group::{GROUPS, Group},
};
use super::{
    palette::{BOLD, DIM},
    words::things,
};
use crate::system::clock::spoken;

/// What people are sure to see on one line.
const WIDTH: usize = 80;

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
    /// Of the owner's files, which are what it is about: many are shown.
    Upload,
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

fn footer(view: &PlanView<'_>) -> String {
    let took = spoken(view.took);
    let count = |group| members(view.plan, group).count();
    if !view.plan.changes_anything() {
        let kept = count(Group::Keep);
        let kept = format!("{} {} as the file says", things(kept), if kept == 1 { "is" } else { "are" });
        return match view.verb {
            Verb::Upload => format!("nothing to change · the twin has these files · {DIM}{took}{DIM:#}"),
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
    let line = format!("{} · {DIM}looked for {took}{DIM:#}", counted.join(", "));
    let fits = strip_str(&line).to_string().chars().count() <= WIDTH;
    if fits { line } else { line.replacen(" · ", "\n", 1) }
}

#[cfg(test)]
mod tests;
