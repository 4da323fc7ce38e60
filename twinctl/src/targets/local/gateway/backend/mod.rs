//! The twin-lambda process behind the gateway, and the supervisor that keeps it running.

mod process;
mod supervisor;
mod upstream;

pub(super) use supervisor::{Backend, Change};
pub(super) use upstream::Upstream;
