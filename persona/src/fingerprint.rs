//! Fingerprints of data files. If a fingerprint is unchanged, the results of the last check still hold.

use std::{collections::BTreeMap, fmt::Write as _};

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest};

use crate::privacy::Allow;

/// A hash of the checks' source code, because another build may check differently.
const CHECKS: &str = include_str!(concat!(env!("OUT_DIR"), "/checks"));

/// Hashes of data files as they are stored, by name. Encrypted files are not decrypted for this.
pub type FileHashes = BTreeMap<String, FileHash>;

/// A hash of the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHash([u8; SHA256_OUTPUT_LEN]);

impl FileHash {
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; SHA256_OUTPUT_LEN];
        hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(hash)
    }
}

/// Returns the fingerprint of the files and of everything else that the check's result depends on. `audience`
/// distinguishes results that are worded differently, for example for different models.
pub fn fingerprint(hashes: &FileHashes, allow: &Allow, audience: &str) -> String {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(CHECKS.as_bytes());
    part(audience.as_bytes());
    let allowed: Vec<_> = allow.iter().map(|kind| kind.word()).collect();
    part(allowed.join(",").as_bytes());
    for (name, hash) in hashes {
        part(name.as_bytes());
        part(&hash.0);
    }
    context.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::PrivateKind;

    fn files(all: &[(&str, &str)]) -> FileHashes {
        all.iter().map(|(name, text)| ((*name).to_owned(), FileHash::of(text.as_bytes()))).collect()
    }

    #[test]
    fn everything_that_affects_the_check_changes_the_fingerprint() {
        let fingerprints = [
            fingerprint(&files(&[("a", "bc")]), &Allow::new(), ""),
            fingerprint(&files(&[("a", "bd")]), &Allow::new(), ""),
            fingerprint(&files(&[("ab", "c")]), &Allow::new(), ""),
            fingerprint(&files(&[("a", "bc"), ("b", "")]), &Allow::new(), ""),
            fingerprint(&files(&[("a", "bc")]), &Allow::from([PrivateKind::Phone]), ""),
            fingerprint(&files(&[("a", "bc")]), &Allow::new(), "gpt-4o-mini"),
        ];
        for (at, fingerprint) in fingerprints.iter().enumerate() {
            assert!(fingerprint.len() == 64 && !fingerprints[at + 1..].contains(fingerprint), "{at}");
        }
        assert_eq!(fingerprints[0], fingerprint(&files(&[("a", "bc")]), &Allow::new(), ""));
        assert_eq!(CHECKS.len(), 16);
    }
}
