//! The Lambda function: its code, its settings, and the versions published of them.

mod content;
mod resource;
mod settings;
mod versions;
mod writes;

#[cfg(test)]
mod tests;

pub(super) use resource::UPDATING;
pub use resource::{Function, FunctionActual, FunctionDesired, FunctionOutput};
pub use versions::remove_old_versions;
