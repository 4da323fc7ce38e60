//! The owner's own files, as a run finds them; a made-up person until there are any.

use std::{fs, path::Path};

use ignore::WalkBuilder;
use serde_json::Value;

use super::{Files, Print, layout::folder_rank};
use crate::bundle::BundleError;

/// Beside the owner's files: who speaks until there are any.
const SAMPLE: &str = "sample";
/// Where twin-lambda looks for the owner's facts, in its order.
pub const FACTS: [&str; 3] = ["personal_data/facts.json", "data/facts.json", "facts.json"];
/// What a twin can say is of a few hundred kilobytes; this much is an accident.
const LARGEST: u64 = 64 << 20;

/// The files in memory: decrypted ones never lie on a disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    files: persona::Files,
    prints: Files,
    /// Where they come from, for people.
    pub from: String,
    pub is_sample: bool,
}

impl Brought {
    pub fn new(files: persona::Files, from: String, is_sample: bool) -> Self {
        let prints = files.iter().map(|(name, bytes)| (name.to_owned(), Print::of(bytes))).collect();
        Self { files, prints, from, is_sample }
    }

    /// No folder is like an empty one.
    pub fn load(folder: &Path) -> Result<Self, BundleError> {
        let (own, from) = (read(folder)?, folder.display().to_string());
        if !own.is_empty() {
            return Ok(Self::new(own, from, false));
        }
        Ok(Self::new(read(&folder.join(SAMPLE))?, from, true))
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// There is something, and it is the owner's.
    pub fn is_own(&self) -> bool {
        !self.is_sample && !self.is_empty()
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name)
    }

    pub fn prints(&self) -> &Files {
        &self.prints
    }

    /// All names; of those that the twin takes for the same file, the one that it would read first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &String> {
        let mut names: Vec<_> = self.prints.keys().collect();
        names.sort_by_key(|name| folder_rank(name));
        names.into_iter()
    }

    /// The owner's facts, where they can be read.
    pub fn facts(&self) -> Option<Value> {
        let facts = FACTS.iter().find_map(|name| self.files.get(name))?;
        serde_json::from_slice(facts).ok()
    }
}

/// All but templates, hidden files and the sample.
fn read(folder: &Path) -> Result<persona::Files, BundleError> {
    let mut files = persona::Files::default();
    if !folder.is_dir() {
        return Ok(files);
    }
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .follow_links(true)
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || (entry.depth() == 1 && name == SAMPLE))
        })
        .build();
    for entry in walk {
        let entry = entry.map_err(|source| BundleError::Walk { folder: folder.to_owned(), source })?;
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let name = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if entry.file_type().is_some_and(|kind| kind.is_file()) && !is_template(&name) {
            files.insert(name, bytes(entry.path()).map_err(BundleError::read(entry.path()))?);
        }
    }
    Ok(files)
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "larger than 64 MB"));
    }
    fs::read(path)
}

fn is_template(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.split('.').next().is_some_and(|stem| stem.ends_with("_template"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> (Vec<String>, bool) {
        let brought = Brought::load(folder).unwrap();
        (brought.prints.into_keys().collect(), brought.is_sample)
    }

    #[test]
    fn the_owners_files_go_before_the_made_up_person() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        };
        assert_eq!(names(folder.path()), (vec![], true));
        write("facts_template.json");
        write(".DS_Store");
        write("sample/facts.json");
        assert_eq!(names(folder.path()), (vec!["facts.json".to_owned()], true));
        write("me.txt");
        write("prompts/system_prompt.txt");
        let own = vec!["me.txt".to_owned(), "prompts/system_prompt.txt".to_owned()];
        assert_eq!(names(folder.path()), (own, false));
        assert_eq!(names(&folder.path().join("nowhere")), (vec![], true));
    }
}
