//! The arguments of `twinctl secret rotate`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::arguments::duration;

/// Replace the stored key, or the origin secret
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET")]
    pub(crate) name: Rotated,
    /// Rejected with a hint, because other users can read command-line arguments.
    #[arg(hide = true)]
    pub(crate) argument: Option<String>,
    /// Wait for the lock, for example `5m` (origin secret only)
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(crate) lock_wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rotated {
    /// The API key of `model.source: openai`
    Openai,
    /// The secret by which the function recognizes CloudFront; twinctl creates it
    Origin,
}
