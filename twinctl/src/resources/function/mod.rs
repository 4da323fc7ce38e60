//! The Lambda function: its code, its settings, and the versions published of them.

mod content;
mod resource;
mod settings;
mod writes;

#[cfg(test)]
mod tests;

pub(super) use resource::UPDATING;
pub use resource::{Function, FunctionActual, FunctionDesired, FunctionOutput};
