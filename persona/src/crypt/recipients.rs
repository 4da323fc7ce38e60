//! The recipients of an encrypted file.

use std::io::{self, Write as _};

use age::{
    Encryptor, Recipient,
    armor::{ArmoredWriter, Format},
    scrypt,
    secrecy::{ExposeSecret as _, SecretString},
    stream::StreamWriter,
    x25519,
};

use super::key::Key;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a public age key")]
pub struct RecipientError(String);

/// The keys or the passphrase that can decrypt a file.
pub enum Recipients {
    Keys(Vec<x25519::Recipient>),
    Passphrase(SecretString),
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keys(keys) => formatter.debug_tuple("Keys").field(keys).finish(),
            Self::Passphrase(_) => formatter.debug_tuple("Passphrase").finish_non_exhaustive(),
        }
    }
}

impl Recipients {
    /// Parses public keys (`age1…`).
    pub fn from_public_keys<'k>(texts: impl IntoIterator<Item = &'k str>) -> Result<Self, RecipientError> {
        let key = |text: &str| text.trim().parse().map_err(|_| RecipientError(text.to_owned()));
        texts.into_iter().map(key).collect::<Result<_, _>>().map(Self::Keys)
    }

    /// Returns the recipients that can decrypt with `key`.
    pub fn from_key(key: &Key) -> Self {
        match key.identities.as_slice() {
            [] => Self::Passphrase(key.passphrase.clone()),
            identities => Self::Keys(identities.iter().map(x25519::Identity::to_public).collect()),
        }
    }

    /// Returns whether `key` can decrypt files for these recipients.
    pub fn can_decrypt_with(&self, key: &Key) -> bool {
        match self {
            Self::Keys(keys) => key.identities.iter().any(|identity| keys.contains(&identity.to_public())),
            Self::Passphrase(passphrase) => {
                key.identities.is_empty() && passphrase.expose_secret() == key.passphrase.expose_secret()
            }
        }
    }

    /// Encrypts to a binary age file.
    pub fn encrypt(&self, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.write(plain, Format::Binary)
    }

    /// Encrypts to an armored age file.
    pub fn encrypt_armored(&self, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.write(plain, Format::AsciiArmor)
    }

    /// Returns a writer that encrypts to a binary age file, for content that need not fit into memory. The file is complete
    /// after `finish`.
    pub fn encrypt_to<W: io::Write>(&self, output: W) -> io::Result<StreamWriter<W>> {
        self.encryptor()?.wrap_output(output)
    }

    fn encryptor(&self) -> io::Result<Encryptor> {
        let encryptor = match self {
            Self::Keys(keys) => Encryptor::with_recipients(keys.iter().map(|key| key as &dyn Recipient)),
            Self::Passphrase(passphrase) => {
                let passphrase = scrypt::Recipient::new(passphrase.clone());
                Encryptor::with_recipients(std::iter::once(&passphrase as &dyn Recipient))
            }
        };
        encryptor.map_err(io::Error::other)
    }

    fn write(&self, plain: &[u8], format: Format) -> io::Result<Vec<u8>> {
        let mut encrypted = ArmoredWriter::wrap_output(Vec::with_capacity(plain.len() + 512), format)?;
        let mut writer = self.encryptor()?.wrap_output(&mut encrypted)?;
        writer.write_all(plain)?;
        writer.finish()?;
        encrypted.finish()
    }
}
