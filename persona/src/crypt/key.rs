//! The key for encrypted files: age identities or a passphrase.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use age::{
    secrecy::{ExposeSecret as _, SecretString},
    x25519,
};
use zeroize::Zeroizing;

use super::key_text;

const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// The maximum size of a key file.
const MAX_SIZE: u64 = 64 << 10;

/// The key for encrypted files.
pub struct Key {
    pub(super) identities: Vec<x25519::Identity>,
    /// The text of the key as given. It is the passphrase for `openssl` files, even if it looks like an age identity.
    pub(super) passphrase: SecretString,
}

/// An error in a key. The messages do not show the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("could not read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{} is too large for a key file", .0.display())]
    TooLarge(PathBuf),
    #[error("{} is a folder, not a key file", .0.display())]
    Folder(PathBuf),
    #[error("the key is empty")]
    Empty,
    #[error("the key starts like an age key, but is not valid")]
    InvalidIdentity,
    #[error("this is a public key, which cannot decrypt files")]
    PublicKey,
    #[error("this kind of key is not supported, or the key itself is encrypted")]
    Unsupported,
    #[error("the key is a path, but there is no file")]
    Missing,
    #[error("the key is a path that starts with `~`, which only a shell expands")]
    Tilde,
}

impl KeyError {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(..) | Self::TooLarge(_) | Self::Folder(_) => {
                "specify a file that `twinctl data keygen -o FILE` created"
            }
            Self::Empty => "set DATA_KEY, or specify a file with `--key-file`",
            Self::InvalidIdentity => {
                "copy the whole line that starts with AGE-SECRET-KEY-1; `twinctl data keygen` creates a new key"
            }
            Self::PublicKey => {
                "pass the line that starts with AGE-SECRET-KEY-1, or its file; to encrypt for another person, pass \
                 their public key with `--to`"
            }
            Self::Unsupported => "create one with `twinctl data keygen -o FILE`, and specify that file",
            Self::Missing => {
                "check the path in DATA_KEY; if it is a passphrase, write it into the first line of a file, and specify \
                 the file with `--key-file`"
            }
            Self::Tilde => "write the full path: `$HOME/…` in a shell, `/home/…` in a file",
        }
    }
}

impl Key {
    /// Reads a key in the form of `DATA_KEY`: an identity, the path of a file with identities, or a passphrase.
    pub fn from_text(text: SecretString) -> Result<Self, KeyError> {
        let content = text.expose_secret();
        let identities = identities(content)?;
        if identities.is_empty() {
            let path = Path::new(content.trim());
            if path.exists() {
                return Self::from_file(path);
            }
            refuse_path(content.trim())?;
        }
        Ok(Self { identities, passphrase: text })
    }

    /// Reads a file with identities, as `age-keygen` writes them, or with a passphrase in its first line.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |error| KeyError::Unreadable(path.to_owned(), error);
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Err(KeyError::Folder(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::new());
        let file = File::open(path).map_err(unreadable)?;
        let size = file.take(MAX_SIZE + 1).read_to_string(&mut text).map_err(unreadable)?;
        if size as u64 > MAX_SIZE {
            return Err(KeyError::TooLarge(path.to_owned()));
        }
        let line = text.lines().next().unwrap_or_default();
        let identities = identities(&text)?;
        if identities.is_empty() && line.trim().is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self { identities, passphrase: line.to_owned().into() })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("identities", &self.identities.len()).finish_non_exhaustive()
    }
}

/// Returns the identities in the text, or none if it looks like a passphrase.
fn identities(text: &str) -> Result<Vec<x25519::Identity>, KeyError> {
    if text.trim().is_empty() {
        return Err(KeyError::Empty);
    }
    if text.lines().any(|line| line.trim_start().starts_with(IDENTITY)) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        return lines.map(|line| line.parse().map_err(|_| KeyError::InvalidIdentity)).collect();
    }
    if key_text::contains_public_key(text) {
        return Err(KeyError::PublicKey);
    }
    if key_text::is_other_key(text) {
        return Err(KeyError::Unsupported);
    }
    Ok(Vec::new())
}

/// Refuses a path as a passphrase: it was meant as a file, and is easy to guess.
fn refuse_path(text: &str) -> Result<(), KeyError> {
    match text {
        _ if key_text::has_tilde(text) => Err(KeyError::Tilde),
        _ if key_text::is_path(text) => Err(KeyError::Missing),
        _ => Ok(()),
    }
}

/// Returns whether the bytes contain a secret age key.
pub fn contains_secret_key(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, IDENTITY.as_bytes()).is_some()
}

/// A new secret key with its public key.
pub struct KeyPair {
    secret: x25519::Identity,
}

impl KeyPair {
    pub fn generate() -> Self {
        Self { secret: x25519::Identity::generate() }
    }

    /// Returns the public key (`age1…`), which only encrypts.
    pub fn public(&self) -> String {
        self.secret.to_public().to_string()
    }

    /// Returns the content of a key file, as `age-keygen` writes it but without the time.
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
    fn identities_files_and_passphrases_are_distinguished() {
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
    fn errors_do_not_show_the_key() {
        let pair = KeyPair::generate();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let write = |name: &str, text: &str| {
            fs::write(path(name), text).unwrap();
            path(name)
        };
        let error = |text: &str| Key::from_text(text.to_owned().into()).unwrap_err();
        for (text, expected) in [
            (" \n".to_owned(), KeyError::Empty),
            ("AGE-SECRET-KEY-1BROKEN".to_owned(), KeyError::InvalidIdentity),
            (pair.public(), KeyError::PublicKey),
            (write("public", &format!("# for Ada\n{}\n", pair.public())), KeyError::PublicKey),
            (write("comment", &format!("# public key: {}\n", pair.public())), KeyError::PublicKey),
            (write("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n"), KeyError::Unsupported),
            (write("nothing", "\n"), KeyError::Empty),
            (write("late", "\nmy passphrase\n"), KeyError::Empty),
            (path("missing"), KeyError::Missing),
            ("./missing".to_owned(), KeyError::Missing),
            ("missing.key".to_owned(), KeyError::Missing),
            ("~/data.key".to_owned(), KeyError::Tilde),
        ] {
            let error = error(&text);
            assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&expected), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains(text.trim()) || text.trim().is_empty(), "{error}");
        }
        assert!(matches!(error(folder.path().to_str().unwrap()), KeyError::Folder(_)));
        assert!(matches!(error(&write("large", &"x".repeat(70_000))), KeyError::TooLarge(_)));
        assert!(matches!(Key::from_file(Path::new("/nowhere/key")), Err(KeyError::Unreadable(..))));
    }
}
