//! The time at which visitors left a version. The usage table is kept until the last requests of that version, which
//! needs it, have ended.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reconcile::{Backoff, Wait};
use tokio::time::Instant;

/// How long after a move of the alias the previous version may still receive requests. The move takes effect everywhere in
/// Lambda within seconds.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// When this run moved the alias away from a version, if it did.
#[derive(Debug, Clone, Default)]
pub struct Departure {
    begun: Arc<Mutex<Option<Instant>>>,
    /// The longest time that a request takes.
    timeout: Duration,
}

impl Departure {
    /// Returns the departure from a version of a function with this timeout.
    pub fn of_function(timeout_s: u16) -> Self {
        Self { timeout: Duration::from_secs(timeout_s.into()), ..Self::default() }
    }

    /// Records that the alias moves now.
    pub(super) fn begin(&self) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns what a deletion has to wait for. A long turn asks its model twice, and counts each time.
    pub(super) fn wait(&self) -> Option<Wait> {
        let begun = (*self.begun.lock().unwrap_or_else(PoisonError::into_inner))?;
        let all = LAST_REQUESTS + self.timeout;
        let rest = all.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero())?;
        let backoff = Backoff { initial: rest, max: rest, timeout: 2 * all };
        Some(Wait::new("the last requests of the previous version", backoff))
    }
}
