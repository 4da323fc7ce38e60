//! The folders of data files. The twin searches `personal_data/`, then `data/`, then the top level.

use std::collections::BTreeSet;

use persona::{FOLDERS, is_read, is_read_pdf};

/// Returns the precedence of a file's folder. Of several files with one name, the twin reads the one with the lowest
/// rank.
pub(crate) fn folder_rank(key: &str) -> usize {
    FOLDERS.iter().position(|folder| key.starts_with(folder)).unwrap_or(FOLDERS.len())
}

/// Returns whether the key names a data file: one that the twin reads, or a PDF whose text it reads.
pub(super) fn is_persona_file(key: &str) -> bool {
    is_read(key) || is_read_pdf(key)
}

/// The keys of new and existing files. An existing file keeps its key; of several keys, the first, because the twin
/// reads that one. A new file is stored in the folder of the others.
#[derive(Debug)]
pub(crate) struct Layout<'a> {
    keys: BTreeSet<&'a str>,
    default: &'static str,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys: BTreeSet<_> = keys.into_iter().collect();
        let is_used = |folder: &&&str| {
            let inside = |key: &&str| key.starts_with(**folder) && is_persona_file(key);
            keys.iter().copied().any(|key| inside(&key))
        };
        let default = FOLDERS.iter().find(is_used).copied().unwrap_or_default();
        Self { keys, default }
    }

    pub(crate) fn place(&self, name: &str) -> String {
        let places = FOLDERS.iter().map(|folder| format!("{folder}{name}"));
        let found = places.into_iter().find(|key| self.keys.contains(key.as_str()));
        found.unwrap_or_else(|| format!("{}{name}", self.default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_stored_where_the_twin_reads_it() {
        for (existing, name, expected) in [
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
            assert_eq!(Layout::of(existing.iter().copied()).place(name), expected, "{existing:?} {name}");
        }
    }
}
