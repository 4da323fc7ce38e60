//! Brings the owner's files together: found, read and decrypted.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{
    GitError, Source, folder,
    git::{self, Asking},
    tree::{Found, PLACES, SAMPLE, wrong},
};
use crate::{
    Files, Mistake,
    crypt::{self, BadKey, Key, SecretString},
    stamp::{Print, Prints},
};

/// What collecting needs from outside.
pub struct Means<'m> {
    /// The project's folder: what paths begin at.
    pub root: &'m Path,
    /// `PRIVATE_DATA_PAT`, for a git repository over https.
    pub token: Option<SecretString>,
    /// Whether git may ask at the terminal.
    pub asking: Asking,
    /// Called only when an encrypted file is there. `None` when nobody has a key.
    pub key: Box<dyn FnOnce() -> Result<Option<Key>, BadKey> + 'm>,
}

impl fmt::Debug for Means<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Means").field("root", &self.root).finish_non_exhaustive()
    }
}

/// The owner's files, as they go online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    pub files: Files,
    /// For people: `data/`, or a repository and its commit.
    pub from: String,
    /// Nobody has put own files anywhere yet: a made-up person's.
    pub is_sample: bool,
    /// The names of those that were encrypted, as they are in `files`.
    pub decrypted: Vec<String>,
    /// Of the files as they lay there.
    pub prints: Prints,
}

/// What a glance at a folder tells: nothing of it is held, decrypted or asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// As [`Collected::from`].
    pub from: String,
    pub prints: Prints,
}

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("the folder {} is not there", .0.display())]
    NoFolder(PathBuf),
    #[error("{} is a file, and all of a folder goes online", .0.display())]
    NotAFolder(PathBuf),
    #[error("{0} holds no file of yours")]
    Nothing(String),
    #[error("the private data repository could not be read")]
    Git(#[from] GitError),
    #[error("the key for encrypted files cannot be used")]
    Key(#[from] BadKey),
    /// All of them, in the order of the files.
    #[error("{} of your files cannot be used", .0.len())]
    Mistakes(Vec<Mistake>),
}

impl CollectError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder(_) => Some("name another with `--from` or `data:`".to_owned()),
            Self::NotAFolder(file) => {
                file.parent().map(|folder| format!("name its folder instead: {}", folder.display()))
            }
            Self::Nothing(_) => Some(format!(
                "files are looked for in {}, and at its root; name another folder behind `#REFERENCE:`",
                PLACES.map(|place| format!("{place}/")).join(", ")
            )),
            Self::Git(error) => error.hint(),
            Self::Key(error) => Some(error.hint().to_owned()),
            Self::Mistakes(_) => None,
        }
    }
}

/// Blocks: files are read. `None` where only collecting tells more: there is a repository, nothing, or something wrong.
pub fn survey(source: &Source, root: &Path) -> Option<Survey> {
    let Place { folder, from } = place(source, root)?;
    let found = folder::read(&folder, |bytes| Print::of(bytes));
    let is_whole = found.mistakes.is_empty() && !found.files.is_empty();
    is_whole.then(|| Survey { from, prints: found.files.into_iter().collect() })
}

/// Blocks: files are read, and git may talk with a host.
pub fn collect(source: &Source, means: Means<'_>) -> Result<Collected, CollectError> {
    let Gathered { found, from, is_sample } = gather(source, &means)?;
    let prints = found.files.iter().map(|(name, bytes)| (name.clone(), Print::of(bytes))).collect();
    let mut opened = open(found, means.key)?;
    if !opened.mistakes.is_empty() {
        opened.mistakes.sort();
        return Err(CollectError::Mistakes(opened.mistakes));
    }
    Ok(Collected { files: opened.files, from, is_sample, decrypted: opened.decrypted, prints })
}

struct Gathered {
    found: Found,
    from: String,
    is_sample: bool,
}

fn gather(source: &Source, means: &Means<'_>) -> Result<Gathered, CollectError> {
    match source {
        Source::Usual | Source::Folder(_) => {
            let Some(Place { folder, from }) = place(source, means.root) else {
                return Ok(sample(&means.root.join(PLACES[0]), &format!("{}/", PLACES[0])));
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
                Gathered { found, from, is_sample: false }
            })
        }
        Source::Git(address) => {
            let checkout = git::read(address, means.token.as_ref(), means.asking)?;
            if checkout.found.is_empty() {
                return Err(CollectError::Nothing(checkout.from));
            }
            Ok(Gathered { found: checkout.found, from: checkout.from, is_sample: false })
        }
    }
}

