//! Hashes of files and scripts in a page. Browsers reject files and scripts with another hash.

use std::collections::BTreeSet;

use aws_smithy_types::base64;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::artifacts::web::csp;

const KINDS: [&[u8]; 3] = [b"sha256-", b"sha384-", b"sha512-"];

/// Hashes in the format of `integrity` attributes and content security policies, from anywhere in the files.
#[derive(Debug, Default)]
pub(super) struct PinnedHashes(BTreeSet<String>);

impl PinnedHashes {
    /// Adds the hashes in `text`.
    pub(super) fn collect(&mut self, text: &[u8]) {
        let mut from = 0;
        while let Some(next) = text[from..].windows(7).position(|window| KINDS.contains(&window)) {
            let (start, digest) = (from + next, from + next + 7);
            let length = text[digest..].iter().take_while(|byte| is_base64(**byte)).count();
            from = digest + length;
            self.0.extend(str::from_utf8(&text[start..from]).ok().map(str::to_owned));
        }
    }

    /// Returns whether a browser that accepts the original file would reject the rewritten one.
    pub(super) fn forbid(&self, original: &[u8], rewritten: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let scripts = |html: &[u8]| BTreeSet::from_iter(csp::inline_script_hashes(html));
        let changed = || {
            scripts(original).difference(&scripts(rewritten)).any(|hash| self.has(hash.trim_matches('\'')))
        };
        self.has_file(original) || changed()
    }

    fn has_file(&self, bytes: &[u8]) -> bool {
        let has = |kind, digest: &[u8]| self.has(&format!("{kind}-{}", base64::encode(digest)));
        has("sha256", &Sha256::digest(bytes))
            || has("sha384", &Sha384::digest(bytes))
            || has("sha512", &Sha512::digest(bytes))
    }

    fn has(&self, hash: &str) -> bool {
        self.0.contains(hash)
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
