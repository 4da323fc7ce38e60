//! How an encrypted file is recognised and opened.

use super::{Key, age_file, openssl};

/// What made an encrypted file, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    Age,
    Openssl,
}

/// Why an encrypted file could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecryptable {
    #[error("is encrypted for another key than the one given")]
    OtherKey,
    #[error("is encrypted with another passphrase than the one given, or damaged")]
    OtherPassphraseOrDamaged(Seal),
    #[error("is encrypted with a passphrase, and a key of age was given")]
    NeedsPassphrase,
    #[error("is encrypted for a key of age, and a passphrase was given")]
    NeedsIdentity,
    #[error("is cut off: its end is missing")]
    CutOff,
    /// Where every byte is there that can be told without the key, a missing end looks like a changed one.
    #[error("is damaged, or its end is missing")]
    Damaged,
    #[error("is no file of age, as its name says")]
    NotAge,
    #[error("is not from `openssl enc`, as its name says")]
    NotOpenssl,
    #[error("asks for more work than a passphrase is worth")]
    TooMuchWork,
}

impl Undecryptable {
    pub fn hint(self) -> &'static str {
        match self {
            Self::OtherKey => "give the key that it was encrypted for, as DATA_KEY or with `--key-file`",
            Self::OtherPassphraseOrDamaged(Seal::Age) => {
                "give the passphrase that it was encrypted with, as DATA_KEY, or copy the file again"
            }
            Self::OtherPassphraseOrDamaged(Seal::Openssl) => {
                "give the passphrase that it was encrypted with, as DATA_KEY; openssl has to have been run as \
                 `openssl enc -aes-256-cbc -salt -pbkdf2`"
            }
            Self::NeedsPassphrase => "set DATA_KEY to the passphrase, or encrypt the file for your key",
            Self::NeedsIdentity => {
                "set DATA_KEY to the line that begins with AGE-SECRET-KEY-1, or to the path of a file that holds it"
            }
            Self::CutOff | Self::Damaged => "copy it again from where it is whole, or encrypt it again",
            Self::NotAge => "encrypt it with `twinctl data encrypt`, or take `.age` off its name",
            Self::NotOpenssl => "encrypt it with `twinctl data encrypt`, or take `.encrypted` off its name",
            Self::TooMuchWork => "encrypt it again with `twinctl data encrypt`",
        }
    }
}

/// How the names of encrypted files end.
pub const SEALS: [&str; 2] = [".age", ".encrypted"];

/// The name of what is inside, and how to open it; `None` where a file is as it is.
pub fn inner_name(name: &str) -> Option<(&str, Seal)> {
    let inner = |end| name.strip_suffix(end).filter(|inner| !inner.is_empty() && !inner.ends_with('/'));
    let [age, openssl] = SEALS;
    let age = inner(age).map(|inner| (inner, Seal::Age));
    age.or_else(|| inner(openssl).map(|inner| (inner, Seal::Openssl)))
}

impl Seal {
    /// `inner` tells what the bytes have to look like where the cipher itself cannot tell.
    pub fn open(self, bytes: &[u8], inner: &str, key: &Key) -> Result<Vec<u8>, Undecryptable> {
        match self {
            Self::Age => age_file::open(bytes, key),
            Self::Openssl => openssl::open(bytes, inner, key),
        }
    }
}
