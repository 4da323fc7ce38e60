//! What a run changes, as people read it.

use reconcile::{Change, Plan};

use super::{Aim, FACTS, There, Work};

/// What comes before the name of a file.
const FILE: &str = "files.";

/// One change for each file, and one for the set.
pub fn changes(aim: &Aim, there: &There, set: &str) -> Vec<Change> {
    let work = Work::new(&aim.files, there);
    let shown = |print: Option<&super::Print>| print.map(ToString::to_string);
    let change = |key: &String| {
        Change::new(format!("{FILE}{key}"), shown(there.files.get(key)), shown(aim.files.get(key)))
    };
    let files = work.write.iter().chain(&work.remove).map(change);
    let newest = there.history.newest().map(|newest| newest.id.clone());
    let set = work.is_new.then(|| Change::new("set", newest, Some(set.to_owned())));
    files.chain(set).collect()
}

/// Those that are about the owner's facts.
pub(crate) fn of_facts(plan: &Plan) -> impl Iterator<Item = &Change> {
    let is_facts = |change: &&Change| FACTS.iter().any(|key| change.field.strip_prefix(FILE) == Some(key));
    plan.nodes.iter().flat_map(|planned| &planned.changes).filter(is_facts)
}
