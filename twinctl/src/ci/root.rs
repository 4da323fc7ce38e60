//! The root of the repository that contains a twin.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use crate::spec::Options;

/// The root of the repository. A folder outside of any repository counts as its own root.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    /// Path from the root to the folder that contains `environments/`.
    pub(crate) folder: PathBuf,
}

impl Root {
    pub(crate) fn find(options: &Options, path: Option<&Path>) -> Self {
        let environments = std::path::absolute(&options.environments).unwrap_or_default();
        let project = environments.parent().unwrap_or(Path::new(".")).to_owned();
        let root = project.ancestors().find(|folder| folder.join(".git").exists());
        let folder = root.and_then(|root| project.strip_prefix(root).ok()).map(Path::to_owned);
        let folder = path.map(Path::to_owned).or(folder).unwrap_or_default();
        // `.` is the root itself.
        let folder: PathBuf = folder.components().filter(|part| *part != Component::CurDir).collect();
        let up = folder.components().count();
        let path = project.ancestors().nth(up).unwrap_or(&project).to_owned();
        Self { path, folder }
    }

    /// Whether the jobs can build twinctl in the folder of the twin: it is in a clone of twinctl.
    pub(crate) fn contains_twinctl(&self) -> bool {
        let workspace = self.path.join(&self.folder).join("Cargo.toml");
        fs::read_to_string(workspace).is_ok_and(|text| text.contains("\"twinctl\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clone_contains_twinctl() {
        let clone = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        assert!(Root { path: clone.clone(), folder: PathBuf::new() }.contains_twinctl());
        assert!(!Root { path: clone, folder: "data".into() }.contains_twinctl());
    }

    #[test]
    fn the_path_of_the_twin_leads_to_the_root() {
        let options = Options { environments: "/twins/ada/environments".into(), ..Options::default() };
        for (path, root, folder) in
            [(".", "/twins/ada", ""), ("ada", "/twins", "ada"), ("./ada/", "/twins", "ada")]
        {
            let found = Root::find(&options, Some(Path::new(path)));
            assert_eq!((found.path.as_path(), found.folder.as_path()), (Path::new(root), Path::new(folder)));
        }
    }
}
