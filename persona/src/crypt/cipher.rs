//! What `openssl enc -aes-256-cbc -pbkdf2` does with its defaults: PBKDF2 with SHA-256 for key and start, then AES in CBC.

use std::num::NonZeroU32;

use aws_lc_rs::{
    cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey},
    iv::FixedLength,
    pbkdf2,
};
use zeroize::Zeroizing;

pub(super) const BLOCK: usize = 16;
pub(super) const SALT: usize = 8;
const KEY: usize = 32;
const ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).expect("it is not zero");

/// `None` where the padding does not fit: another passphrase, or other bytes.
pub(super) fn decrypt(bytes: &[u8], salt: &[u8], passphrase: &str) -> Option<Vec<u8>> {
    let mut derived = Zeroizing::new([0; KEY + BLOCK]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, passphrase.as_bytes(), derived.as_mut_slice());
    let (key, start) = derived.split_at(KEY);
    let start: [u8; BLOCK] = start.try_into().ok()?;
    let key = UnboundCipherKey::new(&AES_256, key).ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
    let mut bytes = bytes.to_vec();
    let plain = key.decrypt(&mut bytes, DecryptionContext::Iv128(FixedLength::from(start))).ok()?.len();
    bytes.truncate(plain);
    Some(bytes)
}
