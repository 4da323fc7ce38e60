//! The lease on an environment's lock: renewed in the background, released when the run ends.

use std::{sync::Arc, time::Duration};

use reconcile::{Class, Fault, Halt, HaltReason};
use tokio::{sync::Mutex, task::AbortHandle, time::Instant};

use crate::system::clock;
use crate::targets::record::{Destroying, Ending, Former, Record, Register, Release};

/// Interval between renewals.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long a lock must go without renewal before another process may take it over.
pub(super) const LEASE: Duration = Duration::from_mins(1);
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// A holder that could not renew for this long stops writing. Shorter than `LEASE`, so it stops before a takeover.
const LAST_MOMENT: Duration = Duration::from_secs(40);

/// A lock held by this process.
#[derive(Debug)]
pub struct Lease {
    register: Register,
    id: String,
    record: Record,
    heart: AbortHandle,
    /// Serializes writes to the item, so that no renewal arrives after the release.
    writing: Arc<Mutex<()>>,
}

impl Lease {
    pub(super) fn new(register: Register, id: String, record: Record, halt: Halt) -> Self {
        let writing = Arc::new(Mutex::new(()));
        let heart =
            tokio::spawn(beat(register.clone(), id.clone(), halt, Arc::clone(&writing))).abort_handle();
        Self { register, id, record, heart, writing }
    }

    /// Returns the record as it was when the lock was acquired.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Releases the lock without recording a release. Used if the run failed or changed nothing.
    pub async fn give_back(self) -> Result<(), Fault> {
        self.end(Ending::Nothing).await
    }

    pub async fn note(self, release: Release, former: Former) -> Result<(), Fault> {
        let releases = self.record.releases_with(release);
        self.end(Ending::Released(&releases, former)).await
    }

    /// Releases the lock after an incomplete destroy. The record stays, so that the next destroy can finish.
    pub async fn leave(self, destroying: Destroying) -> Result<(), Fault> {
        self.end(Ending::Leaving(destroying)).await
    }

    async fn end(self, ending: Ending<'_>) -> Result<(), Fault> {
        self.stop().await;
        patiently(|| self.register.give_back(&self.id, ending)).await
    }

    /// Deletes the record with the lock, because the environment is completely deleted.
    pub async fn remove(self) -> Result<(), Fault> {
        self.stop().await;
        patiently(|| self.register.remove(&self.id)).await
    }

    /// Stops the renewals. Waits for one in progress, so that none arrives after the release.
    async fn stop(&self) {
        let _alone = self.writing.lock().await;
        self.heart.abort();
    }
}

/// Retries a write after transient errors. If an earlier try succeeded and its response was lost, the lock is no
/// longer ours and the retry changes nothing.
async fn patiently<F: Future<Output = Result<bool, Fault>>>(write: impl Fn() -> F) -> Result<(), Fault> {
    let begun = Instant::now();
    loop {
        match write().await {
            Err(fault) if fault.class.backoff().is_some() && begun.elapsed() < LAST_MOMENT => {
                clock::sleep(BETWEEN_TRIES).await;
            }
            ended => return ended.map(drop),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

async fn beat(register: Register, lease: String, halt: Halt, writing: Arc<Mutex<()>>) {
    let mut renewed = Instant::now();
    for beat in 1.. {
        clock::sleep(HEARTBEAT).await;
        let sent = Instant::now();
        let answer = {
            let _alone = writing.lock().await;
            tokio::time::timeout(HEARTBEAT, register.renew(&lease, beat)).await
        };
        let reason = match answer {
            Ok(Ok(true)) => {
                renewed = sent;
                continue;
            }
            Ok(Err(fault)) if fault.class == Class::Credentials => HaltReason::CredentialsRejected,
            Ok(Err(_)) | Err(_) if renewed.elapsed() < LAST_MOMENT => continue,
            Ok(Ok(false) | Err(_)) | Err(_) => HaltReason::LeaseLost,
        };
        halt.set(reason);
        return;
    }
}
