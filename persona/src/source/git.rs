//! Files of a git repository: one commit is fetched into a folder that is gone afterwards, and its files are read from there.

mod program;
mod trouble;

use std::time::Duration;

use self::program::Git;
use super::{
    GitAddress,
    tree::{Found, LARGEST, below, is_known, is_own, place},
};
use crate::crypt::SecretString;

pub use self::{program::Asking, trouble::GitError};

/// A repository of a few files comes in seconds; who types a password needs longer.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) struct Checkout {
    pub(super) found: Found,
    /// For people: the repository, the commit and the folder.
    pub(super) from: String,
}

pub(super) fn read(
    address: &GitAddress,
    token: Option<&SecretString>,
    asking: Asking,
) -> Result<Checkout, GitError> {
    let folder = tempfile::Builder::new().prefix("twinctl-data-").tempdir().map_err(GitError::NoFolder)?;
    let git = Git::new(folder.path(), address, token, asking, PATIENCE);
    git.run(&["init", "--quiet", "--bare", "--template="])?;
    git.fetch(address.reference.as_deref().unwrap_or("HEAD"))?;
    let commit = git.run(&["rev-parse", "FETCH_HEAD^{commit}"])?;
    let listing = git.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", "FETCH_HEAD"])?;
    let entries: Vec<Entry> = listing.split(|byte| *byte == 0).filter_map(Entry::read).collect();
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let short = String::from_utf8_lossy(commit.get(..7).unwrap_or(&commit)).into_owned();
    let place = match &address.folder {
        Some(folder) if paths.iter().any(|path| below(path, folder).is_some()) => folder,
        Some(folder) => return Err(GitError::no_folder(address, folder, short)),
        None => place(&paths).unwrap_or_default(),
    };
    let found = pick(&git, &entries, place, address.folder.is_some())?;
    let inside =
        if place.is_empty() || address.folder.is_some() { String::new() } else { format!(", {place}/") };
    Ok(Checkout { found, from: format!("{address} at {short}{inside}") })
}

/// One line of `ls-tree -l`.
struct Entry {
    kind: Kind,
    id: String,
    size: u64,
    path: String,
    is_utf8: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

impl Entry {
    /// `MODE TYPE ID SIZE\tPATH`
    fn read(line: &[u8]) -> Option<Self> {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let (about, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
        let mut words = about.split_ascii_whitespace();
        let kind = match words.next()? {
            "120000" => Kind::Link,
            "160000" => Kind::Submodule,
            _ => Kind::File,
        };
        let (id, size) = (words.nth(1)?.to_owned(), words.next()?.parse().unwrap_or_default());
        let is_utf8 = std::str::from_utf8(path).is_ok();
        Some(Self { kind, id, size, path: String::from_utf8_lossy(path).into_owned(), is_utf8 })
    }
}

/// The owner's files below a folder; `named` by whoever asks, everything there is meant.
fn pick(git: &Git<'_>, entries: &[Entry], place: &str, named: bool) -> Result<Found, GitError> {
    let is_meant = |path: &&str| is_own(path) && (named || !place.is_empty() || is_known(path));
    let mut found = Found::default();
    let mut wanted = Vec::new();
    let mut total = 0;
    for entry in entries {
        let Some(name) = below(&entry.path, place).filter(is_meant) else { continue };
        match entry.kind {
            _ if !entry.is_utf8 => found.wrong(name, "has a name that is not UTF-8", "give it another name"),
            Kind::Link => found.wrong(name, "is a link", "put the file itself here"),
            Kind::Submodule => {
                found.wrong(name, "is another repository (a submodule)", "put the files themselves here");
            }
            Kind::File if entry.size > LARGEST => found.too_large(name, entry.size),
            Kind::File if found.has_room(&mut total, name, entry.size) => wanted.push((name, entry)),
            Kind::File => {}
        }
    }
    let ids: String = wanted.iter().flat_map(|(_, entry)| [entry.id.as_str(), "\n"]).collect();
    let contents = git.run_with(&["cat-file", "--batch"], ids.into_bytes())?;
    let mut rest = contents.as_slice();
    for (name, _) in wanted {
        let (bytes, after) = first_of_batch(rest)
            .ok_or_else(|| GitError::Failed { said: format!("git did not hand out {name}") })?;
        found.files.insert(name.to_owned(), bytes.to_vec());
        rest = after;
    }
    Ok(found)
}

/// `ID TYPE SIZE\nBYTES\n`, and what comes behind it.
fn first_of_batch(contents: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = contents.iter().position(|byte| *byte == b'\n')?;
    let about = std::str::from_utf8(&contents[..line]).ok()?;
    let size: usize = about.rsplit(' ').next()?.parse().ok()?;
    let (bytes, rest) = contents[line + 1..].split_at_checked(size)?;
    Some((bytes, rest.strip_prefix(b"\n")?))
}
