//! `twinctl data ls`: lists the data files of a twin, and when each was uploaded.

use serde_json::json;

use crate::{
    artifacts::data::{Fingerprint, Set, Size, StoredFiles},
    system::clock,
    ui::Ui,
};

pub(super) fn show(there: &StoredFiles, environment: &str, ui: &Ui) {
    let files = there.managed();
    let width = files.keys().map(|key| key.chars().count()).max().unwrap_or_default();
    for (key, print) in &files {
        let size = Size(print.size).to_string();
        let since = since(there, key, print);
        let uploaded = since.map_or_else(
            || "changed by hand".to_owned(),
            |set| format!("{}, by {} ({})", clock::ago(set.at), set.by, set.id),
        );
        ui.data(&format!("{key:<width$}  {size:>10}  {uploaded}"));
    }
    let files: Vec<_> = files
        .iter()
        .map(|(key, print)| {
            let set = since(there, key, print);
            json!({
                "key": key,
                "size": print.size,
                "etag": print.etag,
                "since": set.map(|set| set.at),
                "set": set.map(|set| &set.id),
            })
        })
        .collect();
    if files.is_empty() {
        ui.say(&format!("no data files were uploaded yet: run `twinctl upload-data {environment}`"));
    }
    ui.object("data", json!({ "files": files }));
}

/// Returns the set that uploaded the current content: the oldest of the newest consecutive sets that contain it.
fn since<'t>(there: &'t StoredFiles, key: &str, print: &Fingerprint) -> Option<&'t Set> {
    let has_it = |set: &&Set| set.files.get(key).is_some_and(|recorded| recorded.matches(print));
    there.history.sets.iter().take_while(has_it).last()
}
