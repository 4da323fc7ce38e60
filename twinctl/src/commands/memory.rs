//! `twinctl memory`: what visitors said to a twin.

mod delete;
mod export;
mod ls;
mod show;

use reconcile::Fault;

use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    memory::{Catalogue, Listed},
    session,
    spec::Environment,
    store::Store,
    talk::SessionId,
    target::{Target, on_target},
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Memory, ui: &Ui) -> Result<Exit, Diagnostic> {
    let name = match args {
        cli::Memory::Ls(args) => &args.environment,
        cli::Memory::Show(args) => &args.environment,
        cli::Memory::Export(args) => &args.environment,
        cli::Memory::Delete(args) => &args.environment,
    };
    let environment = session::load(global, name, ui)?;
    let store = on_target!(environment, open(global, &environment, ui))?;
    match args {
        cli::Memory::Ls(args) => ls::run(&store, args, ui).await,
        cli::Memory::Show(args) => show::run(&store, args, ui).await,
        cli::Memory::Export(args) => export::run(&store, args, ui).await,
        cli::Memory::Delete(args) => delete::run(&store, args, ui).await,
    }
}

pub(super) async fn open<T: Target>(
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<Store, Diagnostic> {
    T::memory(global, environment, ui).await
}

async fn catalogue(store: &Store, environment: &str) -> Result<Catalogue, Diagnostic> {
    let loaded = Catalogue::load(store).await.map_err(|fault| unread(&fault))?;
    loaded.ok_or_else(|| nowhere(environment))
}

/// Who is asked to forget a visitor must not take this for an answer.
pub(super) fn nowhere(environment: &str) -> Diagnostic {
    let message = format!("`{environment}` was not deployed, and remembers nothing");
    Diagnostic::new(Exit::Unhealthy, message)
        .hint(format!("run `twinctl deploy {environment}`; if it is online, look at the account, the region and `--environments`"))
}

fn unread(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("the conversations could not be read", fault)
}

/// The one conversation that is meant.
fn one<'c>(catalogue: &'c Catalogue, said: &SessionId, environment: &str) -> Result<&'c Listed, Diagnostic> {
    let list = format!("`twinctl memory ls {environment} --all` lists them");
    match catalogue.called(said).as_slice() {
        [one] => Ok(one),
        [] => Err(Diagnostic::new(Exit::Usage, format!("there is no conversation `{said}`")).hint(list)),
        several => {
            let message = format!("{} conversations begin with `{said}`", several.len());
            Err(Diagnostic::new(Exit::Usage, message).hint("write more of its id").hint(list))
        }
    }
}
