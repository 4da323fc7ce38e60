//! The GitHub API, and whether the workflow run that holds a lock has ended.

mod api;
mod over;
mod run;

pub(crate) use api::{Api, ApiError};
pub(crate) use over::{Ended, Runs};
