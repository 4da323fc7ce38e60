//! Taking the lock: at once when it is free or its holder is known to be gone, after one lease when it stands still.

use std::time::Duration;

use futures_util::future::BoxFuture;
use reconcile::{Fault, Halt};
use tokio::time::Instant;

use super::lease::{HEARTBEAT, LEASE, Lease};
use crate::{
    system::clock,
    targets::record::{Birth, Condition, Held, Holder, Record, Register, TakenBy},
    ui::{Diagnostic, Exit},
};

const WATCH: Duration = Duration::from_secs(2);
/// How long a register that does not answer is asked again.
const GIVE_UP: Duration = Duration::from_secs(30);

/// How somebody who wants the lock meets its holder.
#[derive(Clone, Copy)]
pub struct Challenger<'a> {
    /// How long to wait for a holder that is alive.
    pub patience: Duration,
    pub on_wait: &'a (dyn Fn(&Held) + Send + Sync),
    /// Whether the holder is known to be over, besides what is known of its process. Asked again every few seconds.
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
    #[error("the lock could not be taken")]
    Fault(#[from] Fault),
}

impl From<LockError> for Diagnostic {
    fn from(error: LockError) -> Self {
        match &error {
            LockError::Held(_) => Diagnostic::new(Exit::Locked, error.to_string())
                .hint("wait until it is done, or let this command wait: `--lock-wait 5m`")
                .hint("if you know that it is dead, run `twinctl unlock ENV`; a dead holder is taken over after a minute"),
            LockError::Interrupted => Diagnostic::new(Exit::Interrupted, error.to_string()),
            LockError::Fault(fault) => Diagnostic::fault("the lock could not be taken", fault),
        }
    }
}

/// Takes the lock. `seen` is the record as it was read before anything was observed; the answer says whether nobody
/// else held the lock since then, so that what was observed still stands. `birth` counts only for a new environment.
pub async fn acquire(
    register: &Register,
    seen: Option<&Record>,
    birth: &Birth,
    holder: &Holder,
    challenger: Challenger<'_>,
    halt: &Halt,
) -> Result<(Lease, bool), LockError> {
    let lease = clock::unique_id();
    let begun = Instant::now();
    let mut known = seen.cloned();
    let mut undisturbed = true;
    loop {
        let free = known.as_ref().and_then(|record| record.lease.clone());
        let condition = match &free {
            None => Condition::AsSeen(known.as_ref()),
            Some(held) => {
                undisturbed = false;
                if !held.holder.process.is_gone() && !(challenger.is_over)(&held.holder).await {
                    (challenger.on_wait)(held);
                    let patience = challenger.patience.saturating_sub(begun.elapsed());
                    let left = Challenger { patience, ..challenger };
                    if let Some(now) = stands_still(register, held, left, halt).await? {
                        known = now;
                        continue;
                    }
                }
                Condition::HeldBy { lease: &held.id, beat: held.beat }
            }
        };
        let taken = match register.take(condition, &lease, holder, birth).await {
            Err(fault) if fault.class.backoff().is_some() && begun.elapsed() < GIVE_UP => {
                clock::sleep(WATCH).await;
                continue;
            }
            taken => taken?,
        };
        match taken {
            TakenBy::Us(record) => {
                return Ok((Lease::new(register.clone(), lease, record, halt.clone()), undisturbed));
            }
            // Our own write, whose answer was lost.
            TakenBy::NotUs(record) if record.lease.as_ref().is_some_and(|held| held.id == lease) => {
                return Ok((Lease::new(register.clone(), lease, record, halt.clone()), undisturbed));
            }
            TakenBy::NotUs(record) => known = Some(record),
            TakenBy::Nobody => known = None,
        }
        undisturbed = false;
    }
}

/// Watches the lock on our own clock. `None`: it stood still for a whole lease or its holder is over, and it may be taken
/// over. `Some`: it is no longer held like this. An error when its holder is alive and the patience is used up.
async fn stands_still(
    register: &Register,
    held: &Held,
    challenger: Challenger<'_>,
    halt: &Halt,
) -> Result<Option<Option<Record>>, LockError> {
    let (begun, patience) = (Instant::now(), challenger.patience);
    let (mut last, mut asked) = ((held.beat, begun), begun);
    while last.1.elapsed() < LEASE {
        tokio::select! {
            () = clock::sleep(WATCH) => {}
            _ = halt.halted() => return Err(LockError::Interrupted),
        }
        if asked.elapsed() >= HEARTBEAT {
            asked = Instant::now();
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
