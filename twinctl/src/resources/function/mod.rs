//! The Lambda function: its code, its settings, and the versions published of them.

mod content;
mod resource;
mod settings;
mod writes;

pub use resource::{Function, FunctionDesired, FunctionOutput};
