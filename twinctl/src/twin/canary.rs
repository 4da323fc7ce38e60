//! A canary: a share of the visitors gets a new version, which is watched before all of them get it. This is the judgment about the
//! version; the targets send the visitors, read the answers and ask the questions.

mod trial;

use std::time::Duration;

use reconcile::{Backoff, Wait};

use crate::{spec::Environment, system::clock};

pub use trial::Trial;
pub(crate) use trial::{Answers, answer};

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
/// How much longer than its duration a canary may take, until there are enough answers.
const OVERTIME: Duration = Duration::from_mins(30);

/// The settings of a canary.
#[derive(Debug, Clone, Copy)]
pub struct Canary {
    /// The share of the visitors in percent.
    pub percent: u8,
    pub duration: Duration,
    /// Whether twinctl asks the version questions. Otherwise, it only asks whether the version is healthy.
    pub ask: bool,
}

/// The result of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Undecided,
    /// The version gets all visitors.
    On,
    /// The version gets no visitors, for this reason.
    Back(String),
}

impl Canary {
    /// Returns the canary that a new version has to pass, if any.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        let release = &environment.release;
        let canary = release.canary.as_ref()?;
        Some(Self { percent: canary.percent(), duration: canary.duration(), ask: release.ask })
    }

    /// Describes the canary for a plan.
    pub(crate) fn note(&self) -> String {
        let asks = if self.ask { "up to 30 questions, which call the model" } else { "for its health" };
        format!(
            "canary: {}% of the visitors get the new version first, for {}; meanwhile twinctl asks it {asks}",
            self.percent,
            clock::human_duration(self.duration)
        )
    }

    /// Returns the result so far, or `None` if the canary has not begun.
    pub(crate) fn verdict(&self, trial: Option<&Trial>) -> Option<Verdict> {
        trial.filter(|trial| trial.has_begun()).map(|trial| self.verdict_of(trial))
    }

    fn verdict_of(&self, trial: &Trial) -> Verdict {
        let (answers, failed) = (trial.answers(), trial.failed());
        if let Some(why) = &trial.disturbed {
            return Verdict::Back(why.clone());
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
    pub(crate) fn wait(&self, trial: &Trial) -> Option<Wait> {
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

    /// Whether there are fewer answers than there should be by now. The questions are spread over the duration, unless an answer
    /// has failed.
    pub(crate) fn is_question_due(&self, trial: &Trial, elapsed: Duration) -> bool {
        let passed = elapsed.as_secs_f64() / self.duration.as_secs_f64().max(f64::MIN_POSITIVE);
        let passed = if trial.failed() > 0 { 1.0 } else { passed.min(1.0) };
        f64::from(trial.answers()) < f64::from(ANSWERS) * passed
            && self.verdict_of(trial) == Verdict::Undecided
    }
}

#[cfg(test)]
mod tests;
