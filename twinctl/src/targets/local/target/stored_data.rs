//! Reads, counts and copies the deployed conversations and data files.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use contract::key::Form;
use reconcile::{Action, Engine, Fault, Plan};
use serde_json::Value;

use super::Local;
use crate::{
    artifacts::data::{FACTS, Files, StoredFiles},
    system::files,
    targets::{
        StoredData,
        local::{
            data_folder::{read_old_files, there},
            gateway::GatewaySetup,
            machine::Machine,
            stack::{DATA_FOLDER, MEMORY_FOLDER},
            store::FolderStore,
        },
    },
    twin::conversations::count,
    ui::{Diagnostic, Ui},
};

impl StoredData for Local {
    async fn read_facts(&self) -> Result<Option<Value>, Fault> {
        let mut paths = FACTS.iter().map(|key| self.folders.data.join(key));
        let Some(path) = paths.find(|path| path.is_file()) else { return Ok(None) };
        Ok(files::read(&path)?.and_then(|facts| serde_json::from_slice(&facts).ok()))
    }

    fn data_files(&self, engine: &Engine<Machine>) -> Option<Arc<StoredFiles>> {
        engine.output(self.files?).map(|files| files.there)
    }

    async fn read_data_files(&self) -> Result<Option<Arc<StoredFiles>>, Fault> {
        let folder = &self.folders.data;
        if folder.is_dir() { there(folder).map(|there| Some(Arc::new(there))) } else { Ok(None) }
    }

    async fn read_data_file(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        files::read(&self.folders.data.join(key))
    }

    async fn read_old_data_files(&self, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        read_old_files(&self.folders.data, files)
    }

    async fn memory_expiry(&self) -> Result<Option<u32>, Fault> {
        let setup = self.folder.read::<GatewaySetup>()?;
        Ok(setup.and_then(|setup| setup.memory).map(|expiry| expiry.days))
    }

    /// Only conversations count, because the data files are copies.
    async fn count_data(&self) -> Result<[u64; 2], Diagnostic> {
        let store = FolderStore { path: self.folders.memory.clone(), expires: false };
        let counted = count(&store, |key| Form::parse(key).is_some()).await;
        let failed = |fault| Diagnostic::fault(&format!("could not read the {MEMORY_FOLDER}"), &fault);
        Ok([counted.map_err(failed)?, 0])
    }

    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
        for (node, from, within) in
            [(MEMORY_FOLDER, &self.folders.memory, "memory"), (DATA_FOLDER, &self.folders.data, "data")]
        {
            if matches!(plan.action(node), None | Some(Action::Absent)) {
                continue;
            }
            let to = folder.join(within);
            let saved = files::copy_folder(from, &to).map_err(|fault| {
                Diagnostic::fault(&format!("could not back up the {node}; nothing was destroyed"), &fault)
            })?;
            ui.say(&format!("saved {saved} files of the {node} in {}", to.display()));
        }
        Ok(())
    }
}
