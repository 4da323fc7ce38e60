//! Finds, reads and decrypts the data files.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{
    folder,
    git::{self, GitError, Prompt},
    layout::{DEFAULT_FOLDERS, Found, SAMPLE},
    location::Source,
};
use crate::{
    crypt::{self, Key, KeyError, SecretString},
    files::Files,
    finding::Finding,
    fingerprint::{FileHash, FileHashes},
};

pub struct CollectOptions<'o> {
    /// The project folder, to which paths are relative.
    pub root: &'o Path,
    /// The token for a git repository over HTTPS (`PRIVATE_DATA_PAT`).
    pub token: Option<SecretString>,
    /// Whether git may prompt for credentials.
    pub prompt: Prompt,
    /// Returns the key, if there is one. Only called if there are encrypted files.
    pub key: Box<dyn FnOnce() -> Result<Option<Key>, KeyError> + 'o>,
}

impl fmt::Debug for CollectOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CollectOptions").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The data files, decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    pub files: Files,
    /// A description of the source: `data/`, or a repository and its commit.
    pub from: String,
    /// These are the files of the sample persona, because there are no others yet.
    pub is_sample: bool,
    /// The names in `files` of those that were encrypted.
    pub decrypted: Vec<String>,
    /// The hashes of the files as they are stored.
    pub hashes: FileHashes,
}

/// The hashes of the data files, read without decrypting them or keeping them in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedFiles {
    /// See [`Collected::from`].
    pub from: String,
    pub hashes: FileHashes,
}

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    #[error("{} is a file, not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("{0} contains no data files")]
    NoFiles(String),
    #[error("could not read the private data repository")]
    Git(#[from] GitError),
    #[error("could not use the key for encrypted files")]
    Key(#[from] KeyError),
    /// All errors, sorted by file.
    #[error("{} of your data files cannot be used", .0.len())]
    Files(Vec<Finding>),
}

impl CollectError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder(_) => Some("specify another one with `--from` or `data:`".to_owned()),
            Self::NotAFolder(file) => {
                file.parent().map(|folder| format!("specify its folder instead: {}", folder.display()))
            }
            Self::NoFiles(_) => Some(format!(
                "data files are expected in {}, or at the root; specify another folder after `#REFERENCE:`",
                DEFAULT_FOLDERS.map(|folder| format!("{folder}/")).join(", ")
            )),
            Self::Git(error) => error.hint(),
            Self::Key(error) => Some(error.hint().to_owned()),
            Self::Files(_) => None,
        }
    }
}

/// Hashes the files of a folder. Returns `None` if the source is a repository, if there are no files, or if
/// there are errors. Blocks while it reads files.
pub fn hash_files(source: &Source, root: &Path) -> Option<HashedFiles> {
    let Location { folder, from } = locate(source, root)?;
    let found = folder::read(&folder, |bytes| FileHash::of(bytes));
    let is_complete = found.errors.is_empty() && !found.files.is_empty();
    is_complete.then(|| HashedFiles { from, hashes: found.files.into_iter().collect() })
}

/// Collects the data files. Blocks while it reads files and while git connects to a host.
pub fn collect(source: &Source, options: CollectOptions<'_>) -> Result<Collected, CollectError> {
    let SourceFiles { found, from, is_sample } = read(source, &options)?;
    let hashes = found.files.iter().map(|(name, bytes)| (name.clone(), FileHash::of(bytes))).collect();
    let mut decrypted = decrypt(found, options.key)?;
    if !decrypted.errors.is_empty() {
        decrypted.errors.sort();
        return Err(CollectError::Files(decrypted.errors));
    }
    Ok(Collected { files: decrypted.files, from, is_sample, decrypted: decrypted.names, hashes })
}

/// The files of a source, before decryption.
struct SourceFiles {
    found: Found,
    from: String,
    is_sample: bool,
}

fn read(source: &Source, options: &CollectOptions<'_>) -> Result<SourceFiles, CollectError> {
    match source {
        Source::Default | Source::Folder(_) => {
            let Some(Location { folder, from }) = locate(source, options.root) else {
                let [first, ..] = DEFAULT_FOLDERS;
                return Ok(sample(&options.root.join(first), &format!("{first}/")));
            };
            if folder.is_file() {
                return Err(CollectError::NotAFolder(folder));
            }
            if !folder.is_dir() {
                return Err(CollectError::NoFolder(folder));
            }
            let found = folder::read(&folder, std::mem::take);
            Ok(if found.is_empty() {
                sample(&folder, &from)
            } else {
                SourceFiles { found, from, is_sample: false }
            })
        }
        Source::Git(address) => {
            let checkout = git::read(address, options.token.as_ref(), options.prompt)?;
            if checkout.found.is_empty() {
                return Err(CollectError::NoFiles(checkout.from));
            }
            Ok(SourceFiles { found: checkout.found, from: checkout.from, is_sample: false })
        }
    }
}

