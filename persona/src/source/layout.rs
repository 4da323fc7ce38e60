//! Recognizes data files among other files, by their paths.

use std::collections::BTreeMap;

use crate::finding::Finding;

/// The default folders, in the order in which they are searched.
pub(super) const DEFAULT_FOLDERS: [&str; 4] =
    ["data", "backend/data", "backend/personal_data", "personal_data"];
/// The folder inside a data folder that contains the sample persona.
pub(super) const SAMPLE: &str = "sample";
/// The limit for one file. Real ones have a few hundred kilobytes.
pub(super) const MAX_FILE: u64 = 64 << 20;
/// The limit for all files, which are kept in memory.
pub(super) const MAX_TOTAL: u64 = 512 << 20;

/// The names of files that a twin reads, without extensions.
const DATA_FILES: [&str; 15] = [
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
/// Endings of data files, encrypted or not.
const DATA_ENDINGS: [&str; 8] = ["age", "encrypted", "json", "md", "pdf", "txt", "yaml", "yml"];
/// Files by which a folder with a program is recognized.
const CODE_FILES: [&str; 5] =
    ["Cargo.toml", "Dockerfile", "package.json", "pyproject.toml", "requirements.txt"];
const CODE_ENDINGS: [&str; 7] = ["go", "js", "jsx", "py", "rs", "ts", "tsx"];
/// Names of files that describe a repository.
const REPOSITORY_FILES: [&str; 9] = [
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
/// Names of files that operating systems create.
const SYSTEM_FILES: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// Data files as they are stored, encrypted or not. `T` is what is kept of each file: its bytes, or only their hash.
#[derive(Debug)]
pub(super) struct Found<T = Vec<u8>> {
    pub(super) files: BTreeMap<String, T>,
    pub(super) errors: Vec<Finding>,
    /// The size of all files so far.
    size: u64,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { files: BTreeMap::new(), errors: Vec::new(), size: 0 }
    }
}

impl<T> Found<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.errors.is_empty()
    }

    pub(super) fn error(&mut self, file: &str, what: impl Into<String>, hint: &str) {
        self.errors.push(Finding::error(file, None, what, hint));
    }

    pub(super) fn too_large(&mut self, file: &str, size: u64) {
        let what = format!("the file has {} MB; the limit is {} MB", size >> 20, MAX_FILE >> 20);
        self.error(file, what, "keep only what the twin should know");
    }

    /// Adds the size of a file, and returns whether all files are within the limit. The first one above it is an error.
    pub(super) fn add_size(&mut self, file: &str, size: u64) -> bool {
        let before = self.size;
        self.size += size;
        if before <= MAX_TOTAL && self.size > MAX_TOTAL {
            let what = format!("with this file, the files have more than {} MB in total", MAX_TOTAL >> 20);
            self.error(file, what, "keep only what the twin should know");
        }
        self.size <= MAX_TOTAL
    }
}

/// Returns whether a file or folder is skipped: hidden files, templates, the sample and files about the repository.
/// `depth` counts from 1.
pub(super) fn is_skipped(part: &str, depth: usize) -> bool {
    let small = part.to_ascii_lowercase();
    let stem = small.split('.').next().unwrap_or_default();
    part.starts_with('.')
        || (depth == 1 && part == SAMPLE)
        || part.ends_with('~')
        || stem.ends_with("_template")
        || REPOSITORY_FILES.contains(&stem)
        || SYSTEM_FILES.contains(&small.as_str())
}

/// Returns whether the file, in a data folder, is a data file.
pub(super) fn is_data_file(path: &str) -> bool {
    !path.split('/').zip(1..).any(|(part, depth)| is_skipped(part, depth))
}

/// Returns whether a twin reads a file with this name. At the root of a repository, other files are ignored.
pub(super) fn is_read(path: &str) -> bool {
    let name = path.strip_prefix("prompts/").unwrap_or(path);
    let stem = name.split('.').next().unwrap_or_default();
    !name.contains('/') && DATA_FILES.contains(&stem)
}

/// Returns whether a file belongs to a program.
pub(super) fn is_code(name: &str) -> bool {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    CODE_FILES.contains(&name) || (!stem.is_empty() && CODE_ENDINGS.contains(&ending))
}

/// Returns whether a file or folder at the top of a folder with a program contains data. Other files in such a folder
/// are not uploaded.
pub(super) fn is_data_beside_code(name: &str, is_folder: bool) -> bool {
    if is_folder {
        return ["data", "personal_data", "prompts"].contains(&name);
    }
    is_read(name) && name.split('.').skip(1).all(|ending| DATA_ENDINGS.contains(&ending))
}

/// Returns the folder of a repository that contains data files (`""` is its root), from the paths of all its files.
pub(super) fn data_folder(paths: &[&str]) -> Option<&'static str> {
    let has_files = |folder: &&str| paths.iter().any(|path| below(path, folder).is_some_and(is_data_file));
    let is_at_root = || paths.iter().any(|path| is_read(path));
    DEFAULT_FOLDERS.into_iter().find(has_files).or_else(|| is_at_root().then_some(""))
}

/// Returns the path relative to a folder, or `None` if it is outside. Every path is inside `""`.
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
    fn only_the_first_file_above_the_limit_is_an_error() {
        let mut found = Found::<()>::default();
        let within = [MAX_TOTAL - 1, 1, 1, 1].map(|size| found.add_size("x", size));
        assert_eq!(within, [true, true, false, false]);
        assert_eq!(found.errors.len(), 1);
    }

    #[test]
    fn files_about_a_repository_are_not_data_files() {
        for own in
            ["facts.json", "personal_data/me.txt", "prompts/sample/x.txt", "notes/read.md", "me.txt.age"]
        {
            assert!(is_data_file(own), "{own}");
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
            assert!(!is_data_file(other), "{other}");
        }
    }

    #[test]
    fn beside_code_only_files_with_known_names_are_data() {
        assert!(is_code("server.py") && is_code("package.json") && !is_code("me.txt") && !is_code(".py"));
        for data in ["me.txt", "linkedin.pdf", "facts.json.encrypted", "cv.txt.age"] {
            assert!(is_data_beside_code(data, false), "{data}");
        }
        for other in ["server.py", "resume.py", "style.css", "package.json", "requirements.txt", "notes.txt"]
        {
            assert!(!is_data_beside_code(other, false), "{other}");
        }
        assert!(is_data_beside_code("prompts", true) && !is_data_beside_code("memory", true));
    }

    #[test]
    fn the_data_folder_of_a_repository_is_found() {
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
            assert_eq!(data_folder(paths), found, "{paths:?}");
        }
        assert!(is_read("facts.json.age") && !is_read("package.json") && !is_read("src/me.txt"));
    }
}
