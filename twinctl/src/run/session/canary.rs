//! Ends canaries: the canary of this run if it fails, and the canary of an earlier run that could not end it.

use reconcile::{Fault, HaltReason};

use super::Session;
use crate::{
    run::lock::{Lease, with_retries},
    targets::Target,
    ui::{Diagnostic, Ui},
};

/// The next step if a canary cannot be ended now.
const LEFT: &str = "the canary is still under way; the next run that changes the environment ends it";

/// The rest of the message if no canary was under way any more.
const OVER: &str =
    "was not under way any more, so one of both versions has all visitors; see `twinctl status`";

impl<T: Target> Session<T> {
    /// Ends the canary of an earlier run, which was killed or lost its lock. Also returns whether there was one.
    pub(super) async fn end_earlier_canary(
        &self,
        lease: Lease,
        ui: &Ui,
    ) -> Result<(Lease, bool), Diagnostic> {
        let Some(canary) = lease.earlier_canary() else { return Ok((lease, false)) };
        let canary = canary.to_owned();
        let said = match self.end_canary().await {
            Ok(true) => format!(
                "ended the canary ({canary}) of an interrupted run: the previous version gets all visitors"
            ),
            Ok(false) => format!("the canary ({canary}) of an interrupted run {OVER}"),
            Err(fault) => {
                let message = format!("could not end the canary ({canary}) of an interrupted run");
                // If the lock cannot be released, it expires.
                let _ = lease.release_during_canary().await;
                return Err(Diagnostic::fault(&message, &fault));
            }
        };
        ui.say(&said);
        Ok((lease, true))
    }

    /// Ends the canary of this run, if the run failed or was stopped during it. Also returns whether none is under way.
    pub(crate) async fn end_own_canary<O>(
        &self,
        outcome: Result<O, Diagnostic>,
    ) -> (Result<O, Diagnostic>, bool) {
        let diagnostic = match outcome {
            Err(diagnostic) if self.target.is_canary_under_way() => diagnostic,
            outcome => return (outcome, true),
        };
        // Without the lock or credentials, no write is possible.
        if let Some(HaltReason::LeaseLost | HaltReason::CredentialsRejected) = self.halt.reason() {
            return (Err(diagnostic.cause(LEFT)), false);
        }
        match self.end_canary().await {
            Ok(true) => {
                let ended = "the canary was ended: the previous version gets all visitors again";
                (Err(diagnostic.cause(ended)), true)
            }
            Ok(false) => (Err(diagnostic.cause(format!("the canary {OVER}"))), true),
            Err(fault) => (Err(diagnostic.cause(fault.to_string()).cause(LEFT)), false),
        }
    }

    async fn end_canary(&self) -> Result<bool, Fault> {
        with_retries(|| self.target.end_canary()).await
    }

    /// Returns a note about a canary that has not ended.
    pub(crate) fn canary_note(&self) -> Option<String> {
        let record = self.seen.as_ref()?;
        let canary = &record.canary.as_ref()?.canary;
        let running = record.lease.as_ref().filter(|held| !held.holder.process.is_gone());
        Some(if running.is_some() {
            format!(
                "a deploy with a canary ({canary}) is under way; until it ends, two versions have visitors, which differs \
                 from the spec"
            )
        } else {
            format!(
                "a deploy with a canary ({canary}) was interrupted, so a share of the visitors may get its version; the next \
                 run that changes the environment ends the canary"
            )
        })
    }
}
