//! What is wrong with the owner's files, their source or their key.

use persona::{BadKey, BadSource, CollectError, GitError, Gravity, Mistake};

use crate::ui::Diagnostic;
use crate::ui::Exit;

impl Diagnostic {
    /// All that is wrong with any file, each with its next step below it; that of a single mistake stands at the end, as
    /// everywhere.
    pub fn owners_files(message: &str, mistakes: &[Mistake]) -> Self {
        let diagnostic = Self::new(Exit::Environment, message);
        if let [mistake] = mistakes {
            return mistake.hint.iter().fold(diagnostic.cause(mistake.to_string()), Self::hint);
        }
        mistakes.iter().fold(diagnostic, |diagnostic, mistake| {
            let hint = mistake.hint.as_ref().map(|hint| format!("\n    {hint}")).unwrap_or_default();
            let gravity = if mistake.gravity == Gravity::Warning { "only a warning: " } else { "" };
            diagnostic.cause(format!("{gravity}{mistake}{hint}"))
        })
    }
}

impl From<CollectError> for Diagnostic {
    fn from(error: CollectError) -> Self {
        let exit = match &error {
            CollectError::Mistakes(mistakes) => return Self::owners_files(&error.to_string(), mistakes),
            CollectError::Key(_)
            | CollectError::Git(GitError::TokenRefused { .. } | GitError::NoCredentials { .. }) => {
                Exit::Access
            }
            CollectError::NoFolder(_)
            | CollectError::NotAFolder(_)
            | CollectError::Nothing(_)
            | CollectError::Git(_) => Exit::Environment,
        };
        with_causes(exit, &error, error.hint())
    }
}

impl From<BadSource> for Diagnostic {
    fn from(error: BadSource) -> Self {
        Self::new(Exit::Environment, error.to_string()).hint(error.hint)
    }
}

impl From<BadKey> for Diagnostic {
    fn from(error: BadKey) -> Self {
        with_causes(Exit::Access, &error, Some(error.hint()))
    }
}

fn with_causes(exit: Exit, error: &dyn std::error::Error, hint: Option<impl Into<String>>) -> Diagnostic {
    let mut diagnostic = Diagnostic { exit, ..Diagnostic::unexpected(&error.to_string(), error) };
    diagnostic.causes.remove(0);
    hint.into_iter().fold(diagnostic, Diagnostic::hint)
}
