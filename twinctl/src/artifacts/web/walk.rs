//! Lists the files of the web folder.

use std::fs;
use std::path::Path;

use ignore::{DirEntry, WalkBuilder};

use crate::artifacts::{BundleError, Content, embedded::Embedded};
use crate::spec::DEFAULT_PAGE;

/// Returns the keys and contents of the public files. The page of this repository is embedded in a self-contained
/// twinctl, which uses it if its folder does not exist.
pub(crate) fn walk(folder: &Path) -> Result<Vec<(String, Content)>, BundleError> {
    if folder.ends_with(DEFAULT_PAGE)
        && !folder.exists()
        && let Some(mut embedded) = Embedded::open()?
    {
        return embedded.page();
    }
    let missing = |_| BundleError::NoWebFolder { folder: folder.to_owned() };
    let root = fs::canonicalize(folder).map_err(missing)?;
    let entries = WalkBuilder::new(&root)
        .standard_filters(false)
        .follow_links(true)
        .filter_entry(|entry| entry.depth() == 0 || is_public(entry))
        .build();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| BundleError::Walk { folder: folder.to_owned(), source })?;
        refuse_leaving_link(&entry, &root)?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            found.push((key(entry.path(), &root)?, Content::OnDisk(entry.into_path())));
        }
    }
    Ok(found)
}

/// Excludes hidden files, which belong to the system (`.DS_Store`) or are secret (`.env`). `.well-known` is public.
fn is_public(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name == ".well-known" || !name.as_encoded_bytes().starts_with(b".")
}

fn refuse_leaving_link(entry: &DirEntry, root: &Path) -> Result<(), BundleError> {
    if !entry.path_is_symlink() {
        return Ok(());
    }
    let path = entry.path().to_owned();
    let target = fs::canonicalize(&path).map_err(BundleError::read(&path))?;
    if target.starts_with(root) { Ok(()) } else { Err(BundleError::LinkLeaves { path, target }) }
}

fn key(path: &Path, root: &Path) -> Result<String, BundleError> {
    let inside = path.strip_prefix(root).unwrap_or(path);
    contract::key::of_path(inside).ok_or_else(|| BundleError::NameNotUtf8 { path: path.to_owned() })
}
