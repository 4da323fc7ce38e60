//! Files that `openssl enc -aes-256-cbc -salt -pbkdf2` made, binary or in base64.

use std::borrow::Cow;

use age::secrecy::ExposeSecret as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    Key, Seal, Undecryptable,
    cipher::{self, BLOCK, SALT},
};

const MAGIC: &[u8] = b"Salted__";
/// The magic in base64, as far as it does not depend on the salt.
const MAGIC_IN_BASE64: &[u8] = b"U2FsdGVkX1";

pub(super) fn open(bytes: &[u8], inner: &str, key: &Key) -> Result<Vec<u8>, Undecryptable> {
    let bytes = binary(bytes)?;
    let salted = bytes.strip_prefix(MAGIC).ok_or(Undecryptable::NotOpenssl)?;
    let (salt, sealed) = salted.split_at_checked(SALT).ok_or(Undecryptable::CutOff)?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(BLOCK) {
        return Err(Undecryptable::CutOff);
    }
    // Nothing in the file proves that the key was right: one wrong key in 256 gives a padding that fits.
    let plain = cipher::decrypt(sealed, salt, key.passphrase.expose_secret());
    plain.filter(|plain| fits(plain, inner)).ok_or(Undecryptable::OtherPassphraseOrDamaged(Seal::Openssl))
}

fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Undecryptable> {
    if !bytes.starts_with(MAGIC_IN_BASE64) {
        return Ok(Cow::Borrowed(bytes));
    }
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !text.len().is_multiple_of(4) {
        return Err(Undecryptable::CutOff);
    }
    BASE64_STANDARD.decode(text).map(Cow::Owned).map_err(|_| Undecryptable::Damaged)
}

/// Whether bytes can be what a file of this name holds.
fn fits(bytes: &[u8], name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "pdf" => bytes.windows(5).take(1024).any(|window| window == b"%PDF-"),
        "json" | "txt" | "md" | "yml" | "yaml" | "csv" => is_text(bytes),
        _ => true,
    }
}

/// UTF-8, or UTF-16 with the mark that says so, about which whoever checks the files has more to say.
fn is_text(bytes: &[u8]) -> bool {
    let has_mark = [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| bytes.starts_with(mark));
    has_mark || std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
}
