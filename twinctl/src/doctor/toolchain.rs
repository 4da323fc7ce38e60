//! Checks that the code can be built, without building it.

use super::{Check, check::of_diagnostic};
use crate::{artifacts::BundleError, ui::Diagnostic};

pub(super) const NAME: &str = "toolchain";

pub(super) fn verdict(described: Result<String, BundleError>) -> Check {
    match described {
        Ok(finding) => Check::ok(NAME, finding),
        Err(error) => of_diagnostic(NAME, &Diagnostic::from(error)),
    }
}
