//! The Python files of an existing twin.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{subfolders::subfolders, terraform};

/// How many files are read.
const MOST_FILES: usize = 200;
/// How many levels of folders are searched, including the folder of the twin.
const LEVELS: usize = 4;

/// Returns paths and contents, without tests and installed packages. Files of a folder come before those of its subfolders.
pub(super) fn all(root: &Path) -> Vec<(PathBuf, String)> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    for _ in 0..LEVELS {
        files.extend(folders.iter().flat_map(|folder| in_folder(root, folder)));
        folders = folders.iter().flat_map(|folder| subfolders(root, folder)).collect();
        folders.retain(|folder| {
            !folder.ends_with("tests") && !folder.ends_with("test") && !has_packages(root, folder)
        });
        folders.truncate(MOST_FILES);
    }
    files.truncate(MOST_FILES);
    let text = |path: PathBuf| Some((path.clone(), terraform::text(&root.join(path))?));
    files.into_iter().filter_map(text).collect()
}

/// Whether pip installed packages in a folder, such as that of a Lambda function.
fn has_packages(root: &Path, folder: &Path) -> bool {
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().ends_with(".dist-info"))
}

fn in_folder(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(".").join(root).join(folder)).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_wanted = |name: &String| {
        !name.starts_with("test_") && Path::new(name).extension().is_some_and(|ending| ending == "py")
    };
    let mut paths: Vec<PathBuf> = names.filter(is_wanted).map(|name| folder.join(name)).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_without_tests_and_packages() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "app.py",
            "test_app.py",
            "tests/app.py",
            "venv/x.py",
            "a/lambda-package/x.py",
            "a/lambda-package/openai/x.py",
            "a/lambda-package/openai-1.2.dist-info/METADATA",
            ".hidden/x.py",
            "a/b/c/deep.py",
            "a/b/c/d/x.py",
            "a/x.txt",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x = 1\n").unwrap();
        }
        let found: Vec<PathBuf> = all(root.path()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, ["app.py", "a/b/c/deep.py"].map(PathBuf::from));
    }
}
