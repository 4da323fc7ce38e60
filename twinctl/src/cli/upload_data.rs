//! The words of `upload-data`.

use std::time::Duration;

use clap::Args;

use super::parts::{OwnFiles, duration};

#[derive(Debug, Args)]
pub struct UploadData {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Take your files from there: a folder, or a repository like `git+https://host/you/data.git#main`
    #[arg(long, value_name = "SOURCE", conflicts_with = "rollback")]
    pub from: Option<String>,
    #[command(flatten)]
    pub own: OwnFiles,
    /// Bring back the set of files before the newest one, or that one
    #[arg(long, value_name = "SET", num_args = 0..=1, require_equals = true)]
    pub rollback: Option<Option<String>>,
    /// Show what changes in each text, line by line
    #[arg(long)]
    pub diff: bool,
    /// Show what would change and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Wait that long for somebody else's command to finish, as in `5m`
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub lock_wait: Duration,
}
