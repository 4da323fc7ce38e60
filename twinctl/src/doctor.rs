//! Checks of what a deploy and a twin need. They only read.

mod after_failure;
#[cfg(feature = "aws")]
mod aws;
mod check;
mod clock;
mod credentials;
mod local;
mod model;
mod request;
mod toolchain;

pub(crate) use after_failure::add_findings;
pub(crate) use check::{Check, Verdict, exit, lines};
pub(crate) use request::Request;

use crate::{spec::Target, targets::end_of_life::EndOfLife, ui::Diagnostic};

/// Runs all checks concurrently.
pub(crate) async fn check(request: &Request<'_>) -> Result<Vec<Check>, Diagnostic> {
    let mut checks = match request.environment.target {
        #[cfg(feature = "aws")]
        Target::Aws => Box::pin(aws::check(request)).await,
        #[cfg(not(feature = "aws"))]
        Target::Aws => return Err(crate::targets::built_without_aws()),
        Target::Local => Box::pin(local::check(request)).await,
    };
    checks.extend(EndOfLife::of(request.environment).map(model::end_of_life));
    Ok(checks)
}
