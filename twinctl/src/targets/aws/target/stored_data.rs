//! Counts and downloads the conversations and data files of an environment, before they are deleted.

use std::path::Path;

use contract::key::QUESTIONS;
use reconcile::{Action, Plan};

use crate::{
    targets::aws::{
        Cloud,
        names::Names,
        resources::{OWN_PREFIX, count_objects, download},
        stack::DATA_NODES,
    },
    ui::{Diagnostic, Ui},
};

pub(super) async fn count(cloud: &Cloud, names: &Names) -> Result<[u64; 2], Diagnostic> {
    let count = async |node: &str, bucket: &str, ignore: Option<&str>| {
        let counted = count_objects(cloud, bucket, ignore).await;
        counted.map_err(|fault| Diagnostic::fault(&format!("the {node} could not be read"), &fault))
    };
    let [memory, data] = DATA_NODES;
    let (conversations, files) = tokio::try_join!(
        count(memory, &names.memory_bucket, Some(QUESTIONS)),
        count(data, &names.data_bucket, Some(OWN_PREFIX))
    )?;
    Ok([conversations, files])
}

pub(super) async fn back_up(
    cloud: &Cloud,
    names: &Names,
    plan: &Plan,
    folder: &Path,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let [memory, data] = DATA_NODES;
    for (node, bucket, subfolder) in
        [(memory, &names.memory_bucket, "memory"), (data, &names.data_bucket, "data")]
    {
        if matches!(plan.action(node), None | Some(Action::Absent)) {
            continue;
        }
        let folder = folder.join(subfolder);
        let progress = |done, of| cloud.progress(node, format!("saved {done} of {of} files"));
        let saved = download(cloud, bucket, &folder, progress).await;
        let saved = saved.map_err(|error| {
            let message = format!("the {node} could not be backed up; nothing was destroyed");
            Diagnostic::unexpected(&message, &error)
        })?;
        ui.say(&format!("saved {} files of the {node} in {}", saved.files, folder.display()));
    }
    Ok(())
}
