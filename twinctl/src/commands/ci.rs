//! `twinctl ci`: creates and deletes the roles and workflows that deploy from GitHub Actions without stored keys.

mod remove;
mod scope;
mod setup;
mod show;

use clap::{Args, Subcommand};

use crate::{
    spec::Options,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl ci setup dev --repo ada/twin --print       Show policies, files and commands
  twinctl ci setup dev test prod --repo ada/twin     Create roles and workflows
  twinctl ci remove dev test prod --repo ada/twin    Delete them";

/// Set up GitHub Actions (OIDC roles and workflows)
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Ci {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Setup(setup::Setup),
    Remove(remove::Remove),
}

pub(super) async fn run(options: &Options, args: &Ci, ui: &Ui) -> Result<Exit, Diagnostic> {
    match &args.verb {
        Verb::Setup(args) => setup::run(options, args, ui).await,
        Verb::Remove(args) => remove::run(options, args, ui).await,
    }
}
