//! Which older set a rollback is about.

use crate::{
    clock,
    data::{Set, There, Wanted, Work},
    diagnostic::Diagnostic,
    exit::Exit,
};

/// The set that was named, or the one before the newest. `died` is whether the last one who wanted this did not live to
/// see it.
pub(super) fn wanted(there: &There, set: Option<&str>, died: bool) -> Result<Wanted, Diagnostic> {
    let found = match set {
        Some(id) => there.history.set(id).or_else(|| beginning(there, id)),
        None => before(there, died),
    };
    let Some(found) = found else {
        let message = set.map_or_else(
            || "there is no older set of files to bring back".to_owned(),
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
            diagnostic.hint(format!("these are remembered: {}", known.join(", ")))
        });
    };
    Ok(Wanted::Set(found.id.clone()))
}

/// The only set whose name begins so.
fn beginning<'t>(there: &'t There, start: &str) -> Option<&'t Set> {
    let mut sets = there.history.sets.iter().filter(|set| set.id.starts_with(start));
    sets.next().filter(|_| sets.next().is_none())
}

/// A rollback that was cut short is finished; anything else goes back by one.
fn before(there: &There, died: bool) -> Option<&Set> {
    let newest = there.history.newest()?;
    let cut_short = died || Work::new(&newest.files, there) != Work::default();
    match &newest.back_to {
        Some(id) if cut_short => there.history.set(id),
        _ => there.history.sets.get(1),
    }
}
