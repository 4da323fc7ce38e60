//! The key of a model's server on this machine: a file for its owner alone.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use jiff::Timestamp;
use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    backend::was_told_secrets,
    machine::{Machine, fault},
};
use crate::{
    system::{files, host},
    targets::{
        Aim,
        aws::resources::secret::missing_key,
        local::gateway::{Place, Secrets, find_key},
    },
    twin::secret::{Access, ApiKey, Kept, Parting, Vault},
    ui::{Diagnostic, Ui},
};

/// What twin-lambda reads it from.
pub(super) const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// Where it lies in the folder of a local twin.
pub(super) fn path(place: &Place) -> PathBuf {
    place.folder().join("secrets/openai")
}

/// Where else it may lie.
pub(super) fn dotenv(root: &Path) -> PathBuf {
    root.join(".env")
}

#[derive(Debug)]
pub(crate) struct FileVault {
    pub(super) place: Place,
    pub(super) dotenv: PathBuf,
}

impl FileVault {
    async fn tell(&self, key: String) -> Result<(), Fault> {
        let secrets = Secrets(BTreeMap::from([(OPENAI_KEY.to_owned(), key)]));
        let machine = Machine::new(self.place.clone(), secrets);
        match machine.control()? {
            Some(control) => control.reload(machine.secrets.clone()).await.map(drop).map_err(fault),
            None => Ok(()),
        }
    }
}

#[async_trait(?Send)]
impl Vault for FileVault {
    async fn look(&self) -> Result<Option<Kept>, Fault> {
        let path = path(&self.place);
        let Some(text) = files::read(&path)?.map(zeroize::Zeroizing::new) else { return Ok(None) };
        let changed = std::fs::metadata(&path).and_then(|about| about.modified()).ok();
        let since = changed.and_then(|time| Timestamp::try_from(time).ok());
        let since = since.and_then(|time| Timestamp::from_second(time.as_second()).ok());
        let key = std::str::from_utf8(&text).ok().and_then(|text| ApiKey::parse(text).ok());
        let ending = key.and_then(|key| key.ending());
        let place = path.display().to_string();
        Ok(Some(Kept { place, since, deleted: None, ending, access: Access::Given }))
    }

    /// A twin that runs gets it at once: another process takes over, and no request is lost.
    async fn put(&self, key: &ApiKey, _: &str, _: &Ui) -> Result<(), Diagnostic> {
        let path = path(&self.place);
        files::write(&path, format!("{}\n", key.text()).as_bytes())
            .map_err(|fault| Diagnostic::fault("the key could not be stored", &fault))?;
        let message = "the key is stored, but the twin that runs goes on with the one before";
        self.tell(key.text().to_owned()).await.map_err(|fault| Diagnostic::fault(message, &fault))
    }

    /// A twin that runs forgets it at once, if it can be without.
    async fn remove(&self, _: &str, _: &Ui) -> Result<Parting, Diagnostic> {
        files::remove(&path(&self.place))
            .map_err(|fault| Diagnostic::fault("the key could not be removed", &fault))?;
        // An empty one stands for none.
        match self.tell(host::variable(OPENAI_KEY).unwrap_or_default()).await {
            Ok(()) => Ok(Parting::Forgotten),
            Err(fault) if fault.class == Class::Refused => Ok(Parting::Remembered),
            Err(fault) => {
                let message = "the key is removed, but the twin that runs could not be told";
                Err(Diagnostic::fault(message, &fault))
            }
        }
    }

    /// A key that nobody has stored here, and that a deploy takes all the same.
    fn elsewhere(&self) -> Result<Option<String>, Fault> {
        if host::variable(OPENAI_KEY).is_some() {
            return Ok(Some(format!("the variable {OPENAI_KEY}")));
        }
        let found = find_key(std::slice::from_ref(&self.dotenv), &Secrets::default());
        let found = found.map_err(|refusal| Fault::new(Class::Refused, refusal))?;
        Ok(found.map(|_| self.dotenv.display().to_string()))
    }
}

/// The key as a node: where one is needed a deploy looks whether there is any, and the file goes with the environment.
#[derive(Debug)]
pub(super) struct KeyFile {
    pub(super) aim: Aim,
    pub(super) path: PathBuf,
    /// All that may hold it.
    pub(super) files: Vec<PathBuf>,
}

impl KeyFile {
    /// In a file, in the environment of this command, or in that of the deploy before.
    async fn is_known(&self, machine: &Machine) -> Result<bool, Fault> {
        let found = find_key(&self.files, &machine.secrets);
        if found.map_err(|refusal| Fault::new(Class::Refused, refusal))?.is_some() {
            return Ok(true);
        }
        let backend = machine.status().await?.and_then(|door| door.backend);
        Ok(backend.is_some_and(|backend| was_told_secrets(&backend)))
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
        let is_there = match self.aim {
            Aim::Use => self.is_known(machine).await?,
            Aim::Remove => self.path.exists(),
        };
        Ok(is_there.then_some(()))
    }

    /// Nobody else writes there.
    fn ownership(&self, (): &()) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&()>) -> Vec<Change> {
        actual.map_or_else(|| vec![missing_key()], |()| Vec::new())
    }

    async fn converge(
        &self,
        _: &Machine,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&()>,
    ) -> Result<Pushed<()>, Fault> {
        Err(Fault::new(Class::Refused, "a key comes from `twinctl secret set`"))
    }

    async fn delete(&self, _: &Machine, _: &mut Self::Memory, (): &()) -> Result<Removed, Fault> {
        files::remove(&self.path)?;
        if let Some(folder) = self.path.parent() {
            // One with something else in it stays.
            let _ = std::fs::remove_dir(folder);
        }
        Ok(Removed::Done)
    }

    fn output(&self, (): &()) -> Option<()> {
        Some(())
    }
}
