//! `twinctl ci`: creates and deletes the roles and workflows that deploy from GitHub Actions without stored keys.

mod remove;
mod scope;
mod setup;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{
    ci::{Branch, Repository},
    spec::Options,
    ui::{Diagnostic, Exit, Ui},
};

/// Set up GitHub Actions (OIDC roles and workflows)
#[derive(Debug, Args)]
pub(crate) struct Ci {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Setup(setup::Setup),
    Remove(remove::Remove),
}

/// The environments and the repository that deploys them.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// Environment names
    #[arg(value_name = "ENV", required = true)]
    pub(crate) which: Vec<String>,
    /// GitHub repository, spelled as GitHub shows it
    #[arg(long, value_name = "OWNER/NAME")]
    pub(crate) repo: Repository,
    /// Branch that is deployed
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) branch: Branch,
    /// Environment that every push to the branch deploys; the others are deployed by hand, after approval
    #[arg(long, value_name = "ENV", default_value = "dev")]
    pub(crate) push: String,
    /// Folder of the twin in its repository, if it cannot be detected
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
}

pub(super) async fn run(options: &Options, args: &Ci, ui: &Ui) -> Result<Exit, Diagnostic> {
    match &args.verb {
        Verb::Setup(args) => setup::run(options, args, ui).await,
        Verb::Remove(args) => remove::run(options, args, ui).await,
    }
}
