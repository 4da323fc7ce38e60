//! Errors as they are printed: message, causes, hints and exit code.

mod data_files;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use reconcile::{Class, Failure, Fault, Outcome, Phase, Problem, Report};

use super::{ApiError, Exit, LastingError, github::annotations, location::Location};
use crate::system::files::FileError;

const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// The next step without credentials.
pub(crate) const LOG_IN: &str = "log in with `aws login`, `aws sso login` or `aws configure`, name a profile with `--profile NAME`, or set AWS_PROFILE";

/// An error as it is printed: what failed, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub exit: Exit,
    /// A rendered error with the text of the file. Replaces the message.
    pub rendered: Option<String>,
    pub message: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
    /// The places of the error in files.
    pub locations: Box<[Location]>,
}

impl Diagnostic {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            exit,
            rendered: None,
            message,
            causes: Vec::new(),
            hints: Vec::new(),
            locations: Box::default(),
        }
    }

    /// Creates a diagnostic from a rendered error.
    pub fn rendered(exit: Exit, text: String) -> Self {
        Self { rendered: Some(text), ..Self::new(exit, "") }
    }

    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
        self
    }

    /// Creates a diagnostic from any error and its sources.
    pub fn unexpected(message: &str, error: &dyn std::error::Error) -> Self {
        std::iter::successors(Some(error), |error| error.source())
            .fold(Self::new(Exit::Unexpected, message), |diagnostic, error| {
                diagnostic.cause(error.to_string())
            })
    }

    /// Creates a diagnostic from a failed call.
    pub fn fault(message: &str, fault: &Fault) -> Self {
        let diagnostic = Self::new(exit_of(fault.class), message).cause(fault.to_string());
        hints_of(fault).into_iter().fold(diagnostic, Self::hint)
    }

    /// Creates one diagnostic for all failed resources. `next` is the next step.
    pub fn failures<'f>(failures: impl IntoIterator<Item = &'f Failure>, next: String) -> Self {
        let failures: Vec<_> = failures.into_iter().collect();
        let faults: Vec<_> = failures.iter().filter_map(|failure| fault_of(&failure.problem)).collect();
        let only = |class: Class| !faults.is_empty() && faults.iter().all(|fault| fault.class == class);
        let access = only(Class::Denied) || faults.iter().any(|fault| fault.class == Class::Credentials);
        let exit = if access && faults.len() == failures.len() { Exit::Access } else { Exit::Failed };
        let message = match failures.as_slice() {
            [one] => one.to_string(),
            many => format!("{} resources failed", many.len()),
        };
        let mut diagnostic = Self::new(exit, message);
        for failure in &failures {
            let cause = if failures.len() == 1 { String::new() } else { format!("{}: ", failure.node) };
            diagnostic = diagnostic.cause(format!("{cause}{}", failure.problem));
        }
        let is_lasting = faults.iter().any(|fault| fault.cause::<LastingError>().is_some());
        let hints = faults
            .into_iter()
            .flat_map(hints_of)
            .chain(failures.iter().filter_map(|f| problem_hint(&f.problem)));
        diagnostic = hints.fold(diagnostic, Self::hint);
        if is_lasting {
            return diagnostic;
        }
        diagnostic.hint(next)
    }

    /// Describes a run whose credentials were rejected: what is done and what is not.
    pub fn credentials_rejected(report: &Report, command: &str) -> Self {
        let message = "stopped before the end, because AWS rejects the credentials";
        let mut diagnostic = Self::new(Exit::Access, message);
        for failure in report.failures() {
            diagnostic = match fault_of(&failure.problem) {
                Some(fault) => hints_of(fault).into_iter().fold(diagnostic, Self::hint),
                None => diagnostic,
            };
            diagnostic = diagnostic.cause(format!("{}: {}", failure.node, failure.problem));
        }
        let is_done = |outcome: &Outcome| match outcome {
            Outcome::Created | Outcome::Updated | Outcome::Replaced | Outcome::Deleted => Some(true),
            Outcome::Failed(failure) => Some(failure.phase == Phase::Verify),
            Outcome::Skipped { .. } | Outcome::Halted => Some(false),
            Outcome::Unchanged | Outcome::InProgress(_) => None,
        };
        for (done, word) in [(true, "done"), (false, "not done, or not verified")] {
            let nodes = report.nodes.iter().filter(|(_, outcome)| is_done(outcome) == Some(done));
            let nodes: Vec<_> = nodes.map(|(node, _)| *node).collect();
            if !nodes.is_empty() {
                diagnostic = diagnostic.cause(format!("{word}: {}", nodes.join(", ")));
            }
        }
        diagnostic.hint(to_continue(command))
    }

    /// Returns whether a node is one of those that failed. It is read from the text, because a list would make every
    /// `Result` with a diagnostic too large.
    pub(crate) fn reports_failure_of(&self, node: &str) -> bool {
        self.message.ends_with(&format!(" the {node}"))
            || self.causes.iter().any(|cause| cause.starts_with(&format!("{node}: ")))
    }

    /// Returns the text without headings and blank lines.
    pub fn sentence(&self) -> String {
        let message = self.rendered.as_ref().unwrap_or(&self.message);
        std::iter::once(message)
            .chain(&self.causes)
            .chain(&self.hints)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub fn render(&self) -> String {
        let mut text = String::new();
        match &self.rendered {
            Some(rendered) => text.push_str(rendered),
            None => drop(write!(text, "{RED}error{RED:#}: {}", self.message)),
        }
        for cause in &self.causes {
            let _ = write!(text, "\n  {}", cause.replace('\n', "\n  "));
        }
        if !self.hints.is_empty() {
            text.push('\n');
        }
        for hint in &self.hints {
            let _ = write!(text, "\n{CYAN}hint{CYAN:#}: {hint}");
        }
        text
    }
}

