//! Plan changes of data files.

use reconcile::{Change, Plan};

use super::{FACTS, FileChanges, ResolvedFiles, StoredFiles};

/// The prefix of a file's field in a plan.
const FILE: &str = "files.";

/// Returns a change for each file, and one for the set.
pub fn plan_changes(resolved: &ResolvedFiles, stored: &StoredFiles, set: &str) -> Vec<Change> {
    let work = FileChanges::new(&resolved.files, stored);
    let shown = |print: Option<&super::Fingerprint>| print.map(ToString::to_string);
    let change = |key: &String| {
        Change::new(format!("{FILE}{key}"), shown(stored.files.get(key)), shown(resolved.files.get(key)))
    };
    let files = work.write.iter().chain(&work.remove).map(change);
    let newest = stored.history.newest().map(|newest| newest.id.clone());
    let set = work.is_new.then(|| Change::new("set", newest, Some(set.to_owned())));
    files.chain(set).collect()
}

/// Returns the changes of `facts.json`.
pub(crate) fn facts_changes(plan: &Plan) -> impl Iterator<Item = &Change> {
    let is_facts = |change: &&Change| FACTS.iter().any(|key| change.field.strip_prefix(FILE) == Some(key));
    plan.nodes.iter().flat_map(|planned| &planned.changes).filter(is_facts)
}