/// Whether there is something of the owner's own, as far as a glance tells: a repository is taken to have some.
pub fn is_there(source: &Source, root: &Path) -> bool {
    match source {
        Source::Usual => usual_place(root).is_some(),
        Source::Folder(path) => !folder::is_empty(&root.join(path)),
        Source::Git(_) => true,
    }
}

/// The folder of the owner's files where nobody has named one: the first that holds some.
pub fn usual_folder(root: &Path) -> PathBuf {
    root.join(usual_place(root).unwrap_or(PLACES[0]))
}

fn usual_place(root: &Path) -> Option<&'static str> {
    PLACES.into_iter().find(|place| !folder::is_empty(&root.join(place)))
}

/// A folder, and how people call it.
struct Place {
    folder: PathBuf,
    from: String,
}

/// The folder that is meant; `None` where there is none.
fn place(source: &Source, root: &Path) -> Option<Place> {
    match source {
        Source::Usual => {
            usual_place(root).map(|place| Place { folder: root.join(place), from: format!("{place}/") })
        }
        Source::Folder(path) => {
            let from = format!("{}/", path.display().to_string().trim_end_matches('/'));
            Some(Place { folder: root.join(path), from })
        }
        Source::Git(_) => None,
    }
}

fn sample(folder: &Path, from: &str) -> Gathered {
    let found = folder::read(&folder.join(SAMPLE), std::mem::take);
    let place = if found.is_empty() { String::new() } else { format!("{SAMPLE}/") };
    Gathered { found, from: format!("{from}{place}"), is_sample: true }
}

#[derive(Default)]
struct Opened {
    files: Files,
    decrypted: Vec<String>,
    mistakes: Vec<Mistake>,
}

/// Decrypts what is encrypted, and finds what cannot be the owner's wish.
fn open(found: Found, key: impl FnOnce() -> Result<Option<Key>, BadKey>) -> Result<Opened, BadKey> {
    let is_encrypted = found.files.keys().any(|name| crypt::inner_name(name).is_some());
    let key = if is_encrypted { key()? } else { None };
    let mut opened = Opened { mistakes: found.mistakes, ..Opened::default() };
    let (sealed, plain): (Vec<_>, Vec<_>) =
        found.files.into_iter().partition(|(name, _)| crypt::inner_name(name).is_some());
    for (name, bytes) in plain {
        opened.take(&name, &name, bytes);
    }
    for (name, bytes) in sealed {
        opened.unseal(&name, &bytes, key.as_ref());
    }
    Ok(opened)
}

impl Opened {
    fn unseal(&mut self, name: &str, bytes: &[u8], key: Option<&Key>) {
        let Some((inner, seal)) = crypt::inner_name(name) else { return };
        let opened = match key {
            _ if is_lfs_pointer(bytes) => Err(lfs_pointer(name)),
            None => {
                let hint = "set DATA_KEY, or name a file with `--key-file`";
                Err(wrong(name, "is encrypted, and there is no key", hint))
            }
            Some(key) => {
                seal.open(bytes, inner, key).map_err(|error| wrong(name, error.to_string(), error.hint()))
            }
        };
        match opened {
            Ok(plain) => {
                self.decrypted.push(inner.to_owned());
                self.take(name, inner, plain);
            }
            Err(mistake) => self.mistakes.push(mistake),
        }
    }

    /// `origin` is the name of the file where it came from.
    fn take(&mut self, origin: &str, name: &str, bytes: Vec<u8>) {
        if is_lfs_pointer(&bytes) {
            self.mistakes.push(lfs_pointer(origin));
        } else if crypt::holds_identity(&bytes) {
            let hint = "keep it outside of the folder, and name it with DATA_KEY or `--key-file`";
            self.mistakes.push(wrong(origin, "holds a secret key of age", hint));
        } else if self.files.get(name).is_some_and(|other| other != bytes) {
            let what = format!("says something else than {name}, which is here too");
            self.mistakes.push(wrong(origin, what, "delete the one that is not meant"));
        } else {
            self.files.insert(name, bytes);
        }
    }
}

fn lfs_pointer(name: &str) -> Mistake {
    let hint = "keep it in git itself, or fetch it with `git lfs pull` and name that folder with `--from`";
    wrong(name, "is only a pointer of Git LFS, not the file", hint)
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}
