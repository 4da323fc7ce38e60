//! The format of a stored record, so that an older twinctl does not misread or lose what a newer one recorded.

use reconcile::{Class, Fault};
use serde::{Deserialize, Serialize};

use super::Adopted;
use crate::ui::LastingError;

/// The newest format that this version reads. Raise it when an earlier version would misread a record, or lose a part of it
/// that matters. Records without a format have the first one.
const NEWEST: u64 = ADOPTED;
/// The format of most records.
const FIRST: u64 = 1;
/// The format of a record with resources that were taken over. A version that does not know it would delete them in a destroy.
const ADOPTED: u64 = 2;
/// The version of twinctl that is recorded with the format.
pub(crate) const WRITER: &str = env!("CARGO_PKG_VERSION");

/// The format of a record, and the version of twinctl that wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordFormat {
    pub(crate) format: u64,
    pub(crate) twinctl: String,
}

impl RecordFormat {
    /// Returns the format of a new record.
    pub(crate) fn first() -> Self {
        Self { format: FIRST, twinctl: WRITER.to_owned() }
    }

    /// Returns the lowest format that protects what was taken over.
    pub(crate) fn of(adopted: &Adopted) -> Self {
        Self { format: if adopted.is_empty() { FIRST } else { ADOPTED }, ..Self::first() }
    }

    /// Creates the format of a record from what is stored.
    pub(crate) fn stored(format: Option<u64>, twinctl: Option<&str>) -> Self {
        Self { format: format.unwrap_or(1), twinctl: twinctl.unwrap_or("another version").to_owned() }
    }

    /// Fails if a newer version of twinctl wrote the record, in a format that this one does not know.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.format <= NEWEST {
            return Ok(());
        }
        let message = format!(
            "a newer twinctl ({}) wrote it, and this twinctl ({WRITER}) could misread it; nothing was changed",
            self.twinctl
        );
        let hint = "run `twinctl upgrade`, then this command again";
        Err(Fault::new(Class::Refused, LastingError { message, hint: hint.into() }))
    }
}
