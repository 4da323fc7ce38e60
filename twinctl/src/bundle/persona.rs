//! The owner's own files, as a deploy finds them; a made-up person until there are any.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;
use serde_json::Value;

use super::BundleError;
use crate::hash;

/// Beside the owner's files: who speaks until there are any.
const SAMPLE: &str = "sample";
/// Where twin-lambda looks for the owner's facts, in its order.
pub(crate) const FACTS: [&str; 3] = ["personal_data/facts.json", "data/facts.json", "facts.json"];
/// What a twin can say is of a few hundred kilobytes; this much is an accident.
const LARGEST: u64 = 64 << 20;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Persona {
    /// By key, which is the path inside the folder with `/` in it.
    pub(crate) files: BTreeMap<String, PersonaFile>,
    pub(crate) is_sample: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersonaFile {
    pub(crate) path: PathBuf,
    pub(crate) print: String,
}

impl Persona {
    /// No folder is like an empty one.
    pub(crate) fn load(folder: &Path) -> Result<Self, BundleError> {
        let own = files(folder)?;
        if !own.is_empty() {
            return Ok(Self { files: own, is_sample: false });
        }
        Ok(Self { files: files(&folder.join(SAMPLE))?, is_sample: true })
    }

    /// The owner's facts, where they can be read.
    pub(crate) fn facts(&self) -> Option<Value> {
        let file = FACTS.iter().find_map(|key| self.files.get(*key))?;
        serde_json::from_slice(&fs::read(&file.path).ok()?).ok()
    }

    pub(crate) fn prints(&self) -> BTreeMap<String, String> {
        self.files.iter().map(|(key, file)| (key.clone(), file.print.clone())).collect()
    }
}

/// All but templates, hidden files and the sample.
fn files(folder: &Path) -> Result<BTreeMap<String, PersonaFile>, BundleError> {
    if !folder.is_dir() {
        return Ok(BTreeMap::new());
    }
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .follow_links(true)
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || (entry.depth() == 1 && name == SAMPLE))
        })
        .build();
    let mut found = BTreeMap::new();
    for entry in walk {
        let entry = entry.map_err(|source| BundleError::Walk { folder: folder.to_owned(), source })?;
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let key = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || is_template(&key) {
            continue;
        }
        let path = entry.into_path();
        let print = print(&path).map_err(BundleError::read(&path))?;
        found.insert(key, PersonaFile { path, print });
    }
    Ok(found)
}

fn is_template(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.split('.').next().is_some_and(|stem| stem.ends_with("_template"))
}

/// What people read of a file's content, and what tells it from another: its size and a part of its hash.
pub(crate) fn print(path: &Path) -> std::io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "larger than 64 MB"));
    }
    let bytes = fs::read(path)?;
    Ok(format!("{} bytes, {:.16}", bytes.len(), hash::sha256(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(folder: &Path) -> (Vec<String>, bool) {
        let persona = Persona::load(folder).unwrap();
        (persona.files.into_keys().collect(), persona.is_sample)
    }

    #[test]
    fn the_owners_files_go_before_the_made_up_person() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        };
        assert_eq!(keys(folder.path()), (vec![], true));
        write("facts_template.json");
        write(".DS_Store");
        write("sample/facts.json");
        assert_eq!(keys(folder.path()), (vec!["facts.json".to_owned()], true));
        write("me.txt");
        write("prompts/system_prompt.txt");
        let own = vec!["me.txt".to_owned(), "prompts/system_prompt.txt".to_owned()];
        assert_eq!(keys(folder.path()), (own, false));
        assert_eq!(keys(&folder.path().join("nowhere")), (vec![], true));
    }
}
