//! The key to encrypted files: identities of age, or a passphrase.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use age::{
    secrecy::{ExposeSecret as _, SecretString},
    x25519,
};
use zeroize::Zeroizing;

const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// A key is of a line or a few; what is larger is another file.
const LARGEST: u64 = 64 << 10;

pub struct Key {
    pub(super) identities: Vec<x25519::Identity>,
    /// The text itself: what `openssl` was given, whatever it looks like.
    pub(super) passphrase: SecretString,
}

/// Why a text or a file is no key. What is in it is not told.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    #[error("{} could not be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{} is no key: it is too large", .0.display())]
    TooLarge(PathBuf),
    #[error("the key is empty")]
    Empty,
    #[error("the key looks like one of age, and is none")]
    NoIdentity,
}

impl BadKey {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(..) | Self::TooLarge(_) => {
                "name a file that `twinctl data keygen -o FILE` wrote"
            }
            Self::Empty => "set DATA_KEY, or name a file with `--key-file`",
            Self::NoIdentity => {
                "copy the whole line that begins with AGE-SECRET-KEY-1; `twinctl data keygen` makes a new one"
            }
        }
    }
}

impl Key {
    /// As `DATA_KEY` holds it: an identity, the path of a file with identities, or a passphrase.
    pub fn from_text(text: SecretString) -> Result<Self, BadKey> {
        let said = text.expose_secret();
        if said.trim().is_empty() {
            return Err(BadKey::Empty);
        }
        let identities = identities(said)?;
        let path = Path::new(said.trim());
        if identities.is_empty() && path.is_file() {
            return Self::from_file(path);
        }
        Ok(Self { identities, passphrase: text })
    }

    /// A file with identities as `age-keygen` writes them, or with a passphrase in its first line.
    pub fn from_file(path: &Path) -> Result<Self, BadKey> {
        let unreadable = |error| BadKey::Unreadable(path.to_owned(), error);
        if fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
            return Err(BadKey::TooLarge(path.to_owned()));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
        let line = text.lines().next().unwrap_or_default();
        if text.trim().is_empty() {
            return Err(BadKey::Empty);
        }
        Ok(Self { identities: identities(&text)?, passphrase: line.to_owned().into() })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("identities", &self.identities.len()).finish_non_exhaustive()
    }
}

/// None where the text is not of age at all.
fn identities(text: &str) -> Result<Vec<x25519::Identity>, BadKey> {
    if !text.lines().any(|line| line.trim_start().starts_with(IDENTITY)) {
        return Ok(Vec::new());
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.parse().map_err(|_| BadKey::NoIdentity)).collect()
}

/// Whether bytes hold a secret key of age, which is for nobody else.
pub(crate) fn holds_identity(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, IDENTITY.as_bytes()).is_some()
}

/// A new identity, with the public key that belongs to it.
pub struct KeyPair {
    secret: x25519::Identity,
}

impl KeyPair {
    pub fn generate() -> Self {
        Self { secret: x25519::Identity::generate() }
    }

    /// `age1…`: for encrypting, and for everybody.
    pub fn public(&self) -> String {
        self.secret.to_public().to_string()
    }

    /// As `age-keygen` writes it, less the time.
    pub fn file(&self) -> Zeroizing<String> {
        let secret = self.secret.to_string();
        Zeroizing::new(format!("# public key: {}\n{}\n", self.public(), secret.expose_secret()))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyPair").field("public", &self.public()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_files_and_passphrases_are_told_apart() {
        let pair = KeyPair::generate();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), pair.file().as_bytes()).unwrap();
        let identities = |text: &str| Key::from_text(text.to_owned().into()).unwrap().identities.len();
        assert_eq!(identities(&pair.file()), 1);
        assert_eq!(identities(pair.secret.to_string().expose_secret()), 1);
        assert_eq!(identities(file.path().to_str().unwrap()), 1);
        assert_eq!(identities("/correct/horse+battery="), 0);
    }

    #[test]
    fn what_is_no_key_says_so_without_telling_it() {
        let broken = "AGE-SECRET-KEY-1BROKEN";
        let error = Key::from_text(broken.to_owned().into()).unwrap_err();
        assert!(matches!(error, BadKey::NoIdentity) && !format!("{error} {error:?}").contains("BROKEN"));
        assert!(matches!(Key::from_text(" \n".to_owned().into()), Err(BadKey::Empty)));
        assert!(matches!(Key::from_file(Path::new("/nowhere/key")), Err(BadKey::Unreadable(..))));
    }
}
