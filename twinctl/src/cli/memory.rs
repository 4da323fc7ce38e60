//! The words of `memory`: what visitors said.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use super::parts::duration;
use crate::talk::SessionId;

#[derive(Debug, Subcommand)]
pub enum Memory {
    /// List the conversations, the newest first
    Ls(MemoryLs),
    /// Show one conversation
    Show(MemoryShow),
    /// Save conversations as files, or print them
    Export(MemoryExport),
    /// Delete conversations for good, with every version of them
    Delete(MemoryDelete),
}

#[derive(Debug, Args)]
pub struct MemoryLs {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all")]
    pub limit: usize,
    /// However many there are
    #[arg(long)]
    pub all: bool,
    /// Only those that went on in that time, as in `7d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub since: Option<Duration>,
}

#[derive(Debug, Args)]
pub struct MemoryShow {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The conversation, or the beginning of its id
    #[arg(value_name = "ID")]
    pub session: SessionId,
}

#[derive(Debug, Args)]
pub struct MemoryExport {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The folder to save them in, or `-` for standard output
    #[arg(value_name = "DIR", default_value = "conversations")]
    pub to: PathBuf,
    /// As what they are written
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: ExportFormat,
    /// Only this conversation; the beginning of its id is enough
    #[arg(long, value_name = "ID")]
    pub session: Option<SessionId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub struct MemoryDelete {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The conversations, with their whole ids
    #[arg(value_name = "ID", required_unless_present = "older_than", conflicts_with = "older_than")]
    pub sessions: Vec<SessionId>,
    /// All that did not go on for that long, as in `90d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub older_than: Option<Duration>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show what would go and stop
    #[arg(long)]
    pub dry_run: bool,
}
