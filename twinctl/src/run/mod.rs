//! One run on one environment: the session, the lock, and the steps that deploy, destroy and upload-data share.

mod carry_out;
pub(crate) mod credential_expiry;
pub(crate) mod github;
pub mod lock;
mod prepare;
pub(crate) mod session;

pub(crate) use carry_out::{Approved, Course, after_release, carry_out};
pub(crate) use prepare::{DeployRequest, Permits, Prepared, check_refusals, prepare};
