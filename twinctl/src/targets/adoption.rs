//! How a target takes over resources, and returns them.

use reconcile::Fault;

use super::record::{Adopted, Former};

/// Resources that are taken over from another tool.
pub(crate) trait Adoption {
    /// The nodes with content of the owner, which a destroy releases if they were taken over.
    const RELEASED_NODES: &'static [&'static str];

    /// The nodes that are a part of another node's resource. A destroy keeps them with it.
    const PARTS: &'static [(&'static str, &'static [&'static str])];

    /// Reads the resources of these nodes as [`Self::give_back`] restores them.
    async fn former(&self, nodes: &[&'static str]) -> Result<Adopted, Fault>;

    /// Restores a resource, except its content. Does nothing if it does not exist any more. `is_online` means that visitors
    /// still use the twin. Returns notes about references to deleted resources,
    /// which cannot be restored.
    async fn give_back(&self, node: &str, former: &Former, is_online: bool) -> Result<Vec<String>, Fault>;
}
