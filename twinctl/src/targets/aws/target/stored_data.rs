//! Reads, counts and downloads the deployed conversations and data files.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use contract::key::QUESTIONS;
use reconcile::{Action, Engine, Fault, Plan, Resource as _};
use serde_json::Value;

use super::Aws;
use crate::{
    artifacts::data::{Files, StoredFiles},
    targets::{
        StoredData,
        aws::{
            BucketStore, Cloud,
            resources::{DataFiles, OWN_PREFIX, bucket::tagged_expiry, count_objects, download, object},
            stack::DATA_NODES,
        },
    },
    twin::conversations::count,
    ui::{Diagnostic, Ui},
};

impl StoredData for Aws {
    /// Makes no call before the first release.
    async fn read_facts(&self) -> Result<Option<Value>, Fault> {
        if !self.deployed {
            return Ok(None);
        }
        let facts = DataFiles::new(self.names.data_bucket.clone()).read_facts(&self.cloud).await?;
        Ok(facts.and_then(|facts| serde_json::from_slice(&facts).ok()))
    }

    fn data_files(&self, engine: &Engine<Cloud>) -> Option<Arc<StoredFiles>> {
        engine.output(self.files?)
    }

    async fn read_data_files(&self) -> Result<Option<Arc<StoredFiles>>, Fault> {
        let data_files = DataFiles::new(self.names.data_bucket.clone());
        Ok(data_files
            .observe(&self.cloud, &mut data_files.initial_memory())
            .await?
            .map(|actual| actual.current))
    }

    async fn read_data_file(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        object(&self.cloud, &self.names.data_bucket, key).await
    }

    async fn read_old_data_files(&self, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        DataFiles::new(self.names.data_bucket.clone()).read_old(&self.cloud, files).await
    }

    async fn memory_expiry(&self) -> Result<Option<u32>, Fault> {
        tagged_expiry(&self.cloud, &self.names.memory_bucket).await
    }

    async fn count_data(&self) -> Result<[u64; 2], Diagnostic> {
        let store = BucketStore {
            cloud: Cloud::clone(&self.cloud),
            name: self.names.memory_bucket.clone(),
            expires: false,
        };
        let (conversations, files) = tokio::join!(
            count(&store, |key| !key.starts_with(QUESTIONS)),
            count_objects(&self.cloud, &self.names.data_bucket, |key| !key.starts_with(OWN_PREFIX)),
        );
        let failed = |node, fault| Diagnostic::fault(&format!("could not read the {node}"), &fault);
        let [memory, data] = DATA_NODES;
        Ok([
            conversations.map_err(|fault| failed(memory, fault))?,
            files.map_err(|fault| failed(data, fault))?,
        ])
    }

    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
        let [memory, data] = DATA_NODES;
        for (node, bucket, subfolder) in
            [(memory, &self.names.memory_bucket, "memory"), (data, &self.names.data_bucket, "data")]
        {
            if matches!(plan.action(node), None | Some(Action::Absent)) {
                continue;
            }
            let folder = folder.join(subfolder);
            let progress = |done, of| self.cloud.progress(node, format!("saved {done} of {of} files"));
            let saved = download(&self.cloud, bucket, &folder, progress).await;
            let saved = saved.map_err(|error| {
                let message = format!("could not back up the {node}; nothing was destroyed");
                Diagnostic::unexpected(&message, &error)
            })?;
            ui.say(&format!("saved {} files of the {node} in {}", saved.files, folder.display()));
        }
        Ok(())
    }
}
