//! Errors in data files, their source or their key.

use persona::{CollectError, Finding, GitError, KeyError, Severity, SourceError};

use crate::ui::Diagnostic;
use crate::ui::Exit;

impl Diagnostic {
    /// Creates one diagnostic for all findings, each with its hint below it. A single finding's hint is printed at the end,
    /// as for other errors.
    pub fn data_files(message: &str, findings: &[Finding]) -> Self {
        let diagnostic = Self::new(Exit::Environment, message);
        if let [finding] = findings {
            return finding.hint.iter().fold(diagnostic.cause(finding.to_string()), Self::hint);
        }
        findings.iter().fold(diagnostic, |diagnostic, finding| {
            let hint = finding.hint.as_ref().map(|hint| format!("\n    {hint}")).unwrap_or_default();
            let severity = if finding.severity == Severity::Warning { "only a warning: " } else { "" };
            diagnostic.cause(format!("{severity}{finding}{hint}"))
        })
    }
}

impl From<CollectError> for Diagnostic {
    fn from(error: CollectError) -> Self {
        let exit = match &error {
            CollectError::Files(findings) => return Self::data_files(&error.to_string(), findings),
            CollectError::Key(_)
            | CollectError::Git(GitError::TokenRefused { .. } | GitError::NoCredentials { .. }) => {
                Exit::Access
            }
            CollectError::NoFolder(_)
            | CollectError::NotAFolder(_)
            | CollectError::NoFiles(_)
            | CollectError::Git(_) => Exit::Environment,
        };
        with_causes(exit, &error, error.hint())
    }
}

impl From<SourceError> for Diagnostic {
    fn from(error: SourceError) -> Self {
        Self::new(Exit::Environment, error.to_string()).hint(error.hint)
    }
}

impl From<KeyError> for Diagnostic {
    fn from(error: KeyError) -> Self {
        with_causes(Exit::Access, &error, Some(error.hint()))
    }
}

fn with_causes(exit: Exit, error: &dyn std::error::Error, hint: Option<impl Into<String>>) -> Diagnostic {
    let mut diagnostic = Diagnostic { exit, ..Diagnostic::unexpected(&error.to_string(), error) };
    diagnostic.causes.remove(0);
    hint.into_iter().fold(diagnostic, Diagnostic::hint)
}
