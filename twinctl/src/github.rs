//! What GitHub Actions gives to a run, and what it can be told.

mod api;
mod over;
mod run;
pub(crate) mod workflow;

pub(crate) use over::{Ended, Runs};
