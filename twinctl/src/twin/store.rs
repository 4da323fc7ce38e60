//! The store of conversations and unanswered questions, by key.

mod patience;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use reconcile::Fault;

pub(crate) use patience::patiently;

/// One object, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) written: Timestamp,
}

/// Where conversations and unanswered questions are kept.
#[async_trait(?Send)]
pub(crate) trait Store: fmt::Debug + Send + Sync {
    /// Lists the objects whose keys begin with `prefix`. Returns `None` if there is no bucket or folder.
    async fn list(&self, prefix: &str) -> Result<Option<Vec<Entry>>, Fault>;

    /// Returns the current object, if there is one.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Counts the versions of exactly this key, including those of a deleted object.
    async fn versions(&self, key: &str) -> Result<usize, Fault>;

    /// Deletes every version of exactly this key and verifies that none is left. Returns how many there were.
    async fn erase(&self, key: &str) -> Result<usize, Fault>;
}
