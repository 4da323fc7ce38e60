//! Which older set a rollback is about.

use crate::{
    artifacts::data::{Set, There, Wanted, Work},
    system::clock,
    ui::{Diagnostic, Exit},
};

/// A comment, to a shell.
const AIM: &str = " # ";

/// The set that was named, or the one before the newest. `cut_short` is what the last one ran who did not live to see the
/// end of it.
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

/// The only set whose name begins so.
fn beginning<'t>(there: &'t There, start: &str) -> Option<&'t Set> {
    let mut sets = there.history.sets.iter().filter(|set| set.id.starts_with(start));
    sets.next().filter(|_| sets.next().is_none())
}

/// The command with the set that it is about, for whoever finds its lock.
pub(super) fn holding(command: &str, wanted: &Wanted) -> String {
    match wanted {
        Wanted::Set(id) => format!("{command}{AIM}{id}"),
        _ => command.to_owned(),
    }
}

/// The set that was to be brought back by one who ran the same and was cut short.
fn aim_of<'t>(there: &'t There, command: &str, cut_short: Option<&str>) -> Option<&'t Set> {
    there.history.set(cut_short?.strip_prefix(command)?.strip_prefix(AIM)?)
}

/// A rollback that was cut short elsewhere is finished; anything else goes back by one.
fn before(there: &There) -> Option<&Set> {
    let newest = there.history.newest()?;
    let cut_short = Work::new(&newest.files, there) != Work::default();
    match &newest.back_to {
        Some(id) if cut_short => there.history.set(id),
        _ => there.history.sets.get(1),
    }
}
