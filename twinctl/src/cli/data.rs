//! The words of `data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    crypt::{Decrypt, Encrypt, Keygen},
    examples::{DECRYPT_EXAMPLES, ENCRYPT_EXAMPLES, KEYGEN_EXAMPLES},
};

#[derive(Debug, Subcommand)]
pub enum Data {
    /// List the files that a twin speaks from
    Ls(DataOf),
    /// Download the files that a twin speaks from
    Pull(Pull),
    /// List the sets of files that there were, newest first
    History(DataOf),
    /// Make a key for encrypted files
    #[command(after_help = KEYGEN_EXAMPLES)]
    Keygen(Keygen),
    /// Encrypt files, so that they can lie in a repository
    #[command(after_help = ENCRYPT_EXAMPLES)]
    Encrypt(Encrypt),
    /// Decrypt files
    #[command(after_help = DECRYPT_EXAMPLES)]
    Decrypt(Decrypt),
}

#[derive(Debug, Args)]
pub struct DataOf {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
}

#[derive(Debug, Args)]
pub struct Pull {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Where to; the folder that `data:` names, without it
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Write over files that are different here
    #[arg(long)]
    pub force: bool,
}
