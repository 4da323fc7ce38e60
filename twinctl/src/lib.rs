//! Puts a personal AI twin online from one YAML file, and keeps it there.

pub mod aws;
pub mod bundle;
pub mod ci;
pub mod cli;
pub mod clock;
mod commands;
pub mod data;
mod data_key;
pub mod diagnostic;
pub mod dns;
pub mod door;
mod exchange;
pub mod exit;
mod front;
mod github;
mod hash;
mod health;
mod init;
mod local;
pub mod lock;
pub mod logs;
mod memory;
pub mod names;
mod owed;
mod page;
mod preflight;
mod questions;
pub mod resources;
mod secret;
mod session;
mod settings;
pub mod spec;
pub mod stack;
mod store;
pub mod surroundings;
pub mod talk;
mod target;
pub mod ui;
mod watch;
mod whole_file;

use clap::Parser as _;

use crate::{cli::Cli, diagnostic::Diagnostic, exit::Exit, ui::Ui};

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
