//! What tells beforehand that looking at files would find what it found the last time.

use std::collections::BTreeMap;

use crate::Allow;

/// The rules by which files are looked at: another build may have others.
const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules"));

/// Files as they lie at home, by their names: encrypted ones are still so.
pub type Prints = BTreeMap<String, Print>;

/// What tells the bytes of a file from any others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print(blake3::Hash);

impl Print {
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes))
    }
}

/// Of files, and everything by which they are looked at. `reader` is whoever is told: what is said to one may not be what
/// is said to another.
pub fn stamp(prints: &Prints, allow: &Allow, reader: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    part(RULES.as_bytes());
    part(reader.as_bytes());
    let allowed: Vec<_> = allow.iter().map(|kind| kind.word()).collect();
    part(allowed.join(",").as_bytes());
    for (name, print) in prints {
        part(name.as_bytes());
        part(print.0.as_bytes());
    }
    hasher.finalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Private;

    fn files(all: &[(&str, &str)]) -> Prints {
        all.iter().map(|(name, text)| ((*name).to_owned(), Print::of(text.as_bytes()))).collect()
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
