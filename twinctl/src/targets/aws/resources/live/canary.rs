//! A canary: the alias sends a share of the visitors to a new version, which is watched before it gets all of them.
//!
//! The function's own log shows how the version performs: its streams are named after versions, its lines also contain
//! errors that the function reports with a status, and they arrive within seconds. The metrics of `CloudWatch` by
//! version count only crashes, arrive minutes later, and need a permission that cannot be limited to one function.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use reconcile::{Class, Fault, Wait};
use tokio::time::Instant;

use super::{
    health::{Health, HealthCheck, reads_messages},
    routing::{Weights, route},
};
use crate::{
    system::clock,
    targets::{
        aws::{Cloud, LogPosition},
        record::OriginSecrets,
    },
    twin::canary::{self, Trial, Verdict, answer},
};

/// How far the clocks of this machine and of AWS may differ.
const CLOCK_SKEW: Duration = Duration::from_mins(1);
/// How long a read of the alias may return the state before the canary.
const STALE: Duration = Duration::from_secs(10);

/// The settings of a canary on AWS.
#[derive(Debug, Clone)]
pub struct Canary {
    pub settings: canary::Canary,
    /// The name of the function's log group.
    pub log_group: String,
    pub log_group_arn: String,
    /// The secrets of which the version must accept each.
    pub origin: OriginSecrets,
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

impl Canary {
    /// Returns the weights of the alias during the canary.
    fn weights(&self, version: &str) -> Weights {
        Weights::from([(version.to_owned(), f64::from(self.settings.percent) / 100.0)])
    }

    /// Returns the result so far, or `None` if the canary has not begun.
    pub(super) fn verdict(&self, watched: &Watched) -> Option<Verdict> {
        self.settings.verdict(watched.trial.as_ref())
    }

    /// Returns what the canary waits for, while it is undecided.
    pub(super) fn wait(&self, trial: &Trial) -> Option<Wait> {
        self.settings.wait(trial)
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
        Ok(trial.rejected(why))
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
            let _ = trial.as_mut().and_then(|trial| add(trial, &event));
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
            if begun.elapsed() > STALE {
                trial.disturbed = Some("another process changed the alias meanwhile".to_owned());
            }
            return Ok(());
        }
        self.read_log(cloud, watched).await?;
        if let Some(trial) = &mut watched.trial
            && self.settings.is_question_due(trial, begun.elapsed())
        {
            ask(trial, cloud, function, (self.settings.ask, &self.origin)).await?;
        }
        Ok(())
    }
}

/// Adds an event of the function's log. Returns `None` if it is no answer to a visitor.
fn add(trial: &mut Trial, event: &FilteredLogEvent) -> Option<()> {
    let version = version_of(event.log_stream_name()?)?;
    let answer = answer(event.message()?)?;
    if version == trial.version {
        trial.visitors.add(answer);
    } else if version == trial.previous {
        trial.before.add(answer);
    }
    Some(())
}

/// Asks the version, and adds its answer. It fails if the version would reject the same question of a visitor.
async fn ask(
    trial: &mut Trial,
    cloud: &Cloud,
    function: &str,
    (ask, origin): (bool, &OriginSecrets),
) -> Result<(), Fault> {
    // Before the question, which costs something: an answer would be lost if Lambda then refused this call.
    let health = reads_messages(&cloud.lambda, function, &trial.version, origin).await?;
    let begun = Instant::now();
    let mut check = HealthCheck::pending(&trial.version, ask, false, false);
    check.health = health;
    if check.health == Health::Healthy {
        check = check.run(&cloud.lambda, function).await?;
    }
    if check.health == Health::Pending {
        trial.unproven.push("Lambda is preparing the version".to_owned());
        return Ok(());
    }
    trial.asked(check.health == Health::Healthy, check.question.as_ref(), begun.elapsed());
    Ok(())
}

/// Returns the version of a log stream: `2026/11/30/[7]4f8c…`, or with the name of the function before the version.
fn version_of(stream: &str) -> Option<&str> {
    Some(stream.split_once('[')?.1.split_once(']')?.0)
}

#[cfg(test)]
mod tests;
