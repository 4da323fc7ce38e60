//! The root of the repository that contains a twin.

use std::path::{Path, PathBuf};

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
        let up = folder.components().count();
        let path = project.ancestors().nth(up).unwrap_or(&project).to_owned();
        Self { path, folder }
    }
}
