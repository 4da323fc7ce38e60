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

pub(super) async fn run(options: &Options, args: &Ci, ui: &Ui) -> Result<Exit, Diagnostic> {
    match &args.verb {
        Verb::Setup(args) => setup::run(options, args, ui).await,
        Verb::Remove(args) => remove::run(options, args, ui).await,
    }
}
