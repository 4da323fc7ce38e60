//! The result of a check: a message and a hint.

use crate::ui::{Diagnostic, Exit};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The domain cannot work. Nothing is changed.
    Error,
    /// The domain may not work.
    Warning,
    /// The check could not be done.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Finding {
    pub(super) fn error(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), hint: hint.into() }
    }

    pub(super) fn warning(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, hint) }
    }

    pub(super) fn skipped(why: impl std::fmt::Display) -> Self {
        let message = format!("the domain was not checked in public DNS: {why}");
        Self { severity: Severity::Skipped, message, hint: String::new() }
    }

    /// Combines all errors into one diagnostic. Returns `None` if there are none.
    pub(crate) fn diagnostic(findings: &[Self]) -> Option<Diagnostic> {
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let first = (!errors.is_empty())
            .then(|| Diagnostic::new(Exit::Failed, "nothing was changed, because the domain is not ready"))?;
        Some(errors.into_iter().fold(first, |diagnostic, finding| {
            diagnostic.cause(finding.message.clone()).hint(finding.hint.clone())
        }))
    }
}
