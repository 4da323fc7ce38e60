//! Files that are whole or not there, and what to say when they cannot be written.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use reconcile::{Class, Fault};
use serde::{Serialize, de::DeserializeOwned};

use super::whole_file;

/// Conversations and personal data are nobody else's.
const FOLDER_MODE: u32 = 0o700;

/// What could not be done to a file.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} {}: {error}", .path.display())]
pub(crate) struct FileError {
    doing: &'static str,
    path: PathBuf,
    error: io::Error,
}

impl FileError {
    pub(crate) fn hint(&self) -> Option<String> {
        let path = self.path.display();
        match self.error.kind() {
            io::ErrorKind::PermissionDenied => Some(format!("make sure that you may write to {path}")),
            io::ErrorKind::ReadOnlyFilesystem => Some(format!(
                "{path} is on a disk that cannot be written to; name other folders under `local:` in the file, or move the project"
            )),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("free some space on that disk; nothing was lost".to_owned())
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Some(format!("something else lies at {path}, or above it: move it away"))
            }
            _ => None,
        }
    }
}

/// The fault that an error with a file is.
pub(crate) fn fault(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Fault {
    let path = path.to_owned();
    move |error| {
        let class = match error.kind() {
            io::ErrorKind::PermissionDenied => Class::Denied,
            _ => Class::Refused,
        };
        Fault::new(class, FileError { doing, path: path.clone(), error })
    }
}

/// Not there is `None`.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("read", path)(error)),
    }
}

/// Not there, or not what is meant to be there, is `None`: it is made anew.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    Ok(read(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Replaces the file as a whole, and makes its folder where there is none.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    ensure_folder(path.parent().unwrap_or(Path::new(".")))?;
    whole_file::replace(path, bytes).map_err(fault("write", path))
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Fault> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| Fault::new(Class::Refused, error))?;
    write(path, &text)
}

pub(crate) fn ensure_folder(path: &Path) -> Result<(), Fault> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(fault("make", path))
}

/// A file or a folder with all that is in it; not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), Fault> {
    let removed =
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Copies all that is in a folder, and says how many files that were.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<u64, Fault> {
    let mut copied = 0;
    for entry in ignore::WalkBuilder::new(from).standard_filters(false).build().flatten() {
        let inside = entry.path().strip_prefix(from).unwrap_or(entry.path());
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let path = to.join(inside);
            ensure_folder(path.parent().unwrap_or(to))?;
            fs::copy(entry.path(), &path).map_err(fault("write", &path))?;
            copied += 1;
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/record.json");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        let beside: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, FOLDER_MODE);
        remove(path.parent().unwrap()).unwrap();
        remove(&path).unwrap();
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("taken"), "").unwrap();
        let fault = write(&folder.path().join("taken/record.json"), b"x").unwrap_err();
        let error = fault.cause::<FileError>().unwrap();
        assert!(error.hint().unwrap().contains("move it away"), "{error} {:?}", error.hint());
    }
}
