//! The words of `data keygen`, `data encrypt` and `data decrypt`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::examples::{DECRYPT_EXAMPLES, ENCRYPT_EXAMPLES, KEYGEN_EXAMPLES};

#[derive(Debug, Subcommand)]
pub enum Crypt {
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
pub struct Keygen {
    /// Write it there, for you alone to read, and print the public key; standard output, without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Encrypt {
    /// The files; each gets one beside it that ends with `.age`
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// For whom: a public key, `age1…`; the owner of your key or passphrase, without it
    #[arg(long, value_name = "PUBLIC_KEY")]
    pub to: Vec<String>,
    #[command(flatten)]
    pub key: KeyFile,
    /// As text, which can be pasted and compared
    #[arg(long)]
    pub armor: bool,
    /// Take the plain file away, once the new one was read back and decrypted
    #[arg(long)]
    pub remove: bool,
    #[command(flatten)]
    pub writing: Writing,
}

#[derive(Debug, Args)]
pub struct Decrypt {
    /// The files: `*.age`, or `*.encrypted` of `openssl enc -aes-256-cbc -salt -pbkdf2`
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write it there, `-` is standard output; beside the encrypted one, without it
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub key: KeyFile,
    #[command(flatten)]
    pub writing: Writing,
}

/// Which key opens encrypted files.
#[derive(Debug, Clone, Default, Args)]
pub struct KeyFile {
    /// A file with your key, or with a passphrase in its first line; `DATA_KEY`, without it
    #[arg(long = "key-file", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct Writing {
    /// Write over files that are there
    #[arg(long)]
    pub force: bool,
    /// Show what would be written and stop
    #[arg(long)]
    pub dry_run: bool,
}
