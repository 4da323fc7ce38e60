//! `twinctl memory`: lists, shows, exports and deletes conversations.

mod delete;
mod export;
mod ls;
mod show;

use clap::{Args, Subcommand};
use reconcile::Fault;

use crate::{
    run::session,
    spec::{Environment, Options},
    targets::{Target, on_target},
    twin::{
        chat::SessionId,
        conversations::{ConversationEntry, ConversationList},
        store::Store,
    },
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
#[command(after_help = EXAMPLES)]
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

async fn load(store: &dyn Store, environment: &str) -> Result<ConversationList, Diagnostic> {
    let loaded = ConversationList::load(store).await.map_err(|fault| read_error(&fault))?;
    loaded.ok_or_else(|| not_deployed(environment))
}

/// Error for an environment that is not deployed. It must not look like an empty list: a user who deletes a visitor's
/// conversations would conclude that there are none.
pub(super) fn not_deployed(environment: &str) -> Diagnostic {
    let message = format!("`{environment}` is not deployed and stores no conversations");
    Diagnostic::new(Exit::Unhealthy, message)
        .hint(format!("run `twinctl deploy {environment}`; if it is online, check the account, the region and `--environments`"))
}

fn read_error(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("the conversations could not be read", fault)
}

/// Returns the conversation whose ID begins with `id`, if there is exactly one.
fn one<'c>(
    list: &'c ConversationList,
    id: &SessionId,
    environment: &str,
) -> Result<&'c ConversationEntry, Diagnostic> {
    let hint = format!("`twinctl memory ls {environment} --all` lists them");
    match list.matching(id).as_slice() {
        [one] => Ok(one),
        [] => Err(Diagnostic::new(Exit::Usage, format!("there is no conversation `{id}`")).hint(hint)),
        several => {
            let message = format!("{} conversations begin with `{id}`", several.len());
            Err(Diagnostic::new(Exit::Usage, message).hint("give more characters of its ID").hint(hint))
        }
    }
}
