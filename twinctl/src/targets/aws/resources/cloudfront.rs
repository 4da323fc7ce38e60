//! What all things at CloudFront need of its SDK.

use aws_smithy_types::error::operation::BuildError;
use reconcile::{Class, Fault};

/// A builder's result where every required member was given.
pub(super) fn built<T>(result: Result<T, BuildError>) -> T {
    result.expect("every required member is given")
}

/// Something was made, and the answer does not say what.
pub(super) fn empty() -> Fault {
    Fault::new(Class::Stale, "CloudFront's answer lacks what was made")
}
