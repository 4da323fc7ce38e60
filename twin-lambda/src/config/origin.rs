//! The secret that CloudFront adds to each request, so that requests that bypass it can be rejected.

use contract::variable;
use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::reader::Reader;

/// SHA-256 hashes of the accepted secrets: two during a rotation, none if the API is open to everyone.
#[derive(Debug, Default)]
pub struct OriginSecrets(Vec<[u8; 32]>);

impl OriginSecrets {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut hashes = Vec::new();
        for text in reader.list(variable::ORIGIN_SECRET_HASHES) {
            let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
            match bytes.and_then(|bytes| bytes.try_into().ok()) {
                Some(hash) => hashes.push(hash),
                None => reader
                    .error("ORIGIN_SECRET_HASHES must be a list of SHA-256 hashes of 64 hex digits each"),
            }
        }
        Self(hashes)
    }

    /// Returns whether a secret is accepted, in constant time.
    pub fn accept(&self, sent: &[u8]) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let sent = Sha256::digest(sent);
        let accepted =
            self.0.iter().fold(Choice::from(0), |found, hash| found | hash.as_slice().ct_eq(&sent));
        accepted.into()
    }
}
