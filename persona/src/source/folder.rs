//! Files of a folder of this machine.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use ignore::{DirEntry, Walk, WalkBuilder};

use super::tree::{Found, LARGEST, is_left_out};

/// What is kept of a file once it was read. What it leaves of the buffer is used for the next one.
pub(super) type Keep<T> = fn(&mut Vec<u8>) -> T;

/// All of a folder that is the owner's. No folder is like an empty one.
pub(super) fn read<T>(folder: &Path, keep: Keep<T>) -> Found<T> {
    let mut found = Found::default();
    let mut buffer = Vec::new();
    if !folder.is_dir() {
        return found;
    }
    let root = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    for entry in walk(&root) {
        match entry {
            Ok(entry) => take(&mut found, &root, &entry, &mut buffer, keep),
            Err(error) => {
                found.wrong(&folder.display().to_string(), error.to_string(), "make it readable for you");
            }
        }
    }
    found
}

/// Whether there would be anything to read, a mistake included.
pub(super) fn is_empty(folder: &Path) -> bool {
    // The root may be a link to one.
    let is_folder =
        |entry: &DirEntry| entry.depth() == 0 || entry.file_type().is_some_and(|kind| kind.is_dir());
    !folder.is_dir() || walk(folder).all(|entry| entry.as_ref().is_ok_and(is_folder))
}

fn walk(root: &Path) -> Walk {
    let is_own = |entry: &DirEntry| {
        entry.depth() == 0 || !is_left_out(&entry.file_name().to_string_lossy(), entry.depth())
    };
    WalkBuilder::new(root).standard_filters(false).filter_entry(is_own).build()
}

fn take<T>(found: &mut Found<T>, root: &Path, entry: &DirEntry, buffer: &mut Vec<u8>, keep: Keep<T>) {
    let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
    let Some(name) = key(inside) else {
        return found.wrong(
            &inside.to_string_lossy(),
            "has a name that is not UTF-8",
            "give it another name",
        );
    };
    let path = match kind.is_symlink().then(|| target(root, entry.path())) {
        None => entry.path().to_owned(),
        Some(Ok(path)) => path,
        Some(Err(what)) => return found.wrong(&name, what, "put the file itself here"),
    };
    match load(&path, buffer) {
        Ok(Content::Bytes) => {
            if found.has_room(&name, buffer.len() as u64) {
                found.files.insert(name, keep(buffer));
            }
        }
        Ok(Content::TooLarge(size)) => found.too_large(&name, size),
        Ok(Content::NoFile) => found.wrong(&name, "is no file", "take it out of the folder"),
        Err(error) => found.wrong(&name, format!("could not be read: {error}"), "make it readable for you"),
    }
}

/// The path inside the folder, with `/` in it.
fn key(inside: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = inside.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// Where a link leads, as long as it stays in the folder: what else it could bring along nobody has asked for.
fn target(root: &Path, link: &Path) -> Result<PathBuf, String> {
    let target = fs::canonicalize(link).map_err(|_| "is a link that leads nowhere".to_owned())?;
    if !target.starts_with(root) {
        return Err(format!("is a link that leads out of the folder, to {}", target.display()));
    }
    if target.is_dir() {
        return Err("is a link to a folder".to_owned());
    }
    Ok(target)
}

enum Content {
    Bytes,
    TooLarge(u64),
    NoFile,
}

/// Looks before it opens: whoever opens a pipe waits for somebody to write into it.
fn load(path: &Path, buffer: &mut Vec<u8>) -> io::Result<Content> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Content::NoFile);
    }
    if metadata.len() > LARGEST {
        return Ok(Content::TooLarge(metadata.len()));
    }
    buffer.clear();
    buffer.reserve_exact(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?.take(LARGEST + 1).read_to_end(buffer)?;
    let size = buffer.len() as u64;
    Ok(if size > LARGEST { Content::TooLarge(size) } else { Content::Bytes })
}
