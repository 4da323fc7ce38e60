//! What GitHub Actions gives to a run, and what it can be told.

mod api;
mod comment;
pub(crate) mod markdown;
mod over;
mod pull_request;
mod run;
pub(crate) mod summary;
pub(crate) mod workflow;

pub(crate) use api::Api;
pub(crate) use comment::{Comment, Posted};
pub(crate) use over::{Ended, Runs};
pub(crate) use pull_request::PullRequest;
