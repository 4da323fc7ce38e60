//! Acquires the lock: immediately if it is free or its holder is gone, else after one lease without renewal.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use reconcile::{Fault, Halt};
use tokio::time::Instant;

use super::lease::{HEARTBEAT, LEASE, Lease};
use crate::{
    system::clock,
    targets::record::{Birth, Condition, Held, Holder, Record, Register, TakeResult, WriteGate},
    ui::{Diagnostic, Exit},
};

/// Interval between reads of a lock that another process holds.
const POLL: Duration = Duration::from_secs(2);
/// How long to retry if the register does not respond.
const RETRY_LIMIT: Duration = Duration::from_secs(30);

/// How a process waits for a lock that another process holds.
#[derive(Clone, Copy)]
pub struct Challenger<'a> {
    /// How long to wait for a live holder.
    pub patience: Duration,
    pub on_wait: &'a (dyn Fn(&Held) + Send + Sync),
    /// Whether the holder's workflow run is known to be over. Called repeatedly while waiting.
    pub is_over: &'a (dyn Fn(&Holder) -> BoxFuture<'a, bool> + Send + Sync),
}

impl std::fmt::Debug for Challenger<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenger").field("patience", &self.patience).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("the environment is being changed by {}", .0.holder)]
    Held(Box<Held>),
    #[error("interrupted while waiting for the lock")]
    Interrupted,
    #[error("could not acquire the lock")]
    Fault(#[from] Fault),
}

impl From<LockError> for Diagnostic {
    fn from(error: LockError) -> Self {
        match &error {
            LockError::Held(_) => Diagnostic::new(Exit::Locked, error.to_string())
                .hint("wait until it finishes, or pass `--lock-wait 5m`")
                .hint("if that process no longer runs, run `twinctl unlock ENV`; its lock also expires after a minute"),
            LockError::Interrupted => Diagnostic::new(Exit::Interrupted, error.to_string()),
            LockError::Fault(fault) => Diagnostic::fault("could not acquire the lock", fault),
        }
    }
}

/// Acquires the lock. `seen` is the record as it was read before resources were observed. Also returns whether nobody
/// else held the lock since then, so that the observation is still valid. `birth` is used only for a new environment.
pub async fn acquire(
    register: &Register,
    seen: Option<&Record>,
    birth: &Birth,
    holder: &Holder,
    challenger: Challenger<'_>,
    halt: &Halt,
    gate: &Arc<WriteGate>,
) -> Result<(Lease, bool), LockError> {
    let lease = clock::unique_id();
    let begun = Instant::now();
    let mut known = seen.cloned();
    let mut undisturbed = true;
    loop {
        let current = known.as_ref().and_then(|record| record.lease.clone());
        let condition = match &current {
            None => Condition::FreeSince(known.as_ref()),
            Some(held) => {
                undisturbed = false;
                if !held.holder.process.is_gone() && !(challenger.is_over)(&held.holder).await {
                    (challenger.on_wait)(held);
                    let patience = challenger.patience.saturating_sub(begun.elapsed());
                    let left = Challenger { patience, ..challenger };
                    if let Some(now) = wait_for_change(register, held, left, halt).await? {
                        known = now;
                        continue;
                    }
                }
                Condition::HeldBy { lease: &held.id, beat: held.beat }
            }
        };
        let sent = gate.now();
        let ours = |record| {
            Lease::new(register.clone(), lease.clone(), record, halt.clone(), Arc::clone(gate), sent)
        };
        let taken = match register.take(condition, &lease, holder, birth).await {
            Err(fault) if fault.class.backoff().is_some() && begun.elapsed() < RETRY_LIMIT => {
                clock::sleep(POLL).await;
                continue;
            }
            taken => taken?,
        };
        match taken {
            TakeResult::Acquired(record) => return Ok((ours(record), undisturbed)),
            // Our own write succeeded, but its response was lost.
            TakeResult::Refused(record) if record.lease.as_ref().is_some_and(|held| held.id == lease) => {
                return Ok((ours(record), undisturbed));
            }
            TakeResult::Refused(record) => known = Some(record),
            TakeResult::Missing => known = None,
        }
        undisturbed = false;
    }
}

/// Polls the lock, and measures with our own clock. Returns `None` if it may be taken over, because it was not renewed for
/// a whole lease, or its holder no longer exists. Returns `Some` if another process acquired it or it was released.
/// Fails if its holder is alive and the maximum waiting time has passed.
async fn wait_for_change(
    register: &Register,
    held: &Held,
    challenger: Challenger<'_>,
    halt: &Halt,
) -> Result<Option<Option<Record>>, LockError> {
    let (begun, patience) = (Instant::now(), challenger.patience);
    let (mut last, mut last_question) = ((held.beat, begun), begun);
    while last.1.elapsed() < LEASE {
        tokio::select! {
            () = clock::sleep(POLL) => {}
            _ = halt.halted() => return Err(LockError::Interrupted),
        }
        if last_question.elapsed() >= HEARTBEAT {
            last_question = Instant::now();
            if (challenger.is_over)(&held.holder).await {
                break;
            }
        }
        let now = register.read().await?;
        match now.as_ref().and_then(|record| record.lease.as_ref()) {
            Some(current) if current.id == held.id => {
                if current.beat != last.0 {
                    last = (current.beat, Instant::now());
                    if begun.elapsed() > patience {
                        return Err(LockError::Held(Box::new(current.clone())));
                    }
                }
            }
            Some(other) if begun.elapsed() > patience + HEARTBEAT => {
                return Err(LockError::Held(Box::new(other.clone())));
            }
            _ => return Ok(Some(now)),
        }
    }
    if last.0 == held.beat { Ok(None) } else { Ok(Some(register.read().await?)) }
}
