//! A small file that says which environment a folder belongs to: what tags are in the cloud.

use std::{fs, path::Path};

use reconcile::{Fault, Ownership};
use serde::{Deserialize, Serialize};

use crate::system::files;

const NAME: &str = ".twinctl.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) project: String,
    pub(super) environment: String,
}

/// What is said of a folder by its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Marked {
    By(Mark),
    /// There are files in it, and no mark.
    Not,
}

impl Mark {
    /// `None` when there is no folder, or nothing in it.
    pub(super) fn read(folder: &Path) -> Result<Option<Marked>, Fault> {
        if let Some(mark) = files::read_json(&folder.join(NAME))? {
            return Ok(Some(Marked::By(mark)));
        }
        let is_other = |entry: fs::DirEntry| !is_ours(&entry.file_name().to_string_lossy());
        let anything = fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(is_other));
        Ok(anything.then_some(Marked::Not))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Fault> {
        files::write_json(&folder.join(NAME), self)
    }

    pub(super) fn ownership(&self, found: &Marked, folder: &Path) -> Ownership {
        let folder = folder.display();
        match found {
            Marked::By(mark) if mark == self => Ownership::Ours,
            Marked::By(Self { project, environment }) => {
                Ownership::Foreign(format!("{folder} belongs to `{environment}` of `{project}`"))
            }
            Marked::Not => {
                Ownership::Foreign(format!("{folder} was not made by twinctl and has files in it"))
            }
        }
    }
}

/// Whether a file is the mark itself, or one that is being written, or was when a deploy was killed.
pub(super) fn is_ours(name: &str) -> bool {
    name == NAME || name.starts_with(files::TEMPORARY)
}

impl Mark {
    /// For people.
    pub(super) fn name(&self) -> String {
        format!("{} of {}", self.environment, self.project)
    }
}

impl Marked {
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::By(mark) => Some(mark.name()),
            Self::Not => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_deploy_has_left_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let read = || Mark::read(folder.path()).unwrap();
        assert_eq!(Mark::read(&folder.path().join("nowhere")).unwrap(), None);
        assert_eq!(read(), None);
        fs::write(folder.path().join(".new-01h"), "{").unwrap();
        assert_eq!(read(), None);
        fs::write(folder.path().join("0123.json"), "[]").unwrap();
        assert_eq!(read(), Some(Marked::Not));
        let mark = Mark { project: "ada".to_owned(), environment: "local".to_owned() };
        mark.write(folder.path()).unwrap();
        assert_eq!(read(), Some(Marked::By(mark.clone())));
        assert_eq!(mark.ownership(&Marked::By(mark.clone()), folder.path()), Ownership::Ours);
        let other = Mark { environment: "home".to_owned(), ..mark.clone() };
        assert!(matches!(mark.ownership(&Marked::By(other), folder.path()), Ownership::Foreign(_)));
    }
}
