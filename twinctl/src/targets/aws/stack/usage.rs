//! The nodes of the usage table.

use reconcile::{After, Handle};

/// The nodes with which the function counts what its model costs. `live` moves to a version that counts after they are
/// written, and away from one before they are deleted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) table: Handle<Option<String>>,
    pub(super) access: Handle<Option<()>>,
}

impl Usage {
    pub(super) fn after(self) -> (After, After) {
        (self.table.after(), self.access.after())
    }
}
