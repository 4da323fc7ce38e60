//! `twinctl data history`: lists the uploaded sets of files.

use serde_json::json;

use crate::{
    artifacts::data::{Size, StoredFiles},
    system::clock,
    ui::{Ui, counted},
};

pub(super) fn show(there: &StoredFiles, ui: &Ui) {
    let sets = &there.history.sets;
    for set in sets {
        let size = Size(set.files.values().map(|print| print.size).sum());
        let files = counted(set.files.len(), "file");
        let back = set.back_to.as_ref().map(|id| format!(", restored from {id}")).unwrap_or_default();
        ui.data(&format!("{}  {}, by {}: {files}, {size}{back}", set.id, clock::ago(set.at), set.by));
    }
    if sets.is_empty() {
        ui.say("no data files were uploaded yet");
    }
    ui.object("history", json!({ "sets": sets }));
}
