//! A change of the amount of a month, and its errors.

use crate::client::SendError;
use crate::store::StoreError;

/// A change of a month's amount.
#[derive(Clone, Debug)]
pub(super) struct Change<'a> {
    pub(super) month: &'a str,
    /// In billionths of a dollar. Negative if less was spent than reserved.
    pub(super) amount: i64,
    /// The largest amount before the change, or `None` if it always takes place.
    pub(super) at_most: Option<u64>,
}

/// Why the spending cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    #[error("failed to count the spending in a file")]
    Folder(#[from] StoreError),
    #[error("failed to reach the usage table")]
    Unreachable(#[from] SendError),
    #[error("the usage table rejected the request with status {status}: {message}")]
    Rejected { status: u16, message: String },
}
