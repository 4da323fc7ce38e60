//! Files of age, binary or armored.

use std::io::{self, Read as _};

use age::{DecryptError, Decryptor, Identity, armor::ArmoredReader, scrypt, stream::StreamReader};

use super::{
    format::{DecryptError as Error, Encryption},
    key::Key,
};

/// The highest scrypt work factor, the same as of the age program: about 15 seconds on a laptop.
const MAX_WORK_FACTOR: u8 = 22;

/// The first bytes of a binary age file.
pub const AGE_MAGIC: &[u8] = b"age-encryption.org/";
const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";

pub(super) fn decrypt(bytes: &[u8], key: &Key) -> Result<Vec<u8>, Error> {
    if !bytes.starts_with(AGE_MAGIC) && !bytes.starts_with(BEGIN) {
        return Err(Error::NotAge);
    }
    if bytes.starts_with(BEGIN) && !bytes.trim_ascii_end().ends_with(END) {
        return Err(Error::Truncated);
    }
    let mut reader = reader(ArmoredReader::new(bytes), key)?;
    let mut plain = Vec::with_capacity(bytes.len());
    reader.read_to_end(&mut plain).map_err(|error| read_error(&error))?;
    Ok(plain)
}

/// Returns a reader of the decrypted content.
pub(super) fn reader<R: io::BufRead>(input: R, key: &Key) -> Result<StreamReader<R>, Error> {
    let decryptor = Decryptor::new_buffered(input).map_err(header_error)?;
    if decryptor.is_scrypt() {
        if !key.identities.is_empty() {
            return Err(Error::NeedsPassphrase);
        }
        let mut passphrase = scrypt::Identity::new(key.passphrase.clone());
        passphrase.set_max_work_factor(MAX_WORK_FACTOR);
        decryptor.decrypt(std::iter::once(&passphrase as &dyn Identity)).map_err(header_error)
    } else {
        if key.identities.is_empty() {
            return Err(Error::NeedsIdentity);
        }
        decryptor.decrypt(key.identities.iter().map(|key| key as &dyn Identity)).map_err(header_error)
    }
}

fn header_error(error: DecryptError) -> Error {
    match error {
        DecryptError::NoMatchingKeys => Error::WrongKey,
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            Error::WrongPassphraseOrDamaged(Encryption::Age)
        }
        DecryptError::ExcessiveWork { .. } => Error::TooMuchWork,
        DecryptError::Io(error) => read_error(&error),
        // InvalidHeader, InvalidMac, and variants of newer versions.
        _ => Error::Damaged,
    }
}

fn read_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::Truncated,
        _ => Error::Damaged,
    }
}
