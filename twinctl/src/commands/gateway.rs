//! `twinctl front-door`: the gateway process of a local twin. Started by `deploy`, not by users.
//! The command keeps this name, because systemd units and running gateways of earlier versions start it.

use std::path::PathBuf;

use clap::Args;

use crate::{
    spec::Options,
    targets::local::gateway::{self, StartMode, TwinFolder},
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
    let mode = if args.successor { StartMode::Successor } else { StartMode::Fresh };
    match Box::pin(gateway::run(TwinFolder::new(&args.place), mode)).await {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            let diagnostic = Diagnostic::new(Exit::Failed, error.reason);
            Err(error.log.into_iter().fold(diagnostic, Diagnostic::cause))
        }
    }
}
