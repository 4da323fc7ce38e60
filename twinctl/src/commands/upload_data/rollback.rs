//! The set of files that a rollback restores.

use crate::{
    artifacts::data::{DesiredFiles, FileChanges, Set, StoredFiles},
    system::clock,
    ui::{Diagnostic, Exit},
};

/// Separates the command from the set in the lock. A shell reads the rest as a comment.
const SET_SEPARATOR: &str = " # ";

/// Returns the given set, or else the one before the newest. `interrupted` is the command of an interrupted run that
/// still holds the lock.
pub(super) fn wanted(
    there: &StoredFiles,
    set: Option<&str>,
    command: &str,
    interrupted: Option<&str>,
) -> Result<DesiredFiles, Diagnostic> {
    let found = match set {
        Some(id) => there.history.set(id).or_else(|| with_prefix(there, id)),
        None => interrupted_set(there, command, interrupted).or_else(|| previous(there)),
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
        let diagnostic = Diagnostic::new(Exit::Usage, message).hint("nothing was changed");
        let known: Vec<_> = known.collect();
        return Err(if known.is_empty() {
            diagnostic
        } else {
            diagnostic.hint(format!("available sets: {}", known.join(", ")))
        });
    };
    Ok(DesiredFiles::Set(found.id.clone()))
}

/// Returns the set whose ID begins with `start`, if there is exactly one.
fn with_prefix<'t>(there: &'t StoredFiles, start: &str) -> Option<&'t Set> {
    let mut sets = there.history.sets.iter().filter(|set| set.id.starts_with(start));
    sets.next().filter(|_| sets.next().is_none())
}

/// Returns the command with its set. The lock stores it, so that the next run can finish an interrupted rollback.
pub(super) fn holding(command: &str, wanted: &DesiredFiles) -> String {
    match wanted {
        DesiredFiles::Set(id) => format!("{command}{SET_SEPARATOR}{id}"),
        _ => command.to_owned(),
    }
}

/// Returns the set that an interrupted run of the same command was restoring.
fn interrupted_set<'t>(there: &'t StoredFiles, command: &str, interrupted: Option<&str>) -> Option<&'t Set> {
    there.history.set(interrupted?.strip_prefix(command)?.strip_prefix(SET_SEPARATOR)?)
}

/// Returns the set of an interrupted rollback on another machine, else the set before the newest.
fn previous(there: &StoredFiles) -> Option<&Set> {
    let newest = there.history.newest()?;
    let interrupted = FileChanges::new(&newest.files, there) != FileChanges::default();
    match &newest.back_to {
        Some(id) if interrupted => there.history.set(id),
        _ => there.history.sets.get(1),
    }
}
