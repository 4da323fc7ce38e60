//! Files of `openssl enc -aes-256-cbc -salt -pbkdf2`, binary or in base64.

use std::{borrow::Cow, num::NonZeroU32};

use aes::Aes256;
use age::secrecy::ExposeSecret as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cbc::{
    Decryptor,
    cipher::{BlockDecryptMut as _, KeyIvInit as _, block_padding::Pkcs7},
};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::{
    format::{DecryptError, Encryption},
    key::Key,
};

const MAGIC: &[u8] = b"Salted__";
/// The magic in base64, as far as it does not depend on the salt.
const MAGIC_IN_BASE64: &[u8] = b"U2FsdGVkX1";
const BLOCK: usize = 16;
const SALT: usize = 8;
const KEY: usize = 32;
/// The default of `openssl enc`.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).expect("it is not zero");

pub(super) fn decrypt(bytes: &[u8], name: &str, key: &Key) -> Result<Vec<u8>, DecryptError> {
    let bytes = binary(bytes)?;
    let salted = bytes.strip_prefix(MAGIC).ok_or(DecryptError::NotOpenssl)?;
    let (salt, encrypted) = salted.split_at_checked(SALT).ok_or(DecryptError::Truncated)?;
    if encrypted.is_empty() || !encrypted.len().is_multiple_of(BLOCK) {
        return Err(DecryptError::Truncated);
    }
    // The file has no checksum, and one wrong key in 256 results in a valid padding.
    let plain = decrypt_blocks(encrypted, salt, key.passphrase.expose_secret());
    let wrong = DecryptError::WrongPassphraseOrDamaged(Encryption::Openssl);
    plain.filter(|plain| matches_name(plain, name)).ok_or(wrong)
}

fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, DecryptError> {
    if !bytes.starts_with(MAGIC_IN_BASE64) {
        return Ok(Cow::Borrowed(bytes));
    }
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !text.len().is_multiple_of(4) {
        return Err(DecryptError::Truncated);
    }
    BASE64_STANDARD.decode(text).map(Cow::Owned).map_err(|_| DecryptError::Damaged)
}

/// Derives key and initialization vector with PBKDF2 and SHA-256, and decrypts with AES in CBC mode. Returns `None` if
/// the padding is invalid, because the passphrase is wrong or the bytes are damaged.
fn decrypt_blocks(bytes: &[u8], salt: &[u8], passphrase: &str) -> Option<Vec<u8>> {
    let mut derived = Zeroizing::new([0; KEY + BLOCK]);
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, ITERATIONS, salt, passphrase.as_bytes(), derived.as_mut_slice());
    let (key, iv) = derived.split_at(KEY);
    let decryptor = Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
    decryptor.decrypt_padded_vec_mut::<Pkcs7>(bytes).ok()
}

/// Returns whether the bytes can be the content of a file with this name.
fn matches_name(bytes: &[u8], name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "pdf" => bytes.windows(5).take(1024).any(|window| window == b"%PDF-"),
        "json" | "txt" | "md" | "yml" | "yaml" | "csv" => is_text(bytes),
        _ => true,
    }
}

/// Returns whether the bytes are UTF-8, or UTF-16 with a byte order mark. The check of the data files reports UTF-16.
fn is_text(bytes: &[u8]) -> bool {
    let has_mark = [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| bytes.starts_with(mark));
    has_mark || std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
}
