//! Where a twin's key lies: in Secrets Manager, or in a file of this machine.

use jiff::Timestamp;
use reconcile::Fault;

use super::{ApiKey, CloudVault};
use crate::{diagnostic::Diagnostic, local::FileVault, ui::Ui};

#[derive(Debug)]
pub(crate) enum Vault {
    Cloud(Box<CloudVault>),
    File(FileVault),
}

/// A key that is there, without itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// An ARN or a path.
    pub(crate) place: String,
    pub(crate) since: Option<Timestamp>,
    /// It was given up then, and can still be brought back.
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) ending: Option<String>,
    pub(crate) access: Access,
}

/// Whether the twin gets to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Given,
    /// A deploy gives it.
    Missing,
    /// There is no twin yet.
    NobodyThere,
}

/// What becomes of a key that was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It can be brought back for some days.
    GivenUp,
    /// Nobody has it any more.
    Forgotten,
    /// The twin that runs cannot start without one, and goes on with it.
    Remembered,
}

impl Vault {
    pub(crate) async fn look(&self) -> Result<Option<Kept>, Fault> {
        match self {
            Self::Cloud(vault) => vault.look().await,
            Self::File(vault) => vault.look(),
        }
    }

    /// The key that is there, if any, stays the one before it.
    pub(crate) async fn put(&self, key: &ApiKey, command: &str, ui: &Ui) -> Result<(), Diagnostic> {
        match self {
            Self::Cloud(vault) => vault.put(key, command, ui).await,
            Self::File(vault) => vault.put(key).await,
        }
    }

    pub(crate) async fn remove(&self, command: &str, ui: &Ui) -> Result<Parting, Diagnostic> {
        match self {
            Self::Cloud(vault) => vault.remove(command, ui).await.map(|()| Parting::GivenUp),
            Self::File(vault) => vault.remove().await,
        }
    }

    /// Where else a deploy finds one.
    pub(crate) fn elsewhere(&self) -> Result<Option<String>, Fault> {
        match self {
            Self::Cloud(_) => Ok(None),
            Self::File(vault) => vault.elsewhere(),
        }
    }
}
