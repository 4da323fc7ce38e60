//! A file that records which environment a folder belongs to. It corresponds to the tags on AWS.

use std::{fs, path::Path};

use reconcile::{Fault, Ownership};
use serde::{Deserialize, Serialize};

use crate::system::files;

pub(super) const NAME: &str = ".twinctl.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FolderTag {
    pub(super) project: String,
    pub(super) environment: String,
}

/// The owner of a folder that has files in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FolderOwner {
    Tagged(FolderTag),
    Untagged,
}

impl FolderTag {
    /// Reads the tag of a folder. Returns `None` if the folder does not exist or is empty.
    pub(super) fn read(folder: &Path) -> Result<Option<FolderOwner>, Fault> {
        if let Some(tag) = files::read_json(&folder.join(NAME))? {
            return Ok(Some(FolderOwner::Tagged(tag)));
        }
        let is_other_file = |entry: fs::DirEntry| !is_own_file(&entry.file_name().to_string_lossy());
        let anything = fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_other_file));
        Ok(anything.then_some(FolderOwner::Untagged))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Fault> {
        files::write_json(&folder.join(NAME), self)
    }

    pub(super) fn ownership(&self, found: &FolderOwner, folder: &Path) -> Ownership {
        let folder = folder.display();
        match found {
            FolderOwner::Tagged(tag) if tag == self => Ownership::Ours,
            FolderOwner::Tagged(Self { project, environment }) => Ownership::Foreign(format!(
                "{folder} belongs to environment `{environment}` of project `{project}`"
            )),
            FolderOwner::Untagged => {
                Ownership::Foreign(format!("{folder} was not created by twinctl and contains files"))
            }
        }
    }
}

/// Returns whether a file is the tag, or a temporary file of an atomic write.
pub(super) fn is_own_file(name: &str) -> bool {
    name == NAME || name.starts_with(files::TEMPORARY)
}

impl FolderTag {
    /// Returns the name of the environment for the plan.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.project, self.environment)
    }
}

impl FolderOwner {
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Tagged(tag) => Some(tag.name()),
            Self::Untagged => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_temporary_files_only_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let read = || FolderTag::read(folder.path()).unwrap();
        assert_eq!(FolderTag::read(&folder.path().join("nowhere")).unwrap(), None);
        assert_eq!(read(), None);
        fs::write(folder.path().join(".new-01h"), "{").unwrap();
        assert_eq!(read(), None);
        fs::write(folder.path().join("0123.json"), "[]").unwrap();
        assert_eq!(read(), Some(FolderOwner::Untagged));
        let tag = FolderTag { project: "ada".to_owned(), environment: "local".to_owned() };
        tag.write(folder.path()).unwrap();
        assert_eq!(read(), Some(FolderOwner::Tagged(tag.clone())));
        assert_eq!(tag.ownership(&FolderOwner::Tagged(tag.clone()), folder.path()), Ownership::Ours);
        let other = FolderTag { environment: "home".to_owned(), ..tag.clone() };
        assert!(matches!(tag.ownership(&FolderOwner::Tagged(other), folder.path()), Ownership::Foreign(_)));
    }
}
