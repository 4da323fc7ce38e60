//! A canary: the alias sends a share of the visitors to a new version, which is watched before it gets all of them.
//!
//! The function's own log tells how the version does: its streams are named after versions, its lines also contain errors that
//! the function reports with a status, and they arrive within seconds. The metrics of `CloudWatch` by version count only crashes,
//! arrive minutes later, and need a permission that cannot be limited to one function.

mod trial;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use reconcile::{Backoff, Class, Fault, Wait};
use tokio::time::Instant;

use super::routing::{Weights, route};
use crate::{
    system::clock,
    targets::aws::{Cloud, LogPosition},
    ui::LastingError,
};

pub use trial::Trial;

/// The number of answers before which nothing is judged.
const ANSWERS: u32 = 20;
/// The share of failed answers, in percent, above which the version gets no visitors.
const MAX_FAILED: u32 = 5;
/// The number of questions that prove nothing, after which the version cannot be judged.
const MAX_UNPROVEN: u32 = 10;
/// The longest time between two reads of the log.
const PAUSE: Duration = Duration::from_secs(10);
/// The pause after a question that proved nothing, for example because the model is busy.
const PAUSE_UNPROVEN: Duration = Duration::from_secs(2);
/// The pause after a failed answer, so that visitors of a bad version do not wait for the judgment.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How far the clocks of this machine and of AWS may differ.
const CLOCK_SKEW: Duration = Duration::from_mins(1);
/// How long a read of the alias may return the state before the canary.
const STALE: Duration = Duration::from_secs(10);
/// How much longer than its duration a canary may take, until there are enough answers.
const OVERTIME: Duration = Duration::from_mins(30);

/// The settings of a canary.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The share of the visitors in percent.
    pub percent: u8,
    pub duration: Duration,
    /// Whether twinctl asks the version questions. Otherwise, it only asks whether the version is healthy.
    pub ask: bool,
    /// The name of the function's log group.
    pub log_group: String,
    pub log_group_arn: String,
    /// Whether the alias may send visitors to a version because of this run.
    pub under_way: Arc<AtomicBool>,
}

/// A canary that this run makes, and how far it has read the log.
#[derive(Debug, Default)]
pub struct Watched {
    trial: Option<Trial>,
    log: LogPosition,
}

impl Watched {
    pub(super) fn trial(&self) -> Option<Trial> {
        self.trial.clone()
    }
}

/// The result of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Undecided,
    /// The version gets all visitors.
    On,
    /// The version gets no visitors, for this reason.
    Back(String),
}

impl Canary {
    /// Returns the weights of the alias during the canary.
    fn weights(&self, version: &str) -> Weights {
        Weights::from([(version.to_owned(), f64::from(self.percent) / 100.0)])
    }

    /// Returns the result so far, or `None` if the canary has not begun.
    pub(super) fn verdict(&self, watched: &Watched) -> Option<Verdict> {
        watched.trial.as_ref().filter(|trial| trial.has_begun()).map(|trial| self.verdict_of(trial))
    }

    fn verdict_of(&self, trial: &Trial) -> Verdict {
        let (answers, failed) = (trial.answers(), trial.failed());
        if trial.disturbed {
            return Verdict::Back("another process changed the alias meanwhile".to_owned());
        }
        if trial.unproven.len() > MAX_UNPROVEN as usize {
            let last = trial.unproven.last().map(String::as_str).unwrap_or_default();
            return Verdict::Back(format!(
                "it could not be judged: {last}; `deploy --canary off` deploys without a canary"
            ));
        }
        if answers < ANSWERS {
            return Verdict::Undecided;
        }
        if failed * 100 > MAX_FAILED * answers {
            let before = trial.before.count();
            let other = if before == 0 {
                String::new()
            } else {
                format!("; version {} failed to answer {} of {before}", trial.previous, trial.before.failed)
            };
            return Verdict::Back(format!(
                "it failed to answer {failed} of {answers} requests, more than {MAX_FAILED}%{other}"
            ));
        }
        if let Some(slowness) = trial.slowness() {
            return Verdict::Back(slowness);
        }
        let is_over = trial.begun.is_some_and(|begun| begun.elapsed() >= self.duration);
        if is_over { Verdict::On } else { Verdict::Undecided }
    }

