//! The lease on an environment's lock: renewed in the background, released when the run ends.

use std::{sync::Arc, time::Duration};

use reconcile::{Class, Fault, Halt, HaltReason};
use tokio::{sync::Mutex, task::AbortHandle, time::Instant};

use crate::system::clock;
use crate::targets::record::{
    Adopted, Destroying, FormerDomains, Record, Register, Release, RotationStep, RunResult, WriteGate,
};

/// Interval between renewals.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long a lock must go without renewal before another process may take it over.
pub(super) const LEASE: Duration = Duration::from_mins(1);
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// How long a failing renewal or release is retried. Meanwhile, the gate holds writes back.
const RETRY_LIMIT: Duration = Duration::from_secs(40);

/// A lock held by this process.
#[derive(Debug)]
pub struct Lease {
    register: Register,
    id: String,
    record: Record,
    renewals: AbortHandle,
    gate: Arc<WriteGate>,
    /// Serializes writes to the item, so that no renewal arrives after the release.
    writing: Arc<Mutex<()>>,
}

impl Lease {
    /// `sent` is the start of the call that acquired the lock, on the gate's clock.
    pub(super) fn new(
        register: Register,
        id: String,
        record: Record,
        halt: Halt,
        gate: Arc<WriteGate>,
        sent: Duration,
    ) -> Self {
        gate.confirm(sent);
        let writing = Arc::new(Mutex::new(()));
        let renewing = renew(register.clone(), id.clone(), halt, Arc::clone(&gate), Arc::clone(&writing));
        let renewals = tokio::spawn(renewing).abort_handle();
        Self { register, id, record, renewals, gate, writing }
    }

    /// Returns the record as it was when the lock was acquired.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the canary of an earlier run, if it has not ended.
    pub fn earlier_canary(&self) -> Option<&str> {
        let earlier = self.record.canary.as_ref().filter(|canary| canary.lease != self.id);
        earlier.map(|canary| canary.canary.as_str())
    }

    /// Releases the lock while a canary may still be under way, which the next run ends.
    pub async fn release_during_canary(self) -> Result<(), Fault> {
        self.end(RunResult::DuringCanary).await
    }

    /// Releases the lock without recording a release. Used if the run failed or changed nothing.
    pub async fn release(self) -> Result<(), Fault> {
        self.end(RunResult::Unrecorded).await
    }

    /// Releases the lock and records a release, unless it equals the newest one.
    pub async fn record_release(self, release: Release, former: FormerDomains) -> Result<(), Fault> {
        let releases = self.record.releases_deployed(release);
        self.end(RunResult::Released(&releases, former)).await
    }

    /// Releases the lock and records a rollback.
    pub async fn record_rollback(self, rollback: Release) -> Result<(), Fault> {
        let releases = self.record.releases_after(rollback);
        self.end(RunResult::Released(&releases, FormerDomains::MayExist)).await
    }

    /// Records a step of a rotation. Returns `false` if another process took the lock over.
    pub async fn record_rotation(&self, step: RotationStep<'_>) -> Result<bool, Fault> {
        with_retries(|| self.register.rotate(&self.id, step)).await
    }

    /// Records the resources that are taken over. Returns `false` if another process took the lock over.
    pub async fn record_adopted(&self, adopted: &Adopted) -> Result<bool, Fault> {
        with_retries(|| self.register.adopt(&self.id, adopted)).await
    }

    /// Releases the lock, and records that nothing is taken over any more.
    pub async fn record_returned(self) -> Result<(), Fault> {
        self.end(RunResult::Returned).await
    }

    /// Releases the lock, and records that the function of the newest release was published again as `version`.
    pub async fn record_version(self, version: &str) -> Result<(), Fault> {
        let releases = self.record.releases_republished_as(version);
        self.end(RunResult::Released(&releases, FormerDomains::MayExist)).await
    }

    /// Releases the lock after an incomplete destroy. The record stays, so that the next destroy can finish.
    pub async fn leave(self, destroying: Destroying) -> Result<(), Fault> {
        self.end(RunResult::Destroying(destroying)).await
    }

    async fn end(self, result: RunResult<'_>) -> Result<(), Fault> {
        self.stop().await;
        // If an earlier try succeeded and its response was lost, the lock is no longer ours.
        with_retries(|| self.register.release(&self.id, result)).await.map(drop)
    }

    /// Deletes the record with the lock, because the environment is completely deleted.
    pub async fn remove(self) -> Result<(), Fault> {
        self.stop().await;
        with_retries(|| self.register.remove(&self.id)).await.map(drop)
    }

    /// Stops the renewals. Waits for one in progress, so that none arrives after the release.
    async fn stop(&self) {
        let _guard = self.writing.lock().await;
        self.renewals.abort();
        self.gate.close();
    }
}

/// Retries a write after transient errors. Returns the result of the last try.
pub(crate) async fn with_retries<R, F: Future<Output = Result<R, Fault>>>(
    write: impl Fn() -> F,
) -> Result<R, Fault> {
    let begun = Instant::now();
    loop {
        match write().await {
            Err(fault) if fault.class.backoff().is_some() && begun.elapsed() < RETRY_LIMIT => {
                clock::sleep(RETRY_INTERVAL).await;
            }
            ended => return ended,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewals.abort();
        self.gate.close();
    }
}

/// Renews the lease at intervals, and when a write waits for a confirmation.
async fn renew(register: Register, lease: String, halt: Halt, gate: Arc<WriteGate>, writing: Arc<Mutex<()>>) {
    let mut failing_since = None;
    for beat in 1.. {
        tokio::select! {
            () = clock::sleep(HEARTBEAT) => {}
            () = gate.wanted() => {}
        }
        let sent = gate.now();
        let answer = {
            let _guard = writing.lock().await;
            tokio::time::timeout(HEARTBEAT, register.renew(&lease, beat)).await
        };
        let reason = match answer {
            Ok(Ok(true)) => {
                gate.confirm(sent);
                failing_since = None;
                continue;
            }
            Ok(Ok(false)) => HaltReason::LeaseLost,
            Ok(Err(fault)) if fault.class == Class::Credentials => HaltReason::CredentialsRejected,
            Ok(Err(_)) | Err(_) => {
                if failing_since.get_or_insert_with(Instant::now).elapsed() < RETRY_LIMIT {
                    continue;
                }
                HaltReason::LeaseLost
            }
        };
        halt.set(reason);
        gate.close();
        return;
    }
}
