//! Checks the domain as a deploy does before it changes anything.

use super::scope::Scope;
use crate::{
    doctor::{
        Check,
        check::{PATIENCE, within},
    },
    targets::aws::preflight::{self, Finding, Severity},
};

const NAME: &str = "domain";

/// Returns no check if no domain is configured.
pub(super) async fn check(scope: &Scope<'_>) -> Vec<Check> {
    let Some(domain) = &scope.environment().domain else { return Vec::new() };
    let checks = async {
        match preflight::check(&scope.cloud, domain, &scope.names.marker, &scope.names.web_bucket).await {
            Ok(findings) => verdict(&domain.names(), findings),
            Err(fault) => Check::failed(NAME, &fault),
        }
    };
    vec![within(PATIENCE, NAME, checks).await]
}

fn verdict(names: &[String], findings: Vec<Finding>) -> Check {
    let (skipped, problems): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Skipped);
    let join = |texts: Vec<String>| texts.join("; ");
    if !problems.is_empty() {
        let (messages, hints) = problems.into_iter().map(|finding| (finding.message, finding.hint)).unzip();
        return Check::problem(NAME, join(messages), join(hints));
    }
    match skipped.into_iter().next() {
        Some(skipped) => Check::not_checked(NAME, skipped.message),
        None => {
            Check::ok(NAME, format!("{}: zone, name servers, CAA and records are correct", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn findings_become_one_line() {
        let finding = |severity, message: &str| Finding {
            severity,
            message: message.to_owned(),
            hint: format!("fix {message}"),
        };
        let names = ["chat.ada.example".to_owned()];
        let ok = verdict(&names, vec![]);
        assert_eq!(
            (ok.state, ok.sentence().as_str()),
            (Verdict::Ok, "chat.ada.example: zone, name servers, CAA and records are correct")
        );
        let skipped = verdict(&names, vec![finding(Severity::Skipped, "offline")]);
        assert_eq!((skipped.state, skipped.sentence().as_str()), (Verdict::NotChecked, "offline"));
        let problem = verdict(
            &names,
            vec![
                finding(Severity::Error, "a"),
                finding(Severity::Warning, "b"),
                finding(Severity::Skipped, "c"),
            ],
        );
        assert_eq!((problem.state, problem.sentence().as_str()), (Verdict::Problem, "a; b; fix a; fix b"));
    }
}
