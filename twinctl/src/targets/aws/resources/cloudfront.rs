//! Shared code of the CloudFront resources.

use aws_smithy_types::error::operation::BuildError;
use reconcile::{Class, Fault};

/// Returns what was built. Every required member must have been set.
pub(super) fn built<T>(result: Result<T, BuildError>) -> T {
    result.expect("every required member is given")
}

/// The fault for a response to a write that lacks the written resource.
pub(super) fn incomplete() -> Fault {
    Fault::new(Class::Stale, "CloudFront's response lacks the resource that was written")
}
