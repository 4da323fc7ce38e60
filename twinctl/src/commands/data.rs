//! `twinctl data`: what a twin has of its owner's files.

mod history;
mod ls;
mod pull;

use std::sync::Arc;

use reconcile::Choices;

use super::crypt;
use crate::{
    cli::{Data, DataThere, Global},
    data::There,
    diagnostic::Diagnostic,
    exit::Exit,
    session::{self, Session},
    spec::Environment,
    target::{Part, Target, on_target},
    ui::Ui,
};

pub(super) async fn run(global: &Global, data: &Data, ui: &Ui) -> Result<Exit, Diagnostic> {
    let there = match data {
        Data::Crypt(verb) => return crypt::run(verb, ui),
        Data::There(there) => there,
    };
    let environment = match there {
        DataThere::Ls(args) | DataThere::History(args) => &args.environment,
        DataThere::Pull(args) => &args.environment,
    };
    let environment = session::load(global, environment, ui)?;
    on_target!(environment, run_on(global, there, environment, ui))
}

async fn run_on<T: Target>(
    global: &Global,
    data: &DataThere,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let session = Session::<T>::open(global, environment, Part::Data, Choices::default(), ui).await?;
    let there = look(&session).await?;
    match data {
        DataThere::Ls(args) => ls::show(&there, &args.environment, ui),
        DataThere::History(_) => history::show(&there, ui),
        DataThere::Pull(args) => pull::pull(&session, &there, args, ui).await?,
    }
    Ok(Exit::Done)
}

/// What is there; an error where there is no place for it.
async fn look<T: Target>(session: &Session<T>) -> Result<Arc<There>, Diagnostic> {
    let there = session.target.data_there().await;
    let there = there.map_err(|fault| Diagnostic::fault("the files could not be looked at", &fault))?;
    let name = &session.environment.name;
    there.ok_or_else(|| {
        Diagnostic::new(Exit::Unhealthy, format!("`{name}` was not deployed yet, and has no files"))
            .hint(format!("run `twinctl deploy {name}`"))
    })
}
