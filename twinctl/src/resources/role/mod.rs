//! The role that the function runs as, with its one inline policy.

mod aspects;
mod readable;
mod resource;
mod rights;

#[cfg(test)]
mod tests;

pub(crate) use readable::may_read;
pub use resource::{Role, RoleActual, RoleDesired};
pub use rights::{RightsInput, rights};
