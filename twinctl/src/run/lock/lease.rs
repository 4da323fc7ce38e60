//! A lock that is held: renewed in the background, given back at the end.

use std::{sync::Arc, time::Duration};

use reconcile::{Class, Fault, Halt, HaltReason};
use tokio::{sync::Mutex, task::AbortHandle, time::Instant};

use crate::system::clock;
use crate::targets::record::{Destroying, Ending, Former, Record, Register, Release};

/// How often the holder renews.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long a challenger has to see the lock stand still.
pub(super) const LEASE: Duration = Duration::from_mins(1);
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// When a holder that cannot renew stops writing: well before a challenger may begin.
const LAST_MOMENT: Duration = Duration::from_secs(40);

/// The lock of an environment, held by this process.
#[derive(Debug)]
pub struct Lease {
    register: Register,
    id: String,
    record: Record,
    heart: AbortHandle,
    /// One write to the item at a time: no renewal may arrive after the lock was given back.
    writing: Arc<Mutex<()>>,
}

impl Lease {
    pub(super) fn new(register: Register, id: String, record: Record, halt: Halt) -> Self {
        let writing = Arc::new(Mutex::new(()));
        let heart =
            tokio::spawn(beat(register.clone(), id.clone(), halt, Arc::clone(&writing))).abort_handle();
        Self { register, id, record, heart, writing }
    }

    /// The record as it was when the lock was taken.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Nothing to note: the run failed, or had nothing to do.
    pub async fn give_back(self) -> Result<(), Fault> {
        self.end(Ending::Nothing).await
    }

    pub async fn note(self, release: Release, former: Former) -> Result<(), Fault> {
        let releases = self.record.releases_with(release);
        self.end(Ending::Released(&releases, former)).await
    }

    /// What is left of the environment is going by itself: the next look may finish it.
    pub async fn leave(self, destroying: Destroying) -> Result<(), Fault> {
        self.end(Ending::Leaving(destroying)).await
    }

    async fn end(self, ending: Ending<'_>) -> Result<(), Fault> {
        self.stop().await;
        patiently(|| self.register.give_back(&self.id, ending)).await
    }

    /// Nothing is left of the environment: its item goes as well.
    pub async fn remove(self) -> Result<(), Fault> {
        self.stop().await;
        patiently(|| self.register.remove(&self.id)).await
    }

    /// No renewal may arrive after the lock was given back: lets the one that is under way finish, and ends the heart.
    async fn stop(&self) {
        let _alone = self.writing.lock().await;
        self.heart.abort();
    }
}

/// A write whose answer was lost is repeated: if it took effect, the lock is no longer ours, which is just as well.
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
