//! Files of a git repository: one commit is fetched into a folder that is gone afterwards, and its files are read from there.

mod listing;
mod program;
mod trouble;

use std::time::Duration;

use self::{
    listing::{Entry, Kind},
    program::Git,
};
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
    let from = format!("{address} at {short}");
    let (from, place, meant) = match &address.folder {
        Some(folder) if paths.iter().any(|path| below(path, folder).is_some()) => {
            (from, folder.as_str(), Meant::All)
        }
        Some(folder) => return Err(GitError::no_folder(address, folder, short)),
        None => match place(&paths) {
            Some(place) if !place.is_empty() => (format!("{from}, {place}/"), place, Meant::All),
            _ => (from, "", Meant::Known),
        },
    };
    Ok(Checkout { found: pick(&git, &entries, place, meant)?, from })
}

/// Which of the owner's files below a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    All,
    /// Those that a twin reads: at the root of a repository there may be anything.
    Known,
}

fn pick(git: &Git<'_>, entries: &[Entry], place: &str, meant: Meant) -> Result<Found, GitError> {
    let is_meant = |path: &&str| is_own(path) && (meant == Meant::All || is_known(path));
    let mut found = Found::default();
    let mut wanted = Vec::new();
    for entry in entries {
        let Some(name) = below(&entry.path, place).filter(is_meant) else { continue };
        match entry.kind {
            _ if !entry.is_utf8 => found.wrong(name, "has a name that is not UTF-8", "give it another name"),
            Kind::Link => found.wrong(name, "is a link", "put the file itself here"),
            Kind::Submodule => {
                found.wrong(name, "is another repository (a submodule)", "put the files themselves here");
            }
            Kind::File if entry.size > LARGEST => found.too_large(name, entry.size),
            Kind::File if found.has_room(name, entry.size) => wanted.push((name, entry)),
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
