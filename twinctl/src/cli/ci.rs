//! The words of `ci`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::examples::{CI_REMOVE_EXAMPLES, CI_SETUP_EXAMPLES};
use crate::ci::{Branch, Repository};

#[derive(Debug, Subcommand)]
pub enum Ci {
    /// Make the roles and workflows with which GitHub deploys, without stored keys
    #[command(after_help = CI_SETUP_EXAMPLES)]
    Setup(CiSetup),
    /// Take the roles and workflows away again
    #[command(after_help = CI_REMOVE_EXAMPLES)]
    Remove(CiRemove),
}

#[derive(Debug, Args)]
pub struct CiWhere {
    /// The environments, as their files are called
    #[arg(value_name = "ENV", required = true)]
    pub which: Vec<String>,
    /// The repository on GitHub, spelt as it is shown there
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Repository,
    /// The branch that is deployed
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub branch: Branch,
    /// The environment that every push to the branch deploys; the others are deployed by hand, once approved
    #[arg(long, value_name = "ENV", default_value = "dev")]
    pub push: String,
    /// The twin's folder in its repository, where that cannot be seen from here
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct CiSetup {
    #[command(flatten)]
    pub at: CiWhere,
    /// Show the policies, files and commands, and touch nothing
    #[arg(long)]
    pub print: bool,
    /// Replace workflow files that were changed by hand
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct CiRemove {
    #[command(flatten)]
    pub at: CiWhere,
}
