//! The words of the command line: clap types, and nothing else.

mod ci;
mod crypt;
mod data;
mod examples;
mod global;
mod init;
mod memory;
mod parts;
mod questions;
mod secret;
mod upload_data;
mod verbs;

use clap::{Parser, Subcommand};

use self::examples::{
    CHAT_EXAMPLES, COMPLETIONS_EXAMPLES, DATA_EXAMPLES, DEPLOY_EXAMPLES, DESTROY_EXAMPLES, DEV_EXAMPLES,
    INIT_EXAMPLES, LOGS_EXAMPLES, MEMORY_EXAMPLES, OUTPUTS_EXAMPLES, PLAN_EXAMPLES, QUESTIONS_EXAMPLES,
    SECRET_EXAMPLES, STATUS_EXAMPLES, UPLOAD_DATA_EXAMPLES,
};
pub use self::{
    ci::{Ci, CiRemove, CiSetup, CiWhere},
    crypt::{Crypt, Decrypt, Encrypt, KeyFile, Keygen, Writing},
    data::{Data, DataOf, DataThere, Pull},
    global::{Color, Global},
    init::{Init, ModelKind},
    memory::{ExportFormat, Memory, MemoryDelete, MemoryExport, MemoryLs, MemoryShow},
    parts::{Code, OwnFiles, Permits, Waiting, Which},
    questions::Questions,
    secret::{Secret, SecretName, SecretRemove, SecretSet, SecretStatus},
    upload_data::UploadData,
    verbs::{Chat, Deploy, Destroy, Dev, FrontDoor, LockTable, Logs, Outputs, Plan, Status, Unlock},
};
use crate::exit::EXIT_CODES;

#[derive(Debug, Parser)]
#[command(
    name = "twinctl",
    version,
    about = "Puts a personal AI twin online from one YAML file, and keeps it there",
    after_help = "Run `twinctl help COMMAND` for examples.",
    after_long_help = EXIT_CODES,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the first files of a twin, or take over those of a twin that is here
    #[command(after_help = INIT_EXAMPLES)]
    Init(Init),
    /// Show what a deploy would change
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Plan),
    /// Bring an environment to what its file says
    #[command(after_help = DEPLOY_EXAMPLES)]
    Deploy(Deploy),
    /// Deploy to this machine at every change of a file, and show requests
    #[command(after_help = DEV_EXAMPLES)]
    Dev(Dev),
    /// Bring your own files to a twin, and nothing else
    #[command(after_help = UPLOAD_DATA_EXAMPLES)]
    UploadData(UploadData),
    /// Your own files: what a twin has of them, keys, encryption
    #[command(subcommand, after_help = DATA_EXAMPLES)]
    Data(Data),
    /// Compare an environment with its file, and ask whether it answers
    #[command(after_help = STATUS_EXAMPLES)]
    Status(Status),
    /// Remove an environment, conversations and all
    #[command(after_help = DESTROY_EXAMPLES)]
    Destroy(Destroy),
    /// Print the address of an environment, and more with --all
    #[command(after_help = OUTPUTS_EXAMPLES)]
    Outputs(Outputs),
    /// Ask the twin a question, or talk with it
    #[command(after_help = CHAT_EXAMPLES)]
    Chat(Chat),
    /// Show what the twin logs
    #[command(after_help = LOGS_EXAMPLES)]
    Logs(Logs),
    /// Let GitHub deploy: roles and workflows, without stored keys
    #[command(subcommand)]
    Ci(Ci),
    /// What visitors said: list, show, save and delete conversations
    #[command(subcommand, after_help = MEMORY_EXAMPLES)]
    Memory(Memory),
    /// What the twin could not answer: list, answer, forget
    #[command(after_help = QUESTIONS_EXAMPLES)]
    Questions(Questions),
    /// The key of a model's server: set, rotate, look, remove
    #[command(subcommand, after_help = SECRET_EXAMPLES)]
    Secret(Secret),
    /// Take the lock away from a holder that is dead
    Unlock(Unlock),
    /// The table that holds the locks of an account and region
    #[command(subcommand)]
    LockTable(LockTable),
    /// Print completions for your shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions { shell: clap_complete::Shell },
    /// Serve a local twin: what `deploy` starts
    #[command(hide = true)]
    FrontDoor(FrontDoor),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Cli::command().debug_assert();
    }
}
