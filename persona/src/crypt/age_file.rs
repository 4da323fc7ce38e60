//! Files of age, binary or armored.

use std::io::{self, Read as _};

use age::{DecryptError, Decryptor, Identity, armor::ArmoredReader, scrypt};

use super::{Key, Seal, Undecryptable};

/// What the age program itself takes: about a quarter of a minute on a laptop.
const MOST_WORK: u8 = 22;

const MAGIC: &[u8] = b"age-encryption.org/";
const BEGIN: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----";

pub(super) fn open(bytes: &[u8], key: &Key) -> Result<Vec<u8>, Undecryptable> {
    if !bytes.starts_with(MAGIC) && !bytes.starts_with(BEGIN) {
        return Err(Undecryptable::NotAge);
    }
    if bytes.starts_with(BEGIN) && !bytes.trim_ascii_end().ends_with(END) {
        return Err(Undecryptable::CutOff);
    }
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(of_header)?;
    let mut reader = if decryptor.is_scrypt() {
        if !key.identities.is_empty() {
            return Err(Undecryptable::NeedsPassphrase);
        }
        let mut passphrase = scrypt::Identity::new(key.passphrase.clone());
        passphrase.set_max_work_factor(MOST_WORK);
        decryptor.decrypt(std::iter::once(&passphrase as &dyn Identity)).map_err(of_header)?
    } else {
        if key.identities.is_empty() {
            return Err(Undecryptable::NeedsIdentity);
        }
        decryptor.decrypt(key.identities.iter().map(|key| key as &dyn Identity)).map_err(of_header)?
    };
    let mut plain = Vec::with_capacity(bytes.len());
    reader.read_to_end(&mut plain).map_err(|error| of_reading(&error))?;
    Ok(plain)
}

fn of_header(error: DecryptError) -> Undecryptable {
    match error {
        DecryptError::NoMatchingKeys => Undecryptable::OtherKey,
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            Undecryptable::OtherPassphraseOrDamaged(Seal::Age)
        }
        DecryptError::ExcessiveWork { .. } => Undecryptable::TooMuchWork,
        DecryptError::Io(error) => of_reading(&error),
        // InvalidHeader, InvalidMac, and what a newer version may add.
        _ => Undecryptable::Damaged,
    }
}

fn of_reading(error: &io::Error) -> Undecryptable {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Undecryptable::CutOff,
        _ => Undecryptable::Damaged,
    }
}
