//! The words of `data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::crypt::Crypt;

#[derive(Debug, Subcommand)]
pub enum Data {
    #[command(flatten)]
    There(DataThere),
    #[command(flatten)]
    Crypt(Crypt),
}

/// What a twin has.
#[derive(Debug, Subcommand)]
pub enum DataThere {
    /// List the files that a twin speaks from
    Ls(DataOf),
    /// Download the files that a twin speaks from
    Pull(Pull),
    /// List the sets of files that there were, newest first
    History(DataOf),
}

#[derive(Debug, Args)]
pub struct DataOf {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
}

#[derive(Debug, Args)]
pub struct Pull {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Where to; the folder that `data:` names, without it
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Write over files that are different here
    #[arg(long)]
    pub force: bool,
}
