//! The checks after a failed deploy: those that cost nothing and take few calls.

use std::time::Duration;

use super::{Check, Request};
use crate::{
    spec::Target,
    system::host,
    ui::{Diagnostic, Exit},
};

/// By how much the checks may delay the error.
const LIMIT: Duration = Duration::from_secs(3);

/// Adds the problems that the checks find to the error of a deploy, as hints. Does nothing if the error has another
/// cause than the ones that the checks find.
pub(crate) async fn add_findings(request: &Request<'_>, diagnostic: Diagnostic) -> Diagnostic {
    if !may_be_explained(diagnostic.exit) {
        return diagnostic;
    }
    tokio::select! {
        checks = Box::pin(cheap(request, &diagnostic)) => {
            with_problems(diagnostic, &checks, request.environment.name.as_str())
        }
        () = host::stop_signal() => diagnostic,
    }
}

/// Returns whether the checks may find the cause of an error. The others already name theirs, or the user stopped the
/// run.
fn may_be_explained(exit: Exit) -> bool {
    matches!(exit, Exit::Access | Exit::Failed | Exit::Unexpected | Exit::Unhealthy)
}

async fn cheap(request: &Request<'_>, diagnostic: &Diagnostic) -> Vec<Check> {
    match request.environment.target {
        #[cfg(feature = "aws")]
        Target::Aws => super::aws::cheap(request, diagnostic, LIMIT).await,
        #[cfg(not(feature = "aws"))]
        Target::Aws => {
            let _ = diagnostic;
            Vec::new()
        }
        Target::Local => super::local::cheap(request, LIMIT).await,
    }
}

fn with_problems(diagnostic: Diagnostic, checks: &[Check], environment: &str) -> Diagnostic {
    let known = diagnostic.sentence();
    let adds = |check: &&Check| {
        let advice = check.advice.as_deref().unwrap_or_default();
        check.is_problem()
            && !known.contains(&check.finding)
            && (advice.is_empty() || !known.contains(advice))
    };
    let problems: Vec<_> = checks.iter().filter(adds).collect();
    if problems.is_empty() {
        return diagnostic;
    }
    let diagnostic = problems.iter().fold(diagnostic, |diagnostic, check| {
        diagnostic.hint(format!("{}: {}", check.name, check.sentence()))
    });
    diagnostic.hint(format!("`twinctl doctor {environment}` checks everything else"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_and_errors_that_name_their_cause_start_no_checks() {
        for exit in [Exit::Interrupted, Exit::Locked, Exit::Usage, Exit::Environment, Exit::Pending] {
            assert!(!may_be_explained(exit), "{exit:?}");
        }
        for exit in [Exit::Access, Exit::Failed, Exit::Unexpected, Exit::Unhealthy] {
            assert!(may_be_explained(exit), "{exit:?}");
        }
    }

    #[test]
    fn only_problems_that_the_error_does_not_contain_are_added() {
        let error = || Diagnostic::new(Exit::Failed, "failed to set up the function").hint("log in again");
        let checks = [
            Check::ok("disk", "400 GB"),
            Check::not_checked("toolchain", "no answer"),
            Check::problem("clock", "7 min behind AWS", "synchronize it"),
            Check::problem("credentials", "the session has expired", "log in again"),
        ];
        let hints = with_problems(error(), &checks, "dev").hints;
        assert_eq!(
            hints,
            [
                "log in again",
                "clock: 7 min behind AWS; synchronize it",
                "`twinctl doctor dev` checks everything else"
            ]
        );
        assert_eq!(with_problems(error(), &checks[..2], "dev"), error());
    }
}
