//! The words of `data`.

use clap::Subcommand;

use super::{
    crypt::{Decrypt, Encrypt, Keygen},
    examples::{DECRYPT_EXAMPLES, ENCRYPT_EXAMPLES, KEYGEN_EXAMPLES},
};

#[derive(Debug, Subcommand)]
pub enum Data {
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
