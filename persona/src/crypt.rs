//! Encrypted files: of age, and of `openssl enc` from older twins.

mod age_file;
mod format;
mod key;
mod key_text;
mod openssl;
mod recipients;

use std::io::{BufRead, Read};

pub use age::secrecy::{ExposeSecret, SecretString};
pub use age_file::AGE_MAGIC;
pub use format::{DecryptError, ENCRYPTED_EXTENSIONS, Encryption, decrypted_name};
pub use key::{Key, KeyError, KeyPair, contains_secret_key};
pub use recipients::{RecipientError, Recipients};

/// Returns a reader of a binary age file, for content that need not fit into memory.
pub fn decrypt_from<R: BufRead>(input: R, key: &Key) -> Result<impl Read + use<R>, DecryptError> {
    age_file::reader(input, key)
}

impl Encryption {
    /// Decrypts a file. `name` is its decrypted name: where the cipher cannot detect a wrong key, the content must match
    /// the name's extension.
    pub fn decrypt(self, bytes: &[u8], name: &str, key: &Key) -> Result<Vec<u8>, DecryptError> {
        match self {
            Self::Age => age_file::decrypt(bytes, key),
            Self::Openssl => openssl::decrypt(bytes, name, key),
        }
    }
}
