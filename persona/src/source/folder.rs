//! Reads data files from a local folder.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use contract::key::of_path;
use ignore::{DirEntry, Walk, WalkBuilder};

use super::layout::{Found, MAX_FILE, is_code, is_data_beside_code, is_skipped};

/// Converts the bytes of a file to what is kept of it. May take the buffer, which is otherwise used for the next file.
pub(super) type Keep<T> = fn(&mut Vec<u8>) -> T;

/// Reads all data files of a folder. A folder that does not exist counts as empty.
pub(super) fn read<T>(folder: &Path, keep: Keep<T>) -> Found<T> {
    let mut found = Found::default();
    let mut buffer = Vec::new();
    if !folder.is_dir() {
        return found;
    }
    let root = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    for entry in walk(&root) {
        match entry {
            Ok(entry) => read_entry(&mut found, &root, &entry, &mut buffer, keep),
            Err(error) => {
                found.error(&folder.display().to_string(), error.to_string(), "check its permissions");
            }
        }
    }
    found
}

/// Returns whether [`read`] would find neither files nor errors.
pub(super) fn is_empty(folder: &Path) -> bool {
    // The root may be a symbolic link to a folder.
    let is_folder =
        |entry: &DirEntry| entry.depth() == 0 || entry.file_type().is_some_and(|kind| kind.is_dir());
    !folder.is_dir() || walk(folder).all(|entry| entry.as_ref().is_ok_and(is_folder))
}

fn walk(root: &Path) -> Walk {
    let has_code = contains_program(root);
    let is_wanted = move |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0
            || !is_skipped(&name, entry.depth())
                && (entry.depth() > 1 || !has_code || is_data_beside_code(&name, is_folder))
    };
    WalkBuilder::new(root).standard_filters(false).filter_entry(is_wanted).build()
}

/// Returns whether a folder contains a program, like the `backend/` of many twins.
pub fn contains_program(root: &Path) -> bool {
    let names = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.into_iter().any(|name| is_code(&name))
}

/// Returns whether data files are read from a subfolder of a data folder. Beside a program, most subfolders have other content.
pub fn reads_from(folder: &Path, subfolder: &Path) -> bool {
    let first = subfolder.iter().next().map(|name| name.to_string_lossy());
    !contains_program(folder) || first.is_none_or(|first| is_data_beside_code(&first, true))
}

fn read_entry<T>(found: &mut Found<T>, root: &Path, entry: &DirEntry, buffer: &mut Vec<u8>, keep: Keep<T>) {
    let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
    let Some(name) = of_path(inside) else {
        return found.error(&inside.to_string_lossy(), "the file name is not UTF-8", "rename it");
    };
    let path = match kind.is_symlink().then(|| target(root, entry.path())) {
        None => entry.path().to_owned(),
        Some(Ok(path)) => path,
        Some(Err(what)) => return found.error(&name, what, "replace it with the file itself"),
    };
    match load(&path, buffer) {
        Ok(Content::Bytes) => {
            if found.add_size(&name, buffer.len() as u64) {
                found.files.insert(name, keep(buffer));
            }
        }
        Ok(Content::TooLarge(size)) => found.too_large(&name, size),
        Ok(Content::NotAFile) => {
            found.error(&name, "this is not a regular file", "remove it from the folder");
        }
        Err(error) => {
            found.error(&name, format!("could not read the file: {error}"), "check its permissions");
        }
    }
}

/// Returns the target of a symbolic link. Targets outside the folder are refused, because they may be private.
fn target(root: &Path, link: &Path) -> Result<PathBuf, String> {
    let target = fs::canonicalize(link).map_err(|_| "broken symbolic link".to_owned())?;
    if !target.starts_with(root) {
        return Err(format!("symbolic link to {}, outside the folder", target.display()));
    }
    if target.is_dir() {
        return Err("symbolic link to a folder".to_owned());
    }
    Ok(target)
}

enum Content {
    Bytes,
    TooLarge(u64),
    NotAFile,
}

/// Reads a file. Checks its type first, because opening a named pipe waits for a writer.
fn load(path: &Path, buffer: &mut Vec<u8>) -> io::Result<Content> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Content::NotAFile);
    }
    if metadata.len() > MAX_FILE {
        return Ok(Content::TooLarge(metadata.len()));
    }
    buffer.clear();
    buffer.reserve_exact(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?.take(MAX_FILE + 1).read_to_end(buffer)?;
    let size = buffer.len() as u64;
    Ok(if size > MAX_FILE { Content::TooLarge(size) } else { Content::Bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_files_of_a_folder_with_a_program_are_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["server.py", "me.txt", "notes.txt", "prompts/system_prompt.txt", "memory/a.json"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let names = |found: &Found| found.files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&read(folder.path(), std::mem::take)), ["me.txt", "prompts/system_prompt.txt"]);
        let reads = |subfolder: &str| reads_from(folder.path(), Path::new(subfolder));
        assert!(reads("prompts") && reads("") && !reads("memory"));
        fs::remove_file(folder.path().join("server.py")).unwrap();
        assert_eq!(
            read(folder.path(), std::mem::take).files.len(),
            4,
            "without a program, all files are data"
        );
    }
}
