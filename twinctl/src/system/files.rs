//! Files and folders: atomic writes, and errors with hints.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use contract::owner_only;
use reconcile::{Class, Fault};
use serde::{Serialize, de::DeserializeOwned};

use super::clock;

/// Files and folders are accessible to their owner only, because they contain conversations and personal data.
const FILE_MODE: u32 = owner_only::MODE;
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;
/// Prefix of the temporary files of atomic writes. One is left behind if the process is killed during a write.
pub(crate) const TEMPORARY: &str = ".new-";

/// An operation on a file that failed.
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
            io::ErrorKind::PermissionDenied => {
                Some(format!("check that you have write permission for {path}"))
            }
            io::ErrorKind::ReadOnlyFilesystem => Some(format!(
                "{path} is on a read-only file system; set other folders under `local:` in the environment file, or move the project"
            )),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Some("free some disk space; no data was lost".to_owned())
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Some(format!("another file exists at {path} or at one of its parent folders; move it away"))
            }
            _ => None,
        }
    }
}

/// Returns a function that converts an I/O error into a fault that names the file.
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

/// Reads a file. Returns `None` if it does not exist.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("read", path)(error)),
    }
}

/// Reads a JSON file. Returns `None` if it does not exist or is not valid, so that it is written again.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    Ok(read(path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Writes a file atomically, and creates its folder if it does not exist.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write_with_mode(path, bytes, FILE_MODE)
}

/// Writes a file atomically with these permissions, and creates its folder if it does not exist.
pub(crate) fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Fault> {
    ensure_folder(path.parent().unwrap_or(Path::new(".")))?;
    replace_with_mode(path, bytes, mode).map_err(fault("write", path))
}

/// Writes a file atomically, and keeps the permissions of the one that it replaces.
pub(crate) fn write_in_place(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write_with_mode(path, bytes, owner_only::mode_of(path).unwrap_or(FILE_MODE))
}

/// Writes a file in an existing folder atomically, and creates the folders between them. Fails if the folder does not exist:
/// it is not created again if another process deleted it meanwhile.
pub(crate) fn write_in(root: &Path, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write_in_through(root, path, &temporary_name(), bytes)
}

/// Writes a file as [`write_in`] does. Until it is complete, it has the name `temporary`.
pub(crate) fn write_in_through(root: &Path, path: &Path, temporary: &str, bytes: &[u8]) -> Result<(), Fault> {
    let path = root.join(path);
    ensure_folder_in(root, path.parent().unwrap_or(root))?;
    replace_through(&path, temporary, bytes, FILE_MODE).map_err(fault("write", &path))
}

fn temporary_name() -> String {
    format!("{TEMPORARY}{}", clock::unique_id())
}

/// Creates a folder in an existing one, with the folders between them.
pub(crate) fn ensure_folder_in(root: &Path, path: &Path) -> Result<(), Fault> {
    let inside: Vec<_> = path.ancestors().take_while(|ancestor| *ancestor != root).collect();
    for folder in inside.into_iter().rev() {
        match folder_builder().create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !folder.is_dir() => {
                return Err(fault("create", folder)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a file atomically: after a crash, and for every reader, it has the old or the new content. Its folder must
/// exist.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with_mode(path, bytes, FILE_MODE)
}

/// Replaces a file as [`replace`] does, with these permissions.
pub(crate) fn replace_with_mode(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    replace_through(path, &temporary_name(), bytes, mode)
}

fn replace_through(path: &Path, temporary: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = path.with_file_name(temporary);
    let created = owner_only::create(OpenOptions::new().write(true).create_new(true)).open(&temporary);
    let written = created.and_then(|mut file| {
        file.write_all(bytes)?;
        // Unlike the mode of `open`, this is not restricted by the umask.
        owner_only::set_mode(&file, mode)?;
        // Without it, a power failure after the rename could leave an empty file.
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // An error means that the temporary file was not created.
        drop(fs::remove_file(&temporary));
    })
}

/// Writes JSON to a file in an existing folder. See [`write_in`].
pub(crate) fn write_json_in(root: &Path, path: &Path, value: &impl Serialize) -> Result<(), Fault> {
    write_in(root, path, &pretty(value)?)
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Fault> {
    write(path, &pretty(value)?)
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec_pretty(value).map_err(|error| Fault::new(Class::Refused, error))
}

fn folder_builder() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "a folder has no mode on Windows"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER_MODE);
    builder
}

/// Creates a folder and its parents, if they do not exist.
pub(crate) fn ensure_folder(path: &Path) -> Result<(), Fault> {
    if path.is_dir() {
        return Ok(());
    }
    folder_builder().recursive(true).create(path).map_err(fault("create", path))
}

/// Removes a file, or a folder with its contents, if it exists.
pub(crate) fn remove(path: &Path) -> Result<(), Fault> {
    let removed =
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Copies the contents of a folder. Returns the number of files.
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
    fn a_file_is_replaced_and_no_temporary_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/record.json");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        let entries: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(entries.len(), 1);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (FILE_MODE, FOLDER_MODE));
        write_with_mode(&path, b"three", 0o755).unwrap();
        assert_eq!(mode(&path), 0o755);
        remove(path.parent().unwrap()).unwrap();
        remove(&path).unwrap();
    }

    #[test]
    fn a_file_in_a_deleted_folder_does_not_create_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("data");
        assert!(write_in(&root, Path::new("a/b/facts.json"), b"x").is_err());
        assert!(!root.exists());
        ensure_folder(&root).unwrap();
        for content in [b"one", b"two"] {
            write_in(&root, Path::new("a/b/facts.json"), content).unwrap();
        }
        assert_eq!(read(&root.join("a/b/facts.json")).unwrap().unwrap(), b"two");
    }

    #[test]
    fn an_error_has_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let fault = write(&folder.path().join("file/record.json"), b"x").unwrap_err();
        let error = fault.cause::<FileError>().unwrap();
        assert!(error.hint().unwrap().contains("move it away"), "{error} {:?}", error.hint());
    }
}
