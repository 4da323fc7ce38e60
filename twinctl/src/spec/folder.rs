//! Lists the environment files in a folder.

use std::fs;
use std::path::Path;

/// Returns the sorted names of the YAML files in a folder. Empty if it cannot be read.
pub(super) fn yaml_files(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml"))
        .collect();
    names.sort();
    names
}
