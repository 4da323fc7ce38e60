//! The result of a check, and its line.

use std::time::Duration;

use reconcile::{Class, Fault};
use serde::Serialize;

use crate::ui::{ApiError, Diagnostic, Exit};

/// How long one check may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Ok,
    Problem,
    NotChecked,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) state: Verdict,
    pub(crate) finding: String,
    /// The next step.
    pub(crate) advice: Option<String>,
    /// The complete list, if the finding is a summary.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
}

impl Check {
    fn new(name: &'static str, state: Verdict, finding: impl Into<String>) -> Self {
        Self { name, state, finding: finding.into(), advice: None, details: Vec::new() }
    }

    pub(crate) fn ok(name: &'static str, finding: impl Into<String>) -> Self {
        Self::new(name, Verdict::Ok, finding)
    }

    pub(crate) fn problem(name: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(name, Verdict::Problem, finding).advice(advice)
    }

    pub(crate) fn not_checked(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, Verdict::NotChecked, why)
    }

    pub(super) fn no_answer(name: &'static str, limit: Duration) -> Self {
        Self::not_checked(name, format!("no answer within {} s", limit.as_secs()))
    }

    /// A check whose call failed: the user may not make it, or AWS did not answer.
    pub(super) fn failed(name: &'static str, fault: &Fault) -> Self {
        let action = fault.cause::<ApiError>().map(|error| error.action);
        match action.filter(|_| fault.class == Class::Denied) {
            Some(action) => Self::not_checked(name, format!("your credentials lack `{action}`")),
            None => Self::not_checked(name, fault.to_string()),
        }
    }

    #[must_use]
    pub(crate) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    #[must_use]
    pub(super) fn details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    pub(crate) fn is_problem(&self) -> bool {
        self.state == Verdict::Problem
    }

    /// Returns the finding and the advice.
    pub(crate) fn sentence(&self) -> String {
        let advice = self.advice.as_ref().map(|advice| format!("; {advice}"));
        format!("{}{}", self.finding, advice.unwrap_or_default()).replace('\n', " ")
    }

    /// Returns the exit code of this check.
    fn exit(&self) -> Exit {
        match (self.state, self.name) {
            (Verdict::Ok | Verdict::NotChecked, _) => Exit::Done,
            (Verdict::Problem, CREDENTIALS | ACCOUNT | PERMISSIONS) => Exit::Access,
            (Verdict::Problem, _) => Exit::Failed,
        }
    }
}

pub(super) const CREDENTIALS: &str = "credentials";
pub(super) const NETWORK: &str = "network";
pub(super) const ACCOUNT: &str = "account";
pub(super) const PERMISSIONS: &str = "permissions";

/// Returns the exit code of all checks. Missing access comes first, because it also hides other problems.
pub(crate) fn exit(checks: &[Check]) -> Exit {
    let exits: Vec<_> = checks.iter().map(Check::exit).collect();
    let first = |wanted: Exit| exits.contains(&wanted).then_some(wanted);
    first(Exit::Access).or_else(|| first(Exit::Failed)).unwrap_or(Exit::Done)
}

/// Returns one line for each check.
pub(crate) fn lines(checks: &[Check]) -> Vec<String> {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    let line = |check: &Check| {
        let state = match check.state {
            Verdict::Ok => "ok",
            Verdict::Problem => "problem",
            Verdict::NotChecked => "not checked",
        };
        format!("{state:<11}  {:<width$}  {}", check.name, check.sentence())
    };
    checks.iter().map(line).collect()
}

/// Returns the result of a check, or that it took too long.
pub(super) async fn within(limit: Duration, name: &'static str, check: impl Future<Output = Check>) -> Check {
    let result = tokio::time::timeout(limit, check).await;
    result.unwrap_or_else(|_| Check::no_answer(name, limit))
}

/// Returns a problem from an error with hints.
pub(super) fn of_diagnostic(name: &'static str, diagnostic: &Diagnostic) -> Check {
    let said = std::iter::once(&diagnostic.message).chain(&diagnostic.causes).cloned();
    let check = Check::new(name, Verdict::Problem, said.collect::<Vec<_>>().join(": "));
    match diagnostic.hints.as_slice() {
        [] => check,
        hints => check.advice(hints.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_one_line_and_missing_access_decides_the_exit_code() {
        let ok = Check::ok("clock", "agrees with AWS");
        let unknown = Check::not_checked("model", "m was not called\n(--no-model-call)");
        let failed = Check::problem("disk", "full", "delete files");
        let denied = Check::problem(PERMISSIONS, "2 actions are denied", "add them");
        insta::assert_snapshot!(lines(&[ok.clone(), unknown.clone(), failed.clone(), denied.clone()]).join("\n"), @r"
        ok           clock        agrees with AWS
        not checked  model        m was not called (--no-model-call)
        problem      disk         full; delete files
        problem      permissions  2 actions are denied; add them
        ");
        let table = [
            (vec![], Exit::Done),
            (vec![ok.clone(), unknown], Exit::Done),
            (vec![ok.clone(), failed.clone()], Exit::Failed),
            (vec![failed, denied, ok], Exit::Access),
        ];
        for (checks, expected) in table {
            assert_eq!(exit(&checks), expected);
        }
    }

    #[test]
    fn a_call_that_is_not_permitted_is_no_problem_of_the_twin() {
        let fault = |class| {
            let (action, code, message) =
                ("lambda:GetAccountSettings", "AccessDenied".to_owned(), "no".to_owned());
            Fault::new(class, ApiError { action, code, message, request_id: None, class })
        };
        let denied = Check::failed("quota", &fault(Class::Denied));
        assert_eq!(
            (denied.state, denied.sentence().as_str()),
            (Verdict::NotChecked, "your credentials lack `lambda:GetAccountSettings`")
        );
        let lost = Check::failed("quota", &fault(Class::Unavailable));
        assert_eq!(lost.sentence(), "lambda:GetAccountSettings: AccessDenied: no");
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_takes_too_long_is_not_checked() {
        let check = within(Duration::from_secs(3), "model", std::future::pending()).await;
        assert_eq!((check.state, check.finding.as_str()), (Verdict::NotChecked, "no answer within 3 s"));
    }
}
