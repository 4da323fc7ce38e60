//! The steps that deploy, destroy and upload-data share: lock, plan again if needed, apply, verify, release the lock.

use std::time::Duration;

use reconcile::{Apply, Fault, Plan, Report, Waits};
use tokio::time::Instant;

use super::{lock::Lease, session::Session};
use crate::{
    targets::Target,
    ui::{Diagnostic, Ui},
};

/// How long an observation stays valid while no other process holds the lock. It expires because people can change
/// resources by hand.
const OBSERVATION_VALID: Duration = Duration::from_mins(1);

/// An approved plan and how to carry it out.
pub(crate) struct Approved<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) observed_at: Instant,
    /// The command that hints tell the user to run again.
    pub(crate) command: &'a str,
    /// The command that is recorded in the lock. For a rollback, it includes the set to restore.
    pub(crate) holding: &'a str,
    pub(crate) lock_wait: Duration,
    pub(crate) waits: Waits,
}

/// The steps in which deploy, destroy and upload-data differ.
pub(crate) trait Course<T: Target> {
    type Outcome;

    /// Fails under the lock if another run made a release that this one must not replace.
    fn check_record(&self, _session: &Session<T>) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Runs under the lock, before the first write.
    async fn before(&self, _session: &Session<T>, _plan: &Plan, _lease: &Lease) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Verifies what was applied.
    async fn verify(
        &self,
        session: &Session<T>,
        plan: &Plan,
        report: Report,
    ) -> Result<Self::Outcome, Diagnostic>;

    /// Releases the lock after a run that succeeded, and records the outcome in the same write.
    async fn release(&self, session: &Session<T>, lease: Lease, outcome: &Self::Outcome)
    -> Result<(), Fault>;
}

/// Carries out an approved plan. `taken` is the lock, if the run already holds it, and whether no other process held it
/// since the record was read.
pub(crate) async fn carry_out<T: Target, C: Course<T>>(
    session: &Session<T>,
    approved: &Approved<'_>,
    taken: Option<(Lease, bool)>,
    course: &C,
    ui: &Ui,
) -> Result<C::Outcome, Diagnostic> {
    let (lease, undisturbed) = if let Some(taken) = taken {
        taken
    } else {
        session.stop_on_ctrl_c(ui);
        session.lock(approved.holding, approved.lock_wait, ui).await?
    };
    let valid = undisturbed && approved.observed_at.elapsed() < OBSERVATION_VALID;
    let outcome = locked(session, approved, (&lease, valid), course).await;
    let (outcome, is_ended) = session.end_own_canary(outcome).await;
    let released = match &outcome {
        Ok(outcome) => course.release(session, lease, outcome).await,
        Err(_) if !is_ended => lease.release_during_canary().await,
        Err(_) => lease.release().await,
    };
    after_release(outcome, released)
}

/// `valid` is whether the observation is still valid.
async fn locked<T: Target, C: Course<T>>(
    session: &Session<T>,
    approved: &Approved<'_>,
    (lease, valid): (&Lease, bool),
    course: &C,
) -> Result<C::Outcome, Diagnostic> {
    course.check_record(session)?;
    let newer = if valid {
        None
    } else {
        Some(session.plan_again(approved.plan, approved.command, lease.record()).await?)
    };
    let plan = newer.as_ref().unwrap_or(approved.plan);
    session.begin(approved.command)?;
    course.before(session, plan, lease).await?;
    let report = session.engine.apply(plan, Apply { waits: approved.waits, observed: true }).await;
    course.verify(session, plan, report).await
}

/// Combines the result of a run with the result of releasing its lock. The error of the run comes first.
pub(crate) fn after_release<T>(
    run: Result<T, Diagnostic>,
    released: Result<(), Fault>,
) -> Result<T, Diagnostic> {
    const LOCK: &str = "could not release the lock; it expires within 60 seconds";
    match (run, released) {
        (run, Ok(())) => run,
        (Ok(_), Err(fault)) => Err(Diagnostic::fault(LOCK, &fault)),
        (Err(diagnostic), Err(_)) => Err(diagnostic.hint(LOCK)),
    }
}
