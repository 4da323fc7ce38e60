//! What of a tree of files is the owner's, and where in it their files are.

use std::collections::BTreeMap;

use crate::{Gravity, Mistake};

/// Where twins keep their owner's files, in the order in which they are looked for.
pub(super) const PLACES: [&str; 4] = ["data", "backend/data", "backend/personal_data", "personal_data"];
/// Beside the owner's files: who speaks until there are any.
pub(super) const SAMPLE: &str = "sample";
/// What a twin can say is of a few hundred kilobytes; this much is an accident.
pub(super) const LARGEST: u64 = 64 << 20;
/// All together are held in memory.
pub(super) const LARGEST_OF_ALL: u64 = 512 << 20;

/// What a twin reads, without endings.
const KNOWN: [&str; 15] = [
    "critical_rules",
    "cv",
    "education",
    "experience",
    "facts",
    "linkedin",
    "me",
    "proficiency_levels",
    "qna",
    "resume",
    "skills",
    "sources",
    "style",
    "summary",
    "system_prompt",
];
/// About a repository, not about its owner.
const ABOUT: [&str; 9] = [
    "changelog",
    "code_of_conduct",
    "codeowners",
    "contributing",
    "copying",
    "licence",
    "license",
    "readme",
    "security",
];
/// What systems leave in folders.
const LITTER: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// Files as they were found: encrypted ones are still so. `T` is what is kept of each: its bytes, or only a hash of them.
#[derive(Debug)]
pub(super) struct Found<T = Vec<u8>> {
    pub(super) files: BTreeMap<String, T>,
    pub(super) mistakes: Vec<Mistake>,
    /// The bytes of all files so far.
    taken: u64,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { files: BTreeMap::new(), mistakes: Vec::new(), taken: 0 }
    }
}

impl<T> Found<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.mistakes.is_empty()
    }

    pub(super) fn wrong(&mut self, file: &str, what: impl Into<String>, hint: &str) {
        self.mistakes.push(wrong(file, what, hint));
    }

    pub(super) fn too_large(&mut self, file: &str, size: u64) {
        let what = format!("has {} MB; a twin's file has {} MB at most", size >> 20, LARGEST >> 20);
        self.wrong(file, what, "keep here only what the twin should know");
    }

    /// Whether there is room for one more of that size; the first one too many is told.
    pub(super) fn has_room(&mut self, file: &str, size: u64) -> bool {
        let before = self.taken;
        self.taken += size;
        if before <= LARGEST_OF_ALL && self.taken > LARGEST_OF_ALL {
            let what =
                format!("is one too many: all files together have more than {} MB", LARGEST_OF_ALL >> 20);
            self.wrong(file, what, "keep here only what the twin should know");
        }
        self.taken <= LARGEST_OF_ALL
    }
}

pub(super) fn wrong(file: &str, what: impl Into<String>, hint: &str) -> Mistake {
    Mistake {
        file: file.to_owned(),
        line: None,
        gravity: Gravity::Error,
        what: what.into(),
        hint: Some(hint.to_owned()),
    }
}

/// Whether one part of a path, at that depth (from 1), is not the owner's, with all that is below it.
pub(super) fn is_left_out(part: &str, depth: usize) -> bool {
    let small = part.to_ascii_lowercase();
    let stem = small.split('.').next().unwrap_or_default();
    part.starts_with('.')
        || (depth == 1 && part == SAMPLE)
        || part.ends_with('~')
        || stem.ends_with("_template")
        || ABOUT.contains(&stem)
        || LITTER.contains(&small.as_str())
}

pub(super) fn is_own(path: &str) -> bool {
    !path.split('/').zip(1..).any(|(part, depth)| is_left_out(part, depth))
}

/// At the root of a repository there may be anything; only what a twin reads is taken from there.
pub(super) fn is_known(path: &str) -> bool {
    let name = path.strip_prefix("prompts/").unwrap_or(path);
    let stem = name.split('.').next().unwrap_or_default();
    !name.contains('/') && KNOWN.contains(&stem)
}

/// The part of a repository that holds the owner's files, from the paths of all its files.
pub(super) fn place(paths: &[&str]) -> Option<&'static str> {
    let holds = |place: &&str| paths.iter().any(|path| below(path, place).is_some_and(is_own));
    let is_at_root = || paths.iter().any(|path| is_known(path));
    PLACES.into_iter().find(holds).or_else(|| is_at_root().then_some(""))
}

/// The path inside a folder; everything is inside of "".
pub(super) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_that_is_too_much_is_told() {
        let mut found = Found::<()>::default();
        let room = [LARGEST_OF_ALL - 1, 1, 1, 1].map(|size| found.has_room("x", size));
        assert_eq!(room, [true, true, false, false]);
        assert_eq!(found.mistakes.len(), 1);
    }

    #[test]
    fn what_is_about_a_repository_is_not_about_its_owner() {
        for own in
            ["facts.json", "personal_data/me.txt", "prompts/sample/x.txt", "notes/read.md", "me.txt.age"]
        {
            assert!(is_own(own), "{own}");
        }
        for other in [
            ".git/config",
            ".gitignore",
            "README.md",
            "notes/readme.txt",
            "LICENSE",
            "facts_template.json",
            "me_template.txt.age",
            "sample/facts.json",
            "me.txt~",
            "Thumbs.db",
        ] {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn files_are_found_where_twins_keep_them() {
        for (paths, found) in [
            (&["data/facts.json", "backend/data/me.txt"][..], Some("data")),
            (&["data/facts_template.json", "data/README.md", "backend/data/me.txt"], Some("backend/data")),
            (&["data/personal_data/facts.json.encrypted"], Some("data")),
            (&["backend/data/personal_data/facts.json"], Some("backend/data")),
            (&["personal_data/facts.json", "app.py"], Some("personal_data")),
            (&["facts.json.age", "package.json"], Some("")),
            (&["prompts/system_prompt.txt", "package.json"], Some("")),
            (&["database/facts.json", "package.json", "README.md"], None),
            (&[], None),
        ] {
            assert_eq!(place(paths), found, "{paths:?}");
        }
        assert!(is_known("facts.json.age") && !is_known("package.json") && !is_known("src/me.txt"));
    }
}
