//! The findings of a run: what AWS confirmed, with evidence that can be published.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::assumption::{Assumption, Step};
use super::redact::{Redacted, Redactor};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Confirmed,
    Contradicted,
    NotTested,
}

impl Verdict {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Contradicted => "contradicted",
            Self::NotTested => "not tested",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) assumption: Assumption,
    pub(super) verdict: Verdict,
    /// The observation that shows it, or the reason why it was not tested.
    pub(super) evidence: Redacted,
}

/// At most one finding for each assumption.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) redactor: Redactor,
    all: Vec<Finding>,
}

impl Findings {
    /// Records that AWS confirmed or contradicted an assumption.
    pub(super) fn record(&mut self, assumption: Assumption, holds: bool, evidence: &str) {
        let verdict = if holds { Verdict::Confirmed } else { Verdict::Contradicted };
        self.set(assumption, verdict, evidence);
    }

    pub(super) fn not_tested(&mut self, assumption: Assumption, reason: &str) {
        self.set(assumption, Verdict::NotTested, reason);
    }

    /// Records a reason for each assumption of a step that has no finding.
    pub(super) fn complete(&mut self, step: Step, reason: &str) {
        for assumption in Assumption::value_variants() {
            let is_missing = !self.all.iter().any(|finding| finding.assumption == *assumption);
            if assumption.step() == step && is_missing {
                self.not_tested(*assumption, reason);
            }
        }
    }

    pub(super) fn contradict(&self, assumption: Assumption) -> bool {
        let mut all = self.all.iter();
        all.any(|finding| finding.assumption == assumption && finding.verdict == Verdict::Contradicted)
    }

    /// Returns the findings in the order of their steps.
    pub(super) fn in_order(&self) -> Vec<Finding> {
        let mut all = self.all.clone();
        all.sort_by_key(|finding| finding.assumption);
        all
    }

    fn set(&mut self, assumption: Assumption, verdict: Verdict, evidence: &str) {
        let evidence = self.redactor.redact(evidence);
        eprintln!("  {}: {} ({evidence})", verdict.words(), assumption.text());
        self.all.retain(|finding| finding.assumption != assumption);
        self.all.push(Finding { assumption, verdict, evidence });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_completed_with_the_reason_for_what_it_did_not_test() {
        let mut findings = Findings::default();
        findings.record(Assumption::UnchangedCalls, true, "47 calls");
        findings.complete(Step::Unchanged, "interrupted");
        findings.complete(Step::Unchanged, "something else");
        let found = findings.in_order();
        let found: Vec<_> =
            found.iter().map(|one| (one.assumption, one.verdict, one.evidence.to_string())).collect();
        assert_eq!(
            found,
            [
                (Assumption::UnchangedWritesNothing, Verdict::NotTested, "interrupted".to_owned()),
                (Assumption::UnchangedCalls, Verdict::Confirmed, "47 calls".to_owned()),
            ]
        );
    }
}
