//! Holds writes back while it is not certain that this process still holds the lock.

use std::{fmt, sync::Arc, time::Duration};

use reconcile::{Class, Fault};
use tokio::sync::{Notify, watch};

use crate::system::clock;

/// A write starts only if the lease was confirmed within this time. Shorter than the lease, so that a call that starts
/// last can finish before another process may take the lock over.
const CERTAIN: Duration = Duration::from_secs(40);

/// A clock that returns the time since a fixed moment. It keeps counting while the machine is suspended.
type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The gate that each write of a run passes.
///
/// A process that was stopped or a machine that was suspended cannot tell that time has passed until it continues. By
/// then another process may have taken the lock over. So every write checks the time of the last confirmation first,
/// and waits for a new one if it is too old. A call that is already in progress cannot be held back.
pub struct WriteGate {
    lease: watch::Sender<Hold>,
    wanted: Notify,
    clock: Clock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// This run does not hold the lock: it has not acquired it yet, or has lost or released it.
    No,
    /// When the last call that confirmed the lease was sent, on the gate's clock.
    Confirmed(Duration),
}

/// The lock is not held, so nothing may be written.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not sent, because this run does not hold the lock")]
pub struct GateClosed;

impl From<GateClosed> for Fault {
    fn from(closed: GateClosed) -> Self {
        // A transient class, because losing the lock also cancels the run: the call is not retried, and only the lost
        // lock is reported.
        Self::new(Class::Unavailable, closed)
    }
}

impl fmt::Debug for WriteGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteGate").field("lease", &*self.lease.borrow()).finish_non_exhaustive()
    }
}

impl Default for WriteGate {
    fn default() -> Self {
        Self::on(clock::since_boot)
    }
}

impl WriteGate {
    /// Returns a closed gate that reads the given clock.
    pub fn on(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { lease: watch::Sender::new(Hold::No), wanted: Notify::new(), clock: Arc::new(clock) }
    }

    /// Returns the time on the gate's clock.
    pub fn now(&self) -> Duration {
        (self.clock)()
    }

    /// Opens the gate, because a call that started at `sent` confirmed the lease.
    pub fn confirm(&self, sent: Duration) {
        self.lease.send_replace(Hold::Confirmed(sent));
    }

    /// Closes the gate, because the lock is no longer held.
    pub fn close(&self) {
        self.lease.send_replace(Hold::No);
    }

    /// Waits until a write asks for a confirmation.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Waits until a write may start. Returns at once if the lease was confirmed recently, and otherwise after the next
    /// confirmation. Fails if the lock is not held.
    pub async fn pass(&self) -> Result<(), GateClosed> {
        let mut lease = self.lease.subscribe();
        loop {
            match *lease.borrow_and_update() {
                Hold::Confirmed(sent) if self.now().saturating_sub(sent) < CERTAIN => return Ok(()),
                Hold::Confirmed(_) => self.wanted.notify_one(),
                Hold::No => return Err(GateClosed),
            }
            if lease.changed().await.is_err() {
                return Err(GateClosed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::FutureExt as _;

    use super::*;

    /// A gate on a clock that only the test moves.
    fn gate() -> (Arc<WriteGate>, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(1000));
        let clock = Arc::clone(&seconds);
        (Arc::new(WriteGate::on(move || Duration::from_secs(clock.load(Ordering::Relaxed)))), seconds)
    }

    #[test]
    fn the_clock_of_a_gate_is_the_one_that_counts_suspension() {
        let (before, now, after) = (clock::since_boot(), WriteGate::default().now(), clock::since_boot());
        assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
    }

    #[tokio::test]
    async fn writes_start_only_while_the_lock_is_held() {
        let (gate, _) = gate();
        assert!(gate.pass().await.is_err());
        gate.confirm(gate.now());
        assert!(gate.pass().await.is_ok());
        gate.close();
        assert!(gate.pass().await.is_err());
    }

    #[tokio::test]
    async fn a_write_after_a_suspension_waits_for_a_confirmation() {
        let (gate, seconds) = gate();
        gate.confirm(gate.now());
        seconds.fetch_add(39, Ordering::Relaxed);
        assert!(gate.pass().await.is_ok());
        seconds.fetch_add(1, Ordering::Relaxed);
        let mut write = Box::pin(gate.pass());
        assert!((&mut write).now_or_never().is_none(), "held back");
        assert!(gate.wanted().now_or_never().is_some(), "asks for a confirmation");
        gate.confirm(gate.now());
        assert!(write.await.is_ok());
    }

    #[tokio::test]
    async fn a_write_that_waits_fails_when_the_lock_was_taken_over() {
        let (gate, seconds) = gate();
        gate.confirm(gate.now());
        seconds.fetch_add(90, Ordering::Relaxed);
        let mut write = Box::pin(gate.pass());
        assert!((&mut write).now_or_never().is_none(), "held back");
        gate.close();
        assert!(write.await.is_err());
    }
}
