//! Where a file lies: the twin looks below `personal_data/`, then `data/`, then at the top.

use std::collections::BTreeSet;

use persona::{FOLDERS, is_read, is_read_pdf};

/// Of several files by one bare name, the twin reads the one with the lowest.
pub(crate) fn folder_rank(key: &str) -> usize {
    FOLDERS.iter().position(|folder| key.starts_with(folder)).unwrap_or(FOLDERS.len())
}

/// Whether the twin may read what lies there, or its owner did for it.
pub(super) fn is_persona_file(key: &str) -> bool {
    is_read(key) || is_read_pdf(key)
}

/// Where files go: each to the first place where it lies already, because there the twin reads it; a new one beside the
/// others.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    keys: BTreeSet<&'a str>,
    usual: &'static str,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys: BTreeSet<_> = keys.into_iter().collect();
        let is_used = |folder: &&&str| {
            let inside = |key: &&str| key.starts_with(**folder) && is_persona_file(key);
            keys.iter().copied().any(|key| inside(&key))
        };
        let usual = FOLDERS.iter().find(is_used).copied().unwrap_or_default();
        Self { keys, usual }
    }

    pub(crate) fn place(&self, name: &str) -> String {
        let places = FOLDERS.iter().map(|folder| format!("{folder}{name}"));
        let found = places.into_iter().find(|key| self.keys.contains(key.as_str()));
        found.unwrap_or_else(|| format!("{}{name}", self.usual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_to_where_the_twin_reads_it() {
        for (there, name, expected) in [
            (&[][..], "facts.json", "facts.json"),
            (&["facts.json"], "facts.json", "facts.json"),
            (&["personal_data/facts.json"], "facts.json", "personal_data/facts.json"),
            (&["personal_data/facts.json"], "style.txt", "personal_data/style.txt"),
            (&["data/facts.json", "style.txt"], "style.txt", "style.txt"),
            (&["data/facts.json", "style.txt"], "me.txt", "data/me.txt"),
            (&["facts.json", "personal_data/facts.json"], "facts.json", "personal_data/facts.json"),
            (&["data/holiday.jpg", "facts.json"], "me.txt", "me.txt"),
            (
                &["personal_data/me.txt"],
                "prompts/system_prompt.txt",
                "personal_data/prompts/system_prompt.txt",
            ),
        ] {
            assert_eq!(Layout::of(there.iter().copied()).place(name), expected, "{there:?} {name}");
        }
    }
}
