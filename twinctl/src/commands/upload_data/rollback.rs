//! The set of files that a rollback restores.

use crate::{
    artifacts::data::{Set, There, Wanted, Work},
    system::clock,
    ui::{Diagnostic, Exit},
};

/// Separates the command from the set in the lock. A shell reads the rest as a comment.
const AIM: &str = " # ";

/// Returns the given set, or the one before the newest. `cut_short` is the command of an interrupted run that still
/// holds the lock.
pub(super) fn wanted(
    there: &There,
    set: Option<&str>,
    command: &str,
    cut_short: Option<&str>,
) -> Result<Wanted, Diagnostic> {
    let found = match set {
        Some(id) => there.history.set(id).or_else(|| beginning(there, id)),
        None => aim_of(there, command, cut_short).or_else(|| before(there)),
    };
    let Some(found) = found else {
        let message = set.map_or_else(
            || "there is no older set of files to restore".to_owned(),
            |id| format!("there is no set `{id}`"),
        );
        let known = there
            .history
            .sets
            .iter()
            .map(|set| format!("{} ({}, by {})", set.id, clock::ago(set.at), set.by));
        let diagnostic = Diagnostic::new(Exit::Usage, message).hint("nothing was touched");
        let known: Vec<_> = known.collect();
        return Err(if known.is_empty() {
            diagnostic
        } else {
            diagnostic.hint(format!("available sets: {}", known.join(", ")))
        });
    };
    Ok(Wanted::Set(found.id.clone()))
}

/// Returns the set whose ID begins with `start`, if there is exactly one.
fn beginning<'t>(there: &'t There, start: &str) -> Option<&'t Set> {
    let mut sets = there.history.sets.iter().filter(|set| set.id.starts_with(start));
    sets.next().filter(|_| sets.next().is_none())
}

/// Returns the command with its set. The lock stores it, so that the next run can finish an interrupted rollback.
pub(super) fn holding(command: &str, wanted: &Wanted) -> String {
    match wanted {
        Wanted::Set(id) => format!("{command}{AIM}{id}"),
        _ => command.to_owned(),
    }
}

/// Returns the set that an interrupted run of the same command was restoring.
fn aim_of<'t>(there: &'t There, command: &str, cut_short: Option<&str>) -> Option<&'t Set> {
    there.history.set(cut_short?.strip_prefix(command)?.strip_prefix(AIM)?)
}

/// Returns the set of an interrupted rollback on another machine, else the set before the newest.
fn before(there: &There) -> Option<&Set> {
    let newest = there.history.newest()?;
    let cut_short = Work::new(&newest.files, there) != Work::default();
    match &newest.back_to {
        Some(id) if cut_short => there.history.set(id),
        _ => there.history.sets.get(1),
    }
}
