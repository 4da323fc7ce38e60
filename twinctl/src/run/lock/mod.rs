//! The lock of an environment: taken with a conditional write, renewed in the background, released at the end.

mod acquire;
#[cfg(test)]
mod file_tests;
mod lease;
#[cfg(test)]
#[cfg(feature = "aws")]
mod tests;

pub use acquire::{Challenger, LockError, acquire};
pub use lease::Lease;
pub(crate) use lease::with_retries;
