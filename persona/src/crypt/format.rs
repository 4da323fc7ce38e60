//! The formats of encrypted files, and the errors of decrypting them.

/// The format of an encrypted file, by the extension of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Age,
    Openssl,
}

/// An error when decrypting a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    #[error("the file is encrypted with a different key")]
    WrongKey,
    #[error("the file is encrypted with a different passphrase, or damaged")]
    WrongPassphraseOrDamaged(Encryption),
    #[error("the file is encrypted with a passphrase, but an age key was given")]
    NeedsPassphrase,
    #[error("the file is encrypted with an age key, but a passphrase was given")]
    NeedsIdentity,
    #[error("the end of the file is missing")]
    Truncated,
    /// Without the key, a missing end and changed bytes cannot always be distinguished.
    #[error("the file is damaged, or its end is missing")]
    Damaged,
    #[error("this is not an age file, although its name ends in `.age`")]
    NotAge,
    #[error("this is not a file of `openssl enc`, although its name ends in `.encrypted`")]
    NotOpenssl,
    #[error("checking the passphrase of this file would take too long")]
    TooMuchWork,
}

impl DecryptError {
    pub fn hint(self) -> &'static str {
        match self {
            Self::WrongKey => "pass the key that it was encrypted for, as DATA_KEY or with `--key-file`",
            Self::WrongPassphraseOrDamaged(Encryption::Age) => {
                "set DATA_KEY to the passphrase that it was encrypted with, or copy the file again"
            }
            Self::WrongPassphraseOrDamaged(Encryption::Openssl) => {
                "set DATA_KEY to the passphrase that it was encrypted with; the file must have been created with \
                 `openssl enc -aes-256-cbc -salt -pbkdf2`"
            }
            Self::NeedsPassphrase => "set DATA_KEY to the passphrase, or encrypt the file for your key",
            Self::NeedsIdentity => {
                "set DATA_KEY to the line that starts with AGE-SECRET-KEY-1, or to the path of a file that contains it"
            }
            Self::Truncated | Self::Damaged => "copy the file again, or encrypt it again",
            Self::NotAge => "encrypt it with `twinctl data encrypt`, or remove `.age` from its name",
            Self::NotOpenssl => {
                "encrypt it with `twinctl data encrypt`, or remove `.encrypted` from its name"
            }
            Self::TooMuchWork => "encrypt it again with `twinctl data encrypt`",
        }
    }
}

/// The extensions of encrypted files.
pub const ENCRYPTED_EXTENSIONS: [&str; 2] = [".age", ".encrypted"];

/// Returns the name of the decrypted file and its encryption, or `None` if the file is not encrypted.
pub fn decrypted_name(name: &str) -> Option<(&str, Encryption)> {
    let inner =
        |extension| name.strip_suffix(extension).filter(|inner| !inner.is_empty() && !inner.ends_with('/'));
    let [age, openssl] = ENCRYPTED_EXTENSIONS;
    let age = inner(age).map(|inner| (inner, Encryption::Age));
    age.or_else(|| inner(openssl).map(|inner| (inner, Encryption::Openssl)))
}
