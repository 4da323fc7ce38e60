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

use crate::{spec::Target, ui::Diagnostic};

/// Runs all checks concurrently.
pub(crate) async fn check(request: &Request<'_>) -> Result<Vec<Check>, Diagnostic> {
    match request.environment.target {
        #[cfg(feature = "aws")]
        Target::Aws => Ok(Box::pin(aws::check(request)).await),
        #[cfg(not(feature = "aws"))]
        Target::Aws => Err(crate::targets::built_without_aws()),
        Target::Local => Ok(Box::pin(local::check(request)).await),
    }
}