/// The next step after a run that may have changed resources.
pub(crate) fn to_continue(command: &str) -> String {
    format!("completed steps are kept; run `{command}` again to continue")
}

/// The next step after a run that changed nothing.
pub(crate) fn to_repeat(command: &str) -> String {
    format!("nothing was changed; run `{command}` again")
}

fn fault_of(problem: &Problem) -> Option<&Fault> {
    match problem {
        Problem::Fault(fault) => Some(fault),
        _ => None,
    }
}

fn exit_of(class: Class) -> Exit {
    match class {
        Class::Denied | Class::Credentials => Exit::Access,
        Class::Busy
        | Class::Propagating
        | Class::Refused
        | Class::Stale
        | Class::Throttled
        | Class::Unavailable => Exit::Failed,
    }
}

fn hints_of(fault: &Fault) -> Vec<String> {
    if let Some(error) = fault.cause::<FileError>() {
        return error.hint().into_iter().collect();
    }
    if let Some(error) = fault.cause::<LastingError>() {
        return vec![error.hint.to_string()];
    }
    let api = fault.cause::<ApiError>();
    let code = api.map_or("", |error| error.code.as_str());
    let action = api.map_or("", |error| error.action);
    match fault.class {
        _ if code == "CNAMEAlreadyExists" => vec![
            "remove the hostname from the other distribution first; if you do not know which one it is, ask AWS Support to move the hostname".to_owned(),
        ],
        Class::Denied if action.starts_with("sts:") => vec![
            "the role of `assume_role` must trust your credentials, and your credentials need `sts:AssumeRole` on it".to_owned(),
        ],
        Class::Denied if action.starts_with("budgets:") => vec![format!(
            "your credentials lack the permission `{action}` (a new budget also needs `budgets:TagResource`), or the account may not \
             use AWS Budgets: then remove `budget.email`; see docs/cost.md"
        )],
        Class::Denied => vec![
            format!("your credentials lack the permission `{action}`; docs/prerequisites.md lists all that twinctl needs"),
        ],
        Class::Credentials if code.starts_with("Expired") || code == "RequestExpired" => {
            vec![format!("your credentials have expired: {}", longer_credentials())]
        }
        Class::Credentials => vec![LOG_IN.to_owned()],
        Class::Unavailable => vec!["check the network, the region, and `--endpoint-url` if you gave one".to_owned()],
        _ => Vec::new(),
    }
}

/// Explains how to get credentials with a longer lifetime.
pub(crate) fn longer_credentials() -> &'static str {
    if annotations::in_github_actions() {
        "increase `role-duration-seconds` in the workflow (docs/ci.md)"
    } else {
        "log in again, for example with `aws sso login`"
    }
}

fn problem_hint(problem: &Problem) -> Option<String> {
    Some(match problem {
        Problem::Foreign(_) => {
            "take it over with `--adopt`, or choose another name under `names:` or another `project`"
                .to_owned()
        }
        Problem::NotApproved(_) => "review the new plan and approve it".to_owned(),
        Problem::StillDiffers(_) => "another person or tool may be changing the same resource".to_owned(),
        Problem::Fault(_) | Problem::Broken(_) | Problem::TimedOut(_) | Problem::Canceled => return None,
    })
}
