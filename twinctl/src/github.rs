//! What GitHub Actions gives to a run, and what it can be told.

pub(crate) mod workflow;
