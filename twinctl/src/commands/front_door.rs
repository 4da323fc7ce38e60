//! `twinctl front-door`: the process that serves a local twin; started by others, not by people.

use crate::{
    cli::FrontDoor,
    diagnostic::Diagnostic,
    door::{self, Arrival, Place},
    exit::Exit,
};

pub(super) async fn run(args: FrontDoor) -> Result<Exit, Diagnostic> {
    let arrival = if args.successor { Arrival::Successor } else { Arrival::Fresh };
    match Box::pin(door::run(Place::new(args.place), arrival)).await {
        Ok(()) => Ok(Exit::Done),
        Err(refusal) => {
            let diagnostic = Diagnostic::new(Exit::Failed, refusal.reason);
            Err(refusal.log.into_iter().fold(diagnostic, Diagnostic::cause))
        }
    }
}
