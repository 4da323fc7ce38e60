//! Whose credentials may be used.

use crate::{aws, diagnostic::Diagnostic, exit::Exit, spec::Environment, ui::Ui};

pub(super) fn warn_of_root(caller: &aws::Caller, ui: &Ui) {
    if caller.arn.ends_with(":root") {
        ui.warn("these are the credentials of the account's root user; make a role or user with fewer rights (docs/prerequisites.md)");
    }
}

/// Whoever we are has to be in the account that the file names.
pub(crate) fn check_account(environment: &Environment, caller: &aws::Caller) -> Result<(), Diagnostic> {
    match &environment.account {
        Some(wanted) if wanted.as_str() != caller.account => {
            let message =
                format!("these credentials are for the account {}, and nothing was touched", caller.account);
            Err(Diagnostic::new(Exit::Access, message)
                .cause(format!("`{}` belongs to the account {wanted}, as its file says", environment.name))
                .hint("choose other credentials with `--profile NAME`, or mend `account:` in the file"))
        }
        _ => Ok(()),
    }
}
