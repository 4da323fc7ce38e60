//! When the visitors left a version. The usage table, which a version needs, stays until its last requests have begun.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reconcile::{Backoff, Wait};
use tokio::time::Instant;

/// How long the previous version may get requests after the alias has moved, and these may start to be answered. All of Lambda
/// knows an alias after seconds, and a cold start takes less than one.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// When this run moved the alias away from a version, if it did.
#[derive(Debug, Clone, Default)]
pub struct Departure(Arc<Mutex<Option<Instant>>>);

impl Departure {
    /// Notes that the alias moves now.
    pub(super) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns what a deletion has to wait for.
    pub(super) fn wait(&self) -> Option<Wait> {
        let begun = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let rest = LAST_REQUESTS.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero())?;
        let backoff = Backoff { initial: rest, max: rest, timeout: 2 * LAST_REQUESTS };
        Some(Wait::new("the last requests of the previous version", backoff))
    }
}
