//! The API key of a local twin, in a file that only its owner can read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use contract::variable::OPENAI_API_KEY;
use jiff::Timestamp;
use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    backend::has_secrets,
    machine::{Machine, fault},
};
use crate::{
    system::{files, host},
    targets::{
        Aim,
        local::gateway::{Secrets, TwinFolder, find_key},
    },
    twin::secret::{Access, ApiKey, KeyStore, Removal, StoredKey, missing_key_change},
    ui::{Diagnostic, Ui},
};

/// Returns the path of the key file in the folder of a local twin.
pub(super) fn path(folder: &TwinFolder) -> PathBuf {
    folder.path().join("secrets/openai")
}

/// Returns the path of the `.env` file, which may contain the key too.
pub(super) fn dotenv(root: &Path) -> PathBuf {
    root.join(".env")
}

/// The key store of a local twin.
#[derive(Debug)]
pub(crate) struct FileKeyStore {
    pub(super) folder: TwinFolder,
    pub(super) dotenv: PathBuf,
}

impl FileKeyStore {
    /// Passes a key to the running gateway, if there is one.
    async fn send_to_gateway(&self, key: String) -> Result<(), Fault> {
        let secrets = Secrets(BTreeMap::from([(OPENAI_API_KEY.to_owned(), key)]));
        let machine = Machine::new(self.folder.clone(), secrets, Arc::default());
        match machine.control()? {
            Some(control) => control.reload(machine.secrets.clone()).await.map(drop).map_err(fault),
            None => Ok(()),
        }
    }
}

#[async_trait(?Send)]
impl KeyStore for FileKeyStore {
    async fn read(&self) -> Result<Option<StoredKey>, Fault> {
        let path = path(&self.folder);
        let Some(text) = files::read(&path)?.map(zeroize::Zeroizing::new) else { return Ok(None) };
        let changed = std::fs::metadata(&path).and_then(|about| about.modified()).ok();
        let changed = changed.and_then(|time| Timestamp::try_from(time).ok());
        let stored_at = changed.and_then(|time| Timestamp::from_second(time.as_second()).ok());
        let key = std::str::from_utf8(&text).ok().and_then(|text| ApiKey::parse(text).ok());
        let ending = key.and_then(|key| key.ending());
        let location = path.display().to_string();
        Ok(Some(StoredKey { location, stored_at, deleted_at: None, ending, access: Access::Granted }))
    }

    /// Stores a key. A running twin uses it at once: the gateway replaces the backend without losing a request.
    async fn put(&self, key: &ApiKey, _: &str, _: &Ui) -> Result<(), Diagnostic> {
        let path = path(&self.folder);
        files::write(&path, format!("{}\n", key.text()).as_bytes())
            .map_err(|fault| Diagnostic::fault("the key could not be stored", &fault))?;
        let message = "the key is stored, but the running twin still uses the previous one";
        self.send_to_gateway(key.text().to_owned()).await.map_err(|fault| Diagnostic::fault(message, &fault))
    }

    /// Removes the key. A running twin stops using it at once, if it can run without a key.
    async fn remove(&self, _: &str, _: &Ui) -> Result<Removal, Diagnostic> {
        files::remove(&path(&self.folder))
            .map_err(|fault| Diagnostic::fault("could not remove the key", &fault))?;
        // An empty key means none.
        match self.send_to_gateway(host::variable(OPENAI_API_KEY).unwrap_or_default()).await {
            Ok(()) => Ok(Removal::Deleted),
            Err(fault) if fault.class == Class::Refused => Ok(Removal::StillInUse),
            Err(fault) => {
                let message = "the key is removed, but the running twin still uses it";
                Err(Diagnostic::fault(message, &fault))
            }
        }
    }

    /// Returns where else a deploy finds a key: the environment or the `.env` file.
    fn other_source(&self) -> Result<Option<String>, Fault> {
        if host::variable(OPENAI_API_KEY).is_some() {
            return Ok(Some(format!("the variable {OPENAI_API_KEY}")));
        }
        let found = find_key(std::slice::from_ref(&self.dotenv), &Secrets::default());
        let found = found.map_err(|error| Fault::new(Class::Refused, error))?;
        Ok(found.map(|_| self.dotenv.display().to_string()))
    }
}

/// The node of the key. A deploy checks that a key exists if one is needed, and a destroy deletes the file.
#[derive(Debug)]
pub(super) struct KeyFile {
    pub(super) aim: Aim,
    pub(super) path: PathBuf,
    /// Files that may contain the key.
    pub(super) files: Vec<PathBuf>,
}

impl KeyFile {
    /// Returns whether there is a key: in a file, in the environment, or in the memory of the running gateway.
    async fn is_known(&self, machine: &Machine) -> Result<bool, Fault> {
        let found = find_key(&self.files, &machine.secrets);
        if found.map_err(|error| Fault::new(Class::Refused, error))?.is_some() {
            return Ok(true);
        }
        let backend = machine.status().await?.and_then(|gateway| gateway.backend);
        Ok(backend.is_some_and(|backend| has_secrets(&backend)))
    }
}

impl Resource for KeyFile {
    type Cloud = Machine;
    type Desired = ();
    type Actual = ();
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<()>, Fault> {
        let exists = match self.aim {
            Aim::Use | Aim::Adopt => self.is_known(machine).await?,
            Aim::Remove => self.path.exists(),
        };
        Ok(exists.then_some(()))
    }

    /// Only twinctl writes to this path.
    fn ownership(&self, (): &()) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&()>) -> Vec<Change> {
        actual.map_or_else(|| vec![missing_key_change()], |()| Vec::new())
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&()>,
    ) -> Result<Pushed<()>, Fault> {
        machine.may_write().await?;
        Err(Fault::new(Class::Refused, "only `twinctl secret set` can store a key"))
    }

    async fn delete(&self, machine: &Machine, _: &mut Self::Memory, (): &()) -> Result<Removed, Fault> {
        machine.may_write().await?;
        files::remove(&self.path)?;
        if let Some(folder) = self.path.parent() {
            // An error means that the folder contains something else, so it stays.
            let _ = std::fs::remove_dir(folder);
        }
        Ok(Removed::Done)
    }

    fn output(&self, (): &()) -> Option<()> {
        Some(())
    }
}
