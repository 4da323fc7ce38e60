//! The store of a twin's API key.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use reconcile::Fault;

use super::ApiKey;
use crate::ui::{Diagnostic, Ui};

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

/// Where a twin's API key is stored.
#[async_trait(?Send)]
pub(crate) trait Vault: fmt::Debug + Send + Sync {
    async fn look(&self) -> Result<Option<Kept>, Fault>;

    /// Stores a key. A stored one becomes the previous version.
    async fn put(&self, key: &ApiKey, command: &str, ui: &Ui) -> Result<(), Diagnostic>;

    async fn remove(&self, command: &str, ui: &Ui) -> Result<Parting, Diagnostic>;

    /// Where else a deploy finds a key.
    fn elsewhere(&self) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}
