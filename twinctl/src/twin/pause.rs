//! The owner's pause of the chat. It is a mark next to the data files, which a running twin reads when it checks them for
//! changes, so a pause needs neither a deploy nor the lock.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use reconcile::Fault;
use serde::Serialize;
use serde_json::Value;

/// The content of the mark. twin-lambda reads only the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pause {
    /// The owner's sentence for visitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
}

/// Where the mark of one environment is stored.
#[async_trait(?Send)]
pub(crate) trait PauseMark: fmt::Debug {
    /// Writes the mark and replaces an older one. Returns `false` if the environment is not deployed.
    async fn write(&self, pause: &Pause) -> Result<bool, Fault>;

    /// Removes the mark, if it exists. Returns `false` if the environment is not deployed.
    async fn remove(&self) -> Result<bool, Fault>;

    /// Returns the health of the running backend. Returns `None` if none is running.
    async fn health(&self) -> Result<Option<Value>, Fault>;
}
