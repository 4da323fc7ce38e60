//! The key of a model's server on this machine: a file for its owner alone.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::Timestamp;
use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    file,
    machine::{Machine, fault},
};
use crate::{
    diagnostic::Diagnostic,
    door::{Place, Secrets},
    secret::{Access, ApiKey, Kept},
};

/// What twin-lambda reads it from.
pub(super) const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// Where it lies in the folder of a local twin.
pub(super) fn path(place: &Place) -> PathBuf {
    place.folder().join("secrets/openai")
}

#[derive(Debug)]
pub(crate) struct FileVault {
    pub(super) place: Place,
}

impl FileVault {
    pub(crate) fn look(&self) -> Result<Option<Kept>, Fault> {
        let path = path(&self.place);
        let Some(text) = file::read(&path)?.map(zeroize::Zeroizing::new) else { return Ok(None) };
        let changed = std::fs::metadata(&path).and_then(|about| about.modified()).ok();
        let since = changed.and_then(|time| Timestamp::try_from(time).ok());
        let since = since.and_then(|time| Timestamp::from_second(time.as_second()).ok());
        let key = std::str::from_utf8(&text).ok().and_then(|text| ApiKey::parse(text).ok());
        let ending = key.and_then(|key| key.ending());
        let place = path.display().to_string();
        Ok(Some(Kept { place, since, deleted: None, ending, access: Access::Given }))
    }

    /// A twin that runs gets it at once: another process takes over, and no request is lost.
    pub(crate) async fn put(&self, key: &ApiKey) -> Result<(), Diagnostic> {
        let path = path(&self.place);
        file::write(&path, format!("{}\n", key.text()).as_bytes())
            .map_err(|fault| Diagnostic::fault("the key could not be stored", &fault))?;
        let secrets = Secrets(BTreeMap::from([(OPENAI_KEY.to_owned(), key.text().to_owned())]));
        let machine = Machine::new(self.place.clone(), secrets);
        let told = async {
            match machine.control()? {
                Some(control) => control.reload(machine.secrets.clone()).await.map(drop).map_err(fault),
                None => Ok(()),
            }
        };
        let message = "the key is stored, but the twin that runs goes on with the one before";
        told.await.map_err(|fault| Diagnostic::fault(message, &fault))
    }

    pub(crate) fn remove(&self) -> Result<(), Diagnostic> {
        file::remove(&path(&self.place))
            .map_err(|fault| Diagnostic::fault("the key could not be removed", &fault))
    }
}

/// The file as a node: it goes with the environment. Nothing else of it is a deploy's matter.
#[derive(Debug)]
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
}

impl Resource for KeyFile {
    type Cloud = Machine;
    type Desired = ();
    type Actual = ();
    type Output = ();

    async fn observe(&self, _: &Machine) -> Result<Option<()>, Fault> {
        Ok(self.path.exists().then_some(()))
    }

    /// Nobody else writes there.
    fn ownership(&self, (): &()) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), _: Option<&()>) -> Vec<Change> {
        Vec::new()
    }

    async fn converge(&self, _: &Machine, (): &(), _: Option<&()>) -> Result<Pushed<()>, Fault> {
        Err(Fault::new(Class::Refused, "a key comes from `twinctl secret set`"))
    }

    async fn delete(&self, _: &Machine, (): &()) -> Result<Removed, Fault> {
        file::remove(&self.path)?;
        if let Some(folder) = self.path.parent() {
            // One with something else in it stays.
            let _ = std::fs::remove_dir(folder);
        }
        Ok(Removed::Gone)
    }

    fn output(&self, (): &()) -> Option<()> {
        Some(())
    }
}
