//! What tells beforehand that looking at files would find what it found the last time.

use crate::{Allow, Files};

/// The rules by which files are looked at: another build may have others.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules"));

/// Of files as they were collected, and everything by which they are looked at. `reader` is whoever is told: what is said
/// to one may not be what is said to another.
pub fn stamp(files: &Files, allow: &Allow, reader: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    part(RULES.as_bytes());
    part(reader.as_bytes());
    let allowed: Vec<_> = allow.iter().map(|kind| kind.word()).collect();
    part(allowed.join(",").as_bytes());
    for (name, bytes) in files.iter() {
        part(name.as_bytes());
        part(bytes);
    }
    hasher.finalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Private;

    fn files(all: &[(&str, &str)]) -> Files {
        let mut files = Files::default();
        for (name, text) in all {
            files.insert(*name, text.as_bytes().to_vec());
        }
        files
    }

    #[test]
    fn everything_that_may_change_what_is_found_changes_it() {
        let stamps = [
            stamp(&files(&[("a", "bc")]), &Allow::new(), ""),
            stamp(&files(&[("a", "bd")]), &Allow::new(), ""),
            stamp(&files(&[("ab", "c")]), &Allow::new(), ""),
            stamp(&files(&[("a", "bc"), ("b", "")]), &Allow::new(), ""),
            stamp(&files(&[("a", "bc")]), &Allow::from([Private::Phone]), ""),
            stamp(&files(&[("a", "bc")]), &Allow::new(), "gpt-4o-mini"),
        ];
        for (at, stamp) in stamps.iter().enumerate() {
            assert!(stamp.len() == 64 && !stamps[at + 1..].contains(stamp), "{at}");
        }
        assert_eq!(stamps[0], stamp(&files(&[("a", "bc")]), &Allow::new(), ""));
        assert_eq!(RULES.len(), 16);
    }
}
