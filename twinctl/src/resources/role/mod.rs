//! The role that the function runs as, with its one inline policy.

mod aspects;
mod resource;
mod rights;

pub use resource::{Role, RoleDesired};
pub use rights::{RightsInput, rights};
