//! Puts a personal AI twin online from one YAML file, and keeps it there.

pub mod artifacts;
pub mod ci;
mod commands;
mod init;
pub mod run;
pub mod spec;
pub mod system;
pub mod targets;
pub mod twin;
pub mod ui;

use clap::Parser as _;

use crate::{
    commands::Cli,
    ui::{Diagnostic, Exit, Ui},
};

/// The whole program.
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version end with 0, on standard output; everything else is wrong usage.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return error.print().map_or(Exit::Unexpected, |()| exit);
        }
    };
    let ui = Ui::new(cli.global.color, cli.global.json);
    let ended = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                ended = commands::run(cli, &ui) => ended,
                () = ui.ticking() => Err(Diagnostic::new(Exit::Interrupted, "ended in the middle of its work")
                    .hint("run the command again to continue; the lock is taken over at once on this machine")),
            }
        }),
        Err(error) => Err(Diagnostic::unexpected("the program could not be started", &error)),
    };
    let exit = ended.unwrap_or_else(|diagnostic| {
        ui.error(&diagnostic);
        diagnostic.exit
    });
    ui.ended(exit);
    exit
}
