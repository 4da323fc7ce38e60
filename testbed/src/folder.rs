//! A temporary folder, deleted when it is dropped.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    #[expect(clippy::new_without_default, reason = "creating a folder is no default")]
    pub fn new() -> Self {
        Self(TempDir::with_prefix("twinctl-test-").expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file, and creates its parent folders.
    #[track_caller]
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.join(path);
        fs::create_dir_all(path.parent().expect("a path below the folder")).expect("a new folder");
        fs::write(path, content).expect("a new file");
    }

    /// Writes an executable file.
    #[track_caller]
    pub fn write_program(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        fs::set_permissions(self.join(path), fs::Permissions::from_mode(0o755)).expect("an executable file");
    }

    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[track_caller]
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Replaces text in a file.
    #[track_caller]
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        self.write(path, self.read(path).replace(old, new));
    }

    /// Returns the text of every file in the folder, by its relative path.
    pub fn contents(&self) -> BTreeMap<String, String> {
        let text = |bytes| String::from_utf8(bytes).expect("a text file");
        self.bytes().into_iter().map(|(path, bytes)| (path, text(bytes))).collect()
    }

    /// Returns the bytes of every file in the folder, by its relative path.
    pub fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.path(), self.path(), &mut found);
        found
    }
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let name = path.strip_prefix(root).expect("a path below the folder").display().to_string();
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
}
