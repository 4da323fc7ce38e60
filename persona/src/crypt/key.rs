//! The key to encrypted files: identities of age, or a passphrase.

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

use super::shape;

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
    #[error("{} is a folder, not the file of a key", .0.display())]
    Folder(PathBuf),
    #[error("the key is empty")]
    Empty,
    #[error("the key looks like one of age, and is none")]
    NoIdentity,
    #[error("this is a public key: it encrypts, and opens nothing")]
    Public,
    #[error("this is a key of another kind, or one that is encrypted itself")]
    OtherKind,
    #[error("the key is the path of a file, and no such file can be found")]
    Missing,
    #[error("the key is a path that begins with `~`, which only a shell understands")]
    Tilde,
}

impl BadKey {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(..) | Self::TooLarge(_) | Self::Folder(_) => {
                "name a file that `twinctl data keygen -o FILE` wrote"
            }
            Self::Empty => "set DATA_KEY, or name a file with `--key-file`",
            Self::NoIdentity => {
                "copy the whole line that begins with AGE-SECRET-KEY-1; `twinctl data keygen` makes a new one"
            }
            Self::Public => {
                "give the line that begins with AGE-SECRET-KEY-1, or its file; to encrypt for somebody else, name \
                 their public key with `--to`"
            }
            Self::OtherKind => "make one with `twinctl data keygen -o FILE`, and name that file",
            Self::Missing => {
                "look at the path in DATA_KEY; a passphrase that looks like a path can be the first line of a file, \
                 named with `--key-file`"
            }
            Self::Tilde => "write the whole path: `$HOME/…` in a shell, `/home/…` in a file",
        }
    }
}

impl Key {
    /// As `DATA_KEY` holds it: an identity, the path of a file with identities, or a passphrase.
    pub fn from_text(text: SecretString) -> Result<Self, BadKey> {
        let said = text.expose_secret();
        let identities = identities(said)?;
        if identities.is_empty() {
            let path = Path::new(said.trim());
            if path.exists() {
                return Self::from_file(path);
            }
            no_path(said.trim())?;
        }
        Ok(Self { identities, passphrase: text })
    }

    /// A file with identities as `age-keygen` writes them, or with a passphrase in its first line.
    pub fn from_file(path: &Path) -> Result<Self, BadKey> {
        let unreadable = |error| BadKey::Unreadable(path.to_owned(), error);
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Err(BadKey::Folder(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::new());
        let file = File::open(path).map_err(unreadable)?;
        let size = file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if size as u64 > LARGEST {
            return Err(BadKey::TooLarge(path.to_owned()));
        }
        let line = text.lines().next().unwrap_or_default();
        let identities = identities(&text)?;
        if identities.is_empty() && line.trim().is_empty() {
            return Err(BadKey::Empty);
        }
        Ok(Self { identities, passphrase: line.to_owned().into() })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("identities", &self.identities.len()).finish_non_exhaustive()
    }
}

/// None where the text is a passphrase, as far as its looks go.
fn identities(text: &str) -> Result<Vec<x25519::Identity>, BadKey> {
    if text.trim().is_empty() {
        return Err(BadKey::Empty);
    }
    if text.lines().any(|line| line.trim_start().starts_with(IDENTITY)) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        return lines.map(|line| line.parse().map_err(|_| BadKey::NoIdentity)).collect();
    }
    if shape::has_public(text) {
        return Err(BadKey::Public);
    }
    if shape::is_other_key(text) {
        return Err(BadKey::OtherKind);
    }
    Ok(Vec::new())
}

/// Who meant a file would not want its path to be a passphrase, which anybody can guess.
fn no_path(text: &str) -> Result<(), BadKey> {
    match text {
        _ if shape::has_tilde(text) => Err(BadKey::Tilde),
        _ if shape::is_path(text) => Err(BadKey::Missing),
        _ => Ok(()),
    }
}

/// Whether bytes hold a secret key of age, which is for nobody else.
pub fn holds_identity(bytes: &[u8]) -> bool {
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
        let pair = KeyPair::generate();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let write = |name: &str, text: &str| {
            fs::write(path(name), text).unwrap();
            path(name)
        };
        let said = |text: &str| Key::from_text(text.to_owned().into()).unwrap_err();
        for (text, expected) in [
            (" \n".to_owned(), BadKey::Empty),
            ("AGE-SECRET-KEY-1BROKEN".to_owned(), BadKey::NoIdentity),
            (pair.public(), BadKey::Public),
            (write("public", &format!("# for Ada\n{}\n", pair.public())), BadKey::Public),
            (write("comment", &format!("# public key: {}\n", pair.public())), BadKey::Public),
            (write("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n"), BadKey::OtherKind),
            (write("nothing", "\n"), BadKey::Empty),
            (write("late", "\nmy passphrase\n"), BadKey::Empty),
            (path("missing"), BadKey::Missing),
            ("./missing".to_owned(), BadKey::Missing),
            ("missing.key".to_owned(), BadKey::Missing),
            ("~/data.key".to_owned(), BadKey::Tilde),
        ] {
            let error = said(&text);
            assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&expected), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains(text.trim()) || text.trim().is_empty(), "{error}");
        }
        assert!(matches!(said(folder.path().to_str().unwrap()), BadKey::Folder(_)));
        assert!(matches!(said(&write("large", &"x".repeat(70_000))), BadKey::TooLarge(_)));
        assert!(matches!(Key::from_file(Path::new("/nowhere/key")), Err(BadKey::Unreadable(..))));
    }
}
