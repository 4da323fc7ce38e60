//! `twinctl memory`: lists, shows, exports and deletes conversations.

mod delete;
mod export;
mod find;
mod ls;
mod show;

use clap::{Args, Subcommand};
pub(super) use find::not_deployed;

use crate::{
    run::session,
    spec::{Environment, Options},
    targets::{Target, on_target},
    twin::store::Store,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl memory ls prod --since 7d                   List the conversations of this week
  twinctl memory show prod 5d41                       Show one; the beginning of its ID is enough
  twinctl memory export prod ./saved --format markdown
  twinctl memory delete prod ID                       Delete every version of a conversation
  twinctl memory delete prod --older-than 90d --dry-run";

/// Manage conversations: list, show, export, delete
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Memory {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Ls(ls::Ls),
    Show(show::Show),
    Export(export::Export),
    Delete(delete::Delete),
}

pub(super) async fn run(options: &Options, args: &Memory, ui: &Ui) -> Result<Exit, Diagnostic> {
    let name = match &args.verb {
        Verb::Ls(args) => &args.environment,
        Verb::Show(args) => &args.environment,
        Verb::Export(args) => &args.environment,
        Verb::Delete(args) => &args.environment,
    };
    let environment = session::load(options, name, ui)?;
    let store = on_target!(environment, open(options, &environment, ui))?;
    match &args.verb {
        Verb::Ls(args) => ls::run(store.as_ref(), args, ui).await,
        Verb::Show(args) => show::run(store.as_ref(), args, ui).await,
        Verb::Export(args) => export::run(store.as_ref(), args, ui).await,
        Verb::Delete(args) => delete::run(store.as_ref(), args, ui).await,
    }
}

pub(super) async fn open<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<Box<dyn Store>, Diagnostic> {
    T::memory(options, environment, ui).await
}
