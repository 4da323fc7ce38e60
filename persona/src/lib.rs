//! The data files of a twin's owner: collects, decrypts, checks and redacts them. Knows neither AWS nor a terminal.

mod check;
mod crypt;
mod files;
mod finding;
mod fingerprint;
mod names;
mod notes;
mod pattern;
mod pdf;
mod prepare;
pub mod price;
mod privacy;
mod source;

pub use check::size::too_large;
pub use crypt::{
    AGE_MAGIC, DecryptError, ENCRYPTED_EXTENSIONS, Encryption, ExposeSecret, Key, KeyError, KeyPair,
    RecipientError, Recipients, SecretString, contains_secret_key, decrypt_from, decrypted_name,
};
pub use files::Files;
pub use finding::{Finding, Severity};
pub use fingerprint::{FileHashes, fingerprint};
pub use names::{FOLDERS, is_read, is_read_pdf, without_folder};
pub use prepare::{Prepared, prepare};
pub use privacy::{Allow, PrivateKind, Redaction};
pub use source::{
    CollectError, CollectOptions, Collected, GitAddress, GitError, HashedFiles, Prompt, Source, SourceError,
    SourceOptions, collect, contains_program, default_folder, has_files, hash_files, reads_from,
};
