//! The folders of a repository that can contain parts of a twin.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of package managers.
const PACKAGES: [&str; 4] = ["node_modules", "site-packages", "target", "venv"];

/// Returns the folders in a folder, without hidden folders and folders of package managers.
pub(super) fn subfolders(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(".").join(root).join(folder)).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let is_wanted = |name: &String| !name.starts_with('.') && !PACKAGES.contains(&name.as_str());
    let mut found: Vec<PathBuf> = names.filter(is_wanted).map(|name| folder.join(name)).collect();
    found.sort();
    found
}
