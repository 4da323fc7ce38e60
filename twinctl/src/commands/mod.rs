//! The commands, one file each: arguments, help, examples and `run`.

#[cfg(feature = "aws")]
mod adopt;
mod arguments;
mod backup;
mod block;
mod chat;
mod check;
#[cfg(feature = "aws")]
mod ci;
mod comment;
mod completions;
mod cost;
mod data;
mod deploy;
mod destroy;
mod dev;
mod doctor;
#[cfg(feature = "aws")]
mod eject;
mod embed;
mod gateway;
mod global;
mod init;
#[cfg(feature = "aws")]
mod lock_table;
mod logs;
mod man;
mod memory;
mod outputs;
mod pause;
mod plan;
mod questions;
mod release_files;
mod releases;
mod restore;
mod resume;
mod rollback;
mod secret;
mod stats;
mod status;
mod sweep;
mod unadopt;
mod unblock;
mod unlock;
mod upgrade;
mod upload_data;
mod verify;
mod version;

use clap::{Parser, Subcommand};

use self::global::Global;
use crate::ui::{Diagnostic, EXIT_CODES, Exit, Ui};

/// Defines the subcommands, in the order of the help. Each names the module and the type of its arguments.
macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($module:ident)),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$attribute])* $name($module::$name),)*
        }

        /// Runs the command of the command line.
        pub(crate) async fn run(cli: Cli, ui: &Ui) -> Result<Exit, Diagnostic> {
            let options = cli.global.options();
            match cli.command {
                $($(#[$attribute])* Command::$name(args) => Box::pin($module::run(&options, &args, ui)).await,)*
            }
        }
    };
}

commands! {
    Init(init),
    Check(check),
    Plan(plan),
    Deploy(deploy),
    Dev(dev),
    UploadData(upload_data),
    Data(data),
    Status(status),
    Releases(releases),
    Rollback(rollback),
    Doctor(doctor),
    Verify(verify),
    Destroy(destroy),
    Sweep(sweep),
    Outputs(outputs),
    Chat(chat),
    Logs(logs),
    Stats(stats),
    Cost(cost),
    #[cfg(feature = "aws")]
    Ci(ci),
    Memory(memory),
    Questions(questions),
    Backup(backup),
    Restore(restore),
    Secret(secret),
    Pause(pause),
    Resume(resume),
    Block(block),
    Unblock(unblock),
    #[cfg(feature = "aws")]
    Adopt(adopt),
    Unadopt(unadopt),
    #[cfg(feature = "aws")]
    Eject(eject),
    Unlock(unlock),
    #[cfg(feature = "aws")]
    LockTable(lock_table),
    Completions(completions),
    Version(version),
    Upgrade(upgrade),
    Embed(embed),
    Man(man),
    FrontDoor(gateway),
}

/// Deploy a personal AI twin from one YAML file
#[derive(Debug, Parser)]
#[command(
    name = "twinctl",
    version,
    after_help = "Run `twinctl help COMMAND` for examples.",
    after_long_help = EXIT_CODES,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
