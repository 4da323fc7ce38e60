//! One file per verb.

mod chat;
mod ci;
mod comment;
mod completions;
mod crypt;
mod data;
mod deploy;
mod destroy;
mod dev;
mod front_door;
mod init;
mod lock_table;
mod logs;
mod memory;
mod outlast;
mod outputs;
mod plan;
mod questions;
mod secret;
mod status;
mod unlock;
mod upload_data;

use crate::{
    cli::{Cli, Command, LockTable},
    diagnostic::Diagnostic,
    exit::Exit,
    ui::Ui,
};

/// Does what the command line asks for.
pub(crate) async fn run(cli: Cli, ui: &Ui) -> Result<Exit, Diagnostic> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(args) => init::run(&global, &args, ui),
        Command::Plan(args) => plan::run(&global, &args, ui).await,
        Command::Deploy(args) => deploy::run(&global, &args, ui).await,
        Command::Dev(args) => Box::pin(dev::run(&global, &args, ui)).await,
        Command::UploadData(args) => upload_data::run(&global, &args, ui).await,
        Command::Data(data) => data::run(&global, &data, ui).await,
        Command::Status(args) => status::run(&global, &args, ui).await,
        Command::Destroy(args) => destroy::run(&global, &args, ui).await,
        Command::Outputs(args) => outputs::run(&global, &args, ui).await,
        Command::Chat(args) => chat::run(&global, &args, ui).await,
        Command::Logs(args) => logs::run(&global, &args, ui).await,
        Command::Ci(args) => Box::pin(ci::run(&global, &args, ui)).await,
        Command::Memory(args) => memory::run(&global, &args, ui).await,
        Command::Questions(args) => questions::run(&global, &args, ui).await,
        Command::Secret(args) => Box::pin(secret::run(&global, &args, ui)).await,
        Command::Unlock(args) => unlock::run(&global, &args, ui).await,
        Command::LockTable(LockTable::Remove(which)) => lock_table::remove(&global, &which, ui).await,
        Command::Completions { shell } => Ok(completions::print(shell)),
        Command::FrontDoor(args) => front_door::run(args).await,
    }
}
