//! `twinctl front-door`: the gateway process of a local twin. Started by `deploy`, not by users.

use std::path::PathBuf;

use clap::Args;

use crate::{
    spec::Options,
    targets::local::gateway::{self, Arrival, Place},
    ui::{Diagnostic, Exit, Ui},
};

/// Run the web server of a local twin; started by `deploy`
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct FrontDoor {
    /// Folder of the local twin
    #[arg(long, value_name = "DIR")]
    pub(crate) place: PathBuf,
    /// Take over the listening socket on standard input
    #[arg(long)]
    pub(crate) successor: bool,
}

pub(super) async fn run(_: &Options, args: &FrontDoor, _: &Ui) -> Result<Exit, Diagnostic> {
    let arrival = if args.successor { Arrival::Successor } else { Arrival::Fresh };
    match Box::pin(gateway::run(Place::new(&args.place), arrival)).await {
        Ok(()) => Ok(Exit::Done),
        Err(refusal) => {
            let diagnostic = Diagnostic::new(Exit::Failed, refusal.reason);
            Err(refusal.log.into_iter().fold(diagnostic, Diagnostic::cause))
        }
    }
}
