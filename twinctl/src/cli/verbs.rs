//! The words of the commands that act on one environment.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::parts::{Code, OwnFiles, Permits, Waiting, Which, duration};
use crate::talk::SessionId;

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub code: Code,
    #[command(flatten)]
    pub own: OwnFiles,
    #[command(flatten)]
    pub permits: Permits,
    /// End with 7 when something would change
    #[arg(long)]
    pub exit_code: bool,
    /// In GitHub Actions: tell the pull request, in one comment that is kept up to date
    #[arg(long)]
    pub comment: bool,
}

#[derive(Debug, Args)]
pub struct Deploy {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub code: Code,
    #[command(flatten)]
    pub own: OwnFiles,
    #[command(flatten)]
    pub permits: Permits,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Let systemd start a twin on this machine at login and after a crash
    #[arg(long)]
    pub service: bool,
    #[command(flatten)]
    pub waiting: Waiting,
}

#[derive(Debug, Args)]
pub struct Dev {
    /// The environment, as its file is called; one with `target: local`
    #[arg(value_name = "ENV", default_value = "local")]
    pub environment: String,
    /// A ready `twin-lambda`, instead of building one
    #[arg(long, value_name = "FILE")]
    pub lambda_binary: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    pub which: Which,
    /// Look again every few seconds
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct Destroy {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The environment's name once more, instead of the question
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<String>,
    /// What other commands take, and this one does not: only to say so
    #[arg(long, short, hide = true)]
    pub yes: bool,
    /// Leave the buckets with conversations and data files
    #[arg(long)]
    pub keep_data: bool,
    /// Download conversations and data files there first
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// Show what would go and stop
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub waiting: Waiting,
}

#[derive(Debug, Args)]
pub struct Outputs {
    #[command(flatten)]
    pub which: Which,
    /// All of them: names, ids, the API's own address
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Chat {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// One question; without it, what is piped in, or a conversation
    pub question: Option<String>,
    /// Go on with this conversation
    #[arg(long, value_name = "ID")]
    pub session: Option<SessionId>,
}

#[derive(Debug, Args)]
pub struct Logs {
    #[command(flatten)]
    pub which: Which,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Begin that long ago, as in `2h`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub since: Duration,
    /// Requests as they reached the API, instead of what the twin says
    #[arg(long)]
    pub requests: bool,
}

#[derive(Debug, Args)]
pub struct Unlock {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct FrontDoor {
    /// The folder of the local twin
    #[arg(long, value_name = "DIR")]
    pub place: PathBuf,
    /// Take over the listening socket that standard input is
    #[arg(long)]
    pub successor: bool,
}

#[derive(Debug, Subcommand)]
pub enum LockTable {
    /// Delete the table, once no environment is left in this account and region
    Remove(Which),
}
