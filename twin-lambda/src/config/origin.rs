//! The secret that CloudFront adds to each request, so that requests that bypass it can be rejected.

use contract::variable;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::reader::Reader;

/// SHA-256 hashes of the accepted secrets: two during a rotation, none if the API is open to everyone.
#[derive(Debug)]
pub struct OriginSecrets {
    hashes: Vec<[u8; 32]>,
    salt: [u8; 32],
}

impl OriginSecrets {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut hashes = Vec::new();
        for text in reader.list(variable::ORIGIN_SECRET_HASHES) {
            let bytes = hex::decode(text).ok();
            match bytes.and_then(|bytes| bytes.try_into().ok()) {
                Some(hash) => hashes.push(hash),
                None => reader
                    .error("ORIGIN_SECRET_HASHES must be a list of SHA-256 hashes of 64 hex digits each"),
            }
        }
        Self { salt: salt(reader), hashes }
    }

    /// Returns whether requests need a secret, because all of them pass through `CloudFront`.
    pub fn is_required(&self) -> bool {
        !self.hashes.is_empty()
    }

    /// Returns a salt for hashes, which visitors do not know.
    pub fn salt(&self) -> &[u8; 32] {
        &self.salt
    }

    /// Returns whether a secret is accepted, in constant time.
    pub fn accept(&self, sent: &[u8]) -> bool {
        if self.hashes.is_empty() {
            return true;
        }
        let sent = Sha256::digest(sent);
        let accepted =
            self.hashes.iter().fold(Choice::from(0), |found, hash| found | hash.as_slice().ct_eq(&sent));
        accepted.into()
    }
}

/// All processes of a twin have the same salt, also after the origin secret was replaced, so that blocked visitors stay blocked.
fn salt(reader: &Reader) -> [u8; 32] {
    if let Some(text) = reader.text(&[variable::VISITOR_SALT]) {
        return Sha256::digest(text).into();
    }
    let mut random = [0; 32];
    // Without random bytes, the hashes of a day can be compared with those of another twin.
    getrandom::fill(&mut random).unwrap_or_default();
    random
}
