//! The answers of a version during its canary.

use std::time::Duration;

use reconcile::{Class, Fault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    artifacts::data::dollars,
    twin::question::{Finding, Report},
    ui::LastingError,
};

/// An answer that takes longer than this, in milliseconds, counts as slow, because API Gateway times out after 30
/// seconds.
const SLOW: f64 = 25_000.0;
/// The number of durations that are kept. Nobody reads them after the deploy was killed.
const MOST: usize = 50_000;
/// The minimum number of answers to visitors of each version. With fewer, the durations are not compared.
const COMPARABLE: usize = 10;
/// A version is slower than the previous one if its median exceeds twice the other median by more than this, in milliseconds.
const TOLERATED: f64 = 1_000.0;

/// A canary that this run makes, and what it has found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    pub(crate) version: String,
    /// The version that the other visitors reach.
    pub(crate) previous: String,
    /// When the version first got its share.
    pub(crate) begun: Option<Instant>,
    /// Why the canary cannot go on.
    pub(crate) disturbed: Option<String>,
    /// Whether the version no longer gets a share of the visitors.
    pub(crate) ended: bool,
    /// Answers to visitors.
    pub(crate) visitors: Answers,
    /// Answers of the previous version to visitors.
    pub(crate) before: Answers,
    /// Answers to twinctl's questions.
    pub(crate) questions: Answers,
    pub(crate) unproven: Vec<String>,
    /// The price of the questions, as far as it is known.
    pub(crate) usd: f64,
}

/// An answer of a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    /// How long it took, in milliseconds.
    Given(f64),
    Failed,
}

/// Answers of a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    pub(crate) failed: u32,
    /// The durations in milliseconds of those that did not fail.
    pub(crate) durations: Vec<f64>,
}

impl Answers {
    pub(crate) fn count(&self) -> u32 {
        self.failed + u32::try_from(self.durations.len()).unwrap_or(u32::MAX)
    }

    /// Returns the duration that this share of the answers does not exceed.
    fn quantile(durations: &[f64], share: f64) -> Option<f64> {
        let mut sorted = durations.to_vec();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a position in a list that is much shorter than any limit"
        )]
        let position = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
        sorted.get(position).copied()
    }

    /// Adds an answer. If there are too many, drops the older half of the durations, and half of the failures.
    pub(crate) fn add(&mut self, answer: Answer) {
        if self.durations.len() >= MOST {
            self.durations.drain(..MOST / 2);
            self.failed /= 2;
        }
        match answer {
            Answer::Given(milliseconds) => self.durations.push(milliseconds),
            Answer::Failed => self.failed += 1,
        }
    }
}

impl Trial {
    pub(crate) fn of(version: &str, previous: &str) -> Self {
        Self {
            version: version.to_owned(),
            previous: previous.to_owned(),
            begun: None,
            disturbed: None,
            ended: false,
            visitors: Answers::default(),
            before: Answers::default(),
            questions: Answers::default(),
            unproven: Vec::new(),
            usd: 0.0,
        }
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    pub(crate) fn answers(&self) -> u32 {
        self.visitors.count() + self.questions.count()
    }

    pub(crate) fn failed(&self) -> u32 {
        self.visitors.failed + self.questions.failed
    }

    /// Adds the answer to a question.
    pub(crate) fn asked(&mut self, is_healthy: bool, report: Option<&Report>, took: Duration) {
        self.usd += report.and_then(Report::usd).unwrap_or_default();
        let finding = report.filter(|report| !report.asked_nothing()).map(Report::finding);
        match (is_healthy, finding) {
            (true, None | Some(Finding::Answered)) => {
                self.questions.add(Answer::Given(took.as_secs_f64() * 1000.0));
            }
            (true, Some(Finding::Unproven(why))) => self.unproven.push(why),
            (true, Some(Finding::Exhausted(refusal))) => self.unproven.push(refusal.to_string()),
            _ => self.questions.add(Answer::Failed),
        }
    }

    /// Returns the error about a version that gets no visitors for this reason.
    pub(crate) fn rejected(&self, why: &str) -> Fault {
        let message = format!(
            "version {} gets no visitors after its canary, because {why}; {}",
            self.version,
            self.describe()
        );
        let hint = "fix the cause, then deploy again (docs/releases.md)";
        Fault::new(Class::Refused, LastingError { message, hint: hint.into() })
    }

    /// Returns why the version is too slow.
    pub(crate) fn slowness(&self) -> Option<String> {
        let seconds = |milliseconds: f64| format!("{:.1} s", milliseconds / 1000.0);
        let all = [self.visitors.durations.as_slice(), &self.questions.durations].concat();
        let slowest = Answers::quantile(&all, 0.95).filter(|slowest| *slowest > SLOW);
        if let Some(slowest) = slowest {
            return Some(format!("5% of its answers took {} or longer", seconds(slowest)));
        }
        let (new, old) = (&self.visitors.durations, &self.before.durations);
        if new.len().min(old.len()) < COMPARABLE {
            return None;
        }
        let (new, old) = (Answers::quantile(new, 0.5)?, Answers::quantile(old, 0.5)?);
        (new > 2.0 * old + TOLERATED).then(|| {
            let previous = &self.previous;
            format!(
                "half of its answers took {} or longer; {} in version {previous}",
                seconds(new),
                seconds(old)
            )
        })
    }

    /// Describes the answers so far.
    pub(crate) fn describe(&self) -> String {
        let (visitors, questions) = (self.visitors.count(), self.questions.count());
        let answered = self.answers() - self.failed();
        let cost = if self.usd > 0.0 {
            format!("; the questions cost about {}", dollars(self.usd))
        } else {
            String::new()
        };
        format!(
            "version {} answered {answered} of {} requests ({visitors} of visitors, {questions} of twinctl){cost}",
            self.version,
            self.answers()
        )
    }
}

/// Reads a line of the log. Returns `None` if the line is not about an answer to a visitor.
pub(crate) fn answer(line: &str) -> Option<Answer> {
    // Lambda's own lines about an invocation that wrote none.
    if line.contains(" Task timed out after ")
        || line.starts_with("REPORT ") && line.contains("Status: error")
    {
        return Some(Answer::Failed);
    }
    let line: Value = serde_json::from_str(line).ok()?;
    // Without the model's answer, a line shows nothing about the version.
    let is_unasked = line["code"] == contract::pause::CODE || line["over_budget"] == true;
    if line["route"] != "chat" || is_unasked || line["code"] == "client_gone" {
        return None;
    }
    let status = line["status"].as_u64()?;
    // A request that the twin rejects shows nothing about its answers.
    if (400..500).contains(&status) {
        return None;
    }
    // A stream that fails has the status 200, and an answer that the twin forgets, too.
    let failed = status >= 500 || line["level"] == "error" || line["memory"].is_string();
    if failed { Some(Answer::Failed) } else { line["duration_ms"].as_f64().map(Answer::Given) }
}