/// Returns whether the source contains data files. A repository is assumed to contain some.
pub fn has_files(source: &Source, root: &Path) -> bool {
    match source {
        Source::Default => first_default_folder(root).is_some(),
        Source::Folder(path) => !folder::is_empty(&root.join(path)),
        Source::Git(_) => true,
    }
}

/// Returns the first default folder that contains files, or else the first one.
pub fn default_folder(root: &Path) -> PathBuf {
    root.join(first_default_folder(root).unwrap_or(DEFAULT_FOLDERS[0]))
}

fn first_default_folder(root: &Path) -> Option<&'static str> {
    DEFAULT_FOLDERS.into_iter().find(|folder| !folder::is_empty(&root.join(folder)))
}

/// A folder and its description.
struct Location {
    folder: PathBuf,
    from: String,
}

/// Returns the folder of a source, or `None` if there is no default folder or the source is a repository.
fn locate(source: &Source, root: &Path) -> Option<Location> {
    match source {
        Source::Default => {
            let folder = first_default_folder(root)?;
            Some(Location { folder: root.join(folder), from: format!("{folder}/") })
        }
        Source::Folder(path) => {
            let from = format!("{}/", path.display().to_string().trim_end_matches('/'));
            Some(Location { folder: root.join(path), from })
        }
        Source::Git(_) => None,
    }
}

fn sample(folder: &Path, from: &str) -> SourceFiles {
    let found = folder::read(&folder.join(SAMPLE), std::mem::take);
    let sample = if found.is_empty() { String::new() } else { format!("{SAMPLE}/") };
    SourceFiles { found, from: format!("{from}{sample}"), is_sample: true }
}

/// The decrypted files.
#[derive(Default)]
struct Decrypted {
    files: Files,
    /// The names of files that were encrypted.
    names: Vec<String>,
    errors: Vec<Finding>,
}

/// Decrypts the encrypted files, and refuses files that must not be uploaded.
fn decrypt(found: Found, key: impl FnOnce() -> Result<Option<Key>, KeyError>) -> Result<Decrypted, KeyError> {
    let is_encrypted = found.files.keys().any(|name| crypt::decrypted_name(name).is_some());
    let key = if is_encrypted { key()? } else { None };
    let mut decrypted = Decrypted { errors: found.errors, ..Decrypted::default() };
    let (encrypted, plain): (Vec<_>, Vec<_>) =
        found.files.into_iter().partition(|(name, _)| crypt::decrypted_name(name).is_some());
    for (name, bytes) in plain {
        decrypted.add(&name, &name, bytes);
    }
    for (name, bytes) in encrypted {
        decrypted.decrypt(&name, &bytes, key.as_ref());
    }
    Ok(decrypted)
}

impl Decrypted {
    fn decrypt(&mut self, name: &str, bytes: &[u8], key: Option<&Key>) {
        let Some((inner, encryption)) = crypt::decrypted_name(name) else { return };
        let result = match key {
            _ if is_lfs_pointer(bytes) => Err(lfs_pointer(name)),
            None => {
                let hint = "set DATA_KEY, or specify a file with `--key-file`";
                Err(Finding::error(name, None, "the file is encrypted, but no key was given", hint))
            }
            Some(key) => encryption
                .decrypt(bytes, inner, key)
                .map_err(|error| Finding::error(name, None, error.to_string(), error.hint())),
        };
        match result {
            Ok(plain) => {
                self.names.push(inner.to_owned());
                self.add(name, inner, plain);
            }
            Err(error) => self.errors.push(error),
        }
    }

    /// Adds a file. `origin` is its name before decryption.
    fn add(&mut self, origin: &str, name: &str, bytes: Vec<u8>) {
        if is_lfs_pointer(&bytes) {
            self.errors.push(lfs_pointer(origin));
        } else if crypt::contains_secret_key(&bytes) {
            let hint = "move it out of the folder, and specify it with DATA_KEY or `--key-file`";
            self.errors.push(Finding::error(origin, None, "the file contains a secret age key", hint));
        } else if self.files.get(name).is_some_and(|other| other != bytes) {
            let what = format!("the content differs from {name}, which also exists");
            self.errors.push(Finding::error(origin, None, what, "delete one of the two"));
        } else {
            self.files.insert(name, bytes);
        }
    }
}

fn lfs_pointer(name: &str) -> Finding {
    let hint = "store it in git itself, or run `git lfs pull` and specify that folder with `--from`";
    Finding::error(name, None, "this is a Git LFS pointer, not the file itself", hint)
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}
