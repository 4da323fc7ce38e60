//! A canary: the gateway sends a share of the conversations to a second backend, which is watched before it gets all of them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use reconcile::{Class, Fault, Wait};
use tokio::time::Instant;

use super::machine::Machine;
use crate::{
    targets::local::gateway::{BackendSetup, BackendStatus, CanaryStep, Reloaded},
    twin::canary::{self, Trial, Verdict},
};

/// Number of digits of a hash that are shown.
const SHORT: usize = 12;

/// The canary that a new backend has to pass.
#[derive(Debug)]
pub(super) struct Canary {
    pub(super) settings: canary::Canary,
    /// Whether the gateway may send visitors to a second backend because of this run.
    pub(super) under_way: Arc<AtomicBool>,
}

/// Returns the version of a backend in messages: the beginning of the hash of its binary and settings, without its secrets.
fn version(fingerprint: &str) -> &str {
    let public = fingerprint.split('.').next().unwrap_or_default();
    public.get(..SHORT).unwrap_or(public)
}

impl Canary {
    /// Whether a backend with this fingerprint needs a canary. One with only another key does not.
    pub(super) fn is_needed(fingerprint: &str, running: &BackendStatus) -> bool {
        version(fingerprint) != version(&running.fingerprint)
    }

    pub(super) fn verdict(&self, trial: Option<&Trial>) -> Option<Verdict> {
        self.settings.verdict(trial)
    }

    pub(super) fn wait(&self, trial: &Trial) -> Option<Wait> {
        self.settings.wait(trial)
    }

    /// Starts a second backend, which first has to answer a question if `ask` is set.
    pub(super) async fn begin(
        &self,
        machine: &Machine,
        trial: &mut Option<Trial>,
        (setup, ask): (&BackendSetup, bool),
        running: &BackendStatus,
    ) -> Result<Reloaded, Fault> {
        let trial = trial.insert(Trial::of(version(&setup.fingerprint), version(&running.fingerprint)));
        let (setup, secrets, percent) =
            (Box::new(setup.clone()), machine.secrets.clone(), self.settings.percent);
        self.under_way.store(true, Ordering::Relaxed);
        let begun = machine.canary(&CanaryStep::Begin { setup, secrets, percent, ask }).await;
        match &begun {
            Ok(_) => trial.begun = Some(Instant::now()),
            Err(fault) if fault.class == Class::Refused => self.end(trial),
            Err(_) => {}
        }
        begun
    }

    /// Watches a canary that is under way: takes the answers, and asks a question if there were not enough until now.
    pub(super) async fn watch(
        &self,
        machine: &Machine,
        trial: &mut Trial,
        status: &BackendStatus,
    ) -> Result<(), Fault> {
        if trial.ended {
            return Ok(());
        }
        let second = status.canary.as_ref().filter(|second| version(&second.fingerprint) == trial.version);
        let Some(begun) = trial.begun else {
            // The response to the request was lost.
            trial.begun = second.map(|_| Instant::now());
            return Ok(());
        };
        if version(&status.fingerprint) == trial.version {
            self.end(trial);
            return Ok(());
        }
        let Some(second) = second else {
            trial.disturbed = Some("another process replaced the backend meanwhile".to_owned());
            return Ok(());
        };
        (trial.visitors, trial.before) = (second.new.clone(), second.old.clone());
        if let Some(failure) = &second.failure {
            trial.disturbed = Some(failure.reason.clone());
            return Ok(());
        }
        if self.settings.is_question_due(trial, begun.elapsed()) {
            let asked = Instant::now();
            match machine.canary(&CanaryStep::Check { ask: self.settings.ask }).await {
                Ok(checked) => trial.asked(true, checked.question.as_ref(), asked.elapsed()),
                Err(fault) if fault.class == Class::Refused => trial.asked(false, None, asked.elapsed()),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Stops the second backend, and returns the reason as an error.
    pub(super) async fn go_back(
        &self,
        machine: &Machine,
        trial: &mut Trial,
        why: &str,
    ) -> Result<Fault, Fault> {
        machine.end_canary().await?;
        self.end(trial);
        Ok(trial.rejected(why))
    }

    /// Notes that there is no second backend any more.
    pub(super) fn end(&self, trial: &mut Trial) {
        trial.ended = true;
        self.under_way.store(false, Ordering::Relaxed);
    }
}