    /// Returns what the canary waits for, while it is undecided.
    pub(super) fn wait(&self, trial: &Trial) -> Option<Wait> {
        if !trial.has_begun() || trial.ended || self.verdict_of(trial) != Verdict::Undecided {
            return None;
        }
        let regular = PAUSE.min(self.duration / ANSWERS);
        let pause = match (trial.failed(), trial.unproven.len()) {
            (0, 0) => regular,
            (0, _) => regular.max(PAUSE_UNPROVEN),
            _ => regular.min(PAUSE_AFTER_FAILURE),
        };
        let reason = format!("the canary: version {} gets {}% of the visitors", trial.version, self.percent);
        Some(Wait::new(reason, Backoff { initial: pause, max: pause, timeout: self.duration + OVERTIME }))
    }

    /// Sends the share of the visitors to the new one of these versions, and returns the weights. Reads the log first, because a
    /// canary that cannot be watched must not begin.
    pub(super) async fn begin(
        &self,
        cloud: &Cloud,
        function: &str,
        watched: &mut Watched,
        (version, previous): (&str, &str),
    ) -> Result<Weights, Fault> {
        watched.log = LogPosition::at(clock::now() - CLOCK_SKEW);
        self.read_log(cloud, watched).await?;
        let trial = watched.trial.insert(Trial::of(version, previous));
        self.under_way.store(true, Ordering::Relaxed);
        let weights = self.weights(version);
        route(cloud, function, previous, weights.clone()).await?;
        trial.begun = Some(Instant::now());
        Ok(weights)
    }

    /// Sends all visitors to the version of the alias again, and returns the reason as an error.
    pub(super) async fn go_back(
        &self,
        cloud: &Cloud,
        function: &str,
        watched: &mut Watched,
        (version, why): (&str, &str),
    ) -> Result<Fault, Fault> {
        let Some(trial) = watched.trial() else { return Ok(Fault::new(Class::Refused, why.to_owned())) };
        // Another process may have moved the alias.
        route(cloud, function, version, Weights::new()).await?;
        self.end(watched);
        let message = format!(
            "version {} gets no visitors after its canary, because {why}; {}",
            trial.version,
            trial.describe()
        );
        let hint = "fix the cause, then deploy again (docs/releases.md)";
        Ok(Fault::new(Class::Refused, LastingError { message, hint }))
    }

    /// Notes that the alias has no weights any more.
    pub(super) fn end(&self, watched: &mut Watched) {
        if let Some(trial) = &mut watched.trial {
            trial.ended = true;
        }
        self.under_way.store(false, Ordering::Relaxed);
    }

    async fn read_log(&self, cloud: &Cloud, watched: &mut Watched) -> Result<(), Fault> {
        let Watched { trial, log } = watched;
        let each = |event: FilteredLogEvent| {
            let _ = trial.as_mut().and_then(|trial| trial.add(&event));
        };
        log.read_on(cloud, &self.log_group, each).await.map(drop)
    }

    /// Watches a canary that is under way: reads the log, and asks a question if there were not enough answers yet.
    pub(super) async fn watch(
        &self,
        cloud: &Cloud,
        function: &str,
        watched: &mut Watched,
        (version, weights): (&str, &Weights),
    ) -> Result<(), Fault> {
        let Some(trial) = watched.trial.as_mut().filter(|trial| !trial.ended) else { return Ok(()) };
        let is_expected = version == trial.previous && *weights == self.weights(&trial.version);
        let Some(begun) = trial.begun else {
            // The response to the update was lost.
            trial.begun = is_expected.then(Instant::now);
            return Ok(());
        };
        if version == trial.version && weights.is_empty() {
            self.end(watched);
            return Ok(());
        }
        if !is_expected {
            trial.disturbed |= begun.elapsed() > STALE;
            return Ok(());
        }
        self.read_log(cloud, watched).await?;
        if let Some(trial) = &mut watched.trial
            && self.is_question_due(trial, begun.elapsed())
        {
            trial.ask(cloud, function, self.ask).await?;
        }
        Ok(())
    }

    /// Whether there are fewer answers than there should be by now. The questions are spread over the duration, unless an answer
    /// has failed.
    fn is_question_due(&self, trial: &Trial, elapsed: Duration) -> bool {
        let passed = elapsed.as_secs_f64() / self.duration.as_secs_f64().max(f64::MIN_POSITIVE);
        let passed = if trial.failed() > 0 { 1.0 } else { passed.min(1.0) };
        f64::from(trial.answers()) < f64::from(ANSWERS) * passed
            && self.verdict_of(trial) == Verdict::Undecided
    }
}

#[cfg(test)]
mod tests;
