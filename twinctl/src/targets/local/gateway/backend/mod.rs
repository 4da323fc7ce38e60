//! The one twin-lambda process behind the door: asked for by many, kept running by one.

mod process;
mod supervisor;
mod upstream;

pub(super) use supervisor::{Backend, Change};
pub(super) use upstream::Upstream;
