//! What a run changes, as people read it.

use reconcile::Change;

use super::{Aim, There, Work};

/// One change for each file, and one for the set.
pub fn changes(aim: &Aim, there: &There, set: &str) -> Vec<Change> {
    let work = Work::new(&aim.files, there);
    let shown = |print: Option<&super::Print>| print.map(ToString::to_string);
    let change = |key: &String| {
        Change::new(format!("files.{key}"), shown(there.files.get(key)), shown(aim.files.get(key)))
    };
    let files = work.write.iter().chain(&work.remove).map(change);
    let newest = there.history.newest().map(|newest| newest.id.clone());
    let set = work.is_new.then(|| Change::new("set", newest, Some(set.to_owned())));
    files.chain(set).collect()
}
