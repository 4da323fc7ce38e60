//! A role with its one inline policy: the function's, and those of CI.

mod aspects;
mod readable;
mod resource;
mod rights;

#[cfg(test)]
mod tests;

pub(crate) use readable::may_read;
pub use resource::{Limit, Role, RoleActual, RoleDesired};
pub use rights::{RightsInput, rights};
