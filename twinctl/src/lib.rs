//! Deploys a personal AI twin from one YAML file.

#![cfg_attr(
    not(feature = "aws"),
    expect(dead_code, unused_imports, reason = "a build for local twins leaves out the users of some parts")
)]

pub mod artifacts;
pub mod ci;
mod commands;
mod doctor;
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

/// Runs the program and returns its exit code.
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed on stdout and exit with 0; everything else is a usage error.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return error.print().map_or(Exit::Unexpected, |()| exit);
        }
    };
    let ui = Ui::new(cli.global.color, cli.global.json, cli.global.verbosity());
    let ended = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                ended = commands::run(cli, &ui) => ended,
                () = ui.show_progress() => Err(Diagnostic::new(Exit::Interrupted, "stopped immediately, in the middle of a run")
                    .hint("run the command again to continue; on this machine it takes over the lock immediately")),
            }
        }),
        Err(error) => Err(Diagnostic::unexpected("could not start the async runtime", &error)),
    };
    let exit = ended.unwrap_or_else(|diagnostic| {
        ui.error(&diagnostic);
        diagnostic.exit
    });
    ui.write_summary(exit);
    exit
}
