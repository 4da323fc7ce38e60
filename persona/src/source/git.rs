//! Reads data files from a git repository: fetches one commit into a temporary folder, and reads its files there.

mod error;
mod listing;
mod program;

use std::{env, path::Path, time::Duration};

use self::{
    listing::{Entry, Kind},
    program::Git,
};
use super::{
    address::GitAddress,
    layout::{Found, MAX_FILE, below, data_folder, is_data_file, is_read},
};
use crate::crypt::SecretString;

pub use self::{error::GitError, program::Prompt};

/// The timeout of each git command. Fetching takes seconds, but typing a password takes longer.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The data files of one commit.
pub(super) struct Checkout {
    pub(super) found: Found,
    /// A description of the source: the repository, the commit and the folder.
    pub(super) from: String,
}

pub(super) fn read(
    address: &GitAddress,
    token: Option<&SecretString>,
    prompt: Prompt,
) -> Result<Checkout, GitError> {
    read_in(&env::temp_dir(), address, token, prompt)
}

/// Reads the data files. `temporary` is where the temporary folder is created.
fn read_in(
    temporary: &Path,
    address: &GitAddress,
    token: Option<&SecretString>,
    prompt: Prompt,
) -> Result<Checkout, GitError> {
    let folder = tempfile::Builder::new().prefix("twinctl-data-").tempdir_in(temporary);
    let folder = folder.map_err(GitError::NoTemporaryFolder)?;
    let git = Git::new(folder.path(), address, token, prompt, TIMEOUT);
    git.run(&["init", "--quiet", "--bare", "--template="])?;
    git.fetch(address.reference.as_deref().unwrap_or("HEAD"))?;
    let commit = git.run(&["rev-parse", "FETCH_HEAD^{commit}"])?;
    let listing = git.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", "FETCH_HEAD"])?;
    let entries: Vec<Entry> = listing.split(|byte| *byte == 0).filter_map(Entry::read).collect();
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let short = String::from_utf8_lossy(commit.get(..7).unwrap_or(&commit)).into_owned();
    let from = format!("{address} at {short}");
    let (from, folder, selection) = match &address.folder {
        Some(folder) if paths.iter().any(|path| below(path, folder).is_some()) => {
            (from, folder.as_str(), Selection::All)
        }
        Some(folder) => return Err(GitError::no_such_folder(address, folder, short)),
        None => match data_folder(&paths) {
            Some(folder) if !folder.is_empty() => (format!("{from}, {folder}/"), folder, Selection::All),
            _ => (from, "", Selection::Read),
        },
    };
    Ok(Checkout { found: read_files(&git, &entries, folder, selection)?, from })
}

/// The data files to read from a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Selection {
    All,
    /// Only those that a twin reads, because the root of a repository also contains other files.
    Read,
}

fn read_files(
    git: &Git<'_>,
    entries: &[Entry],
    folder: &str,
    selection: Selection,
) -> Result<Found, GitError> {
    let is_selected = |path: &&str| is_data_file(path) && (selection == Selection::All || is_read(path));
    let mut found = Found::default();
    let mut wanted = Vec::new();
    for entry in entries {
        let Some(name) = below(&entry.path, folder).filter(is_selected) else { continue };
        match entry.kind {
            _ if !entry.is_utf8 => found.error(name, "the file name is not UTF-8", "rename it"),
            Kind::Link => found.error(name, "symbolic link", "replace it with the file itself"),
            Kind::Submodule => {
                found.error(name, "git submodule", "add the files themselves");
            }
            Kind::File if entry.size > MAX_FILE => found.too_large(name, entry.size),
            Kind::File if found.add_size(name, entry.size) => wanted.push((name, entry)),
            Kind::File => {}
        }
    }
    let ids: String = wanted.iter().flat_map(|(_, entry)| [entry.id.as_str(), "\n"]).collect();
    let contents = git.run_with(&["cat-file", "--batch"], ids.into_bytes())?;
    let mut rest = contents.as_slice();
    for (name, _) in wanted {
        let (bytes, after) = first_of_batch(rest)
            .ok_or_else(|| GitError::Failed { message: format!("git did not return {name}") })?;
        found.files.insert(name.to_owned(), bytes.to_vec());
        rest = after;
    }
    Ok(found)
}

/// Splits `ID TYPE SIZE\nBYTES\n` into the bytes and the rest of the batch.
fn first_of_batch(contents: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = contents.iter().position(|byte| *byte == b'\n')?;
    let about = std::str::from_utf8(&contents[..line]).ok()?;
    let size: usize = about.rsplit(' ').next()?.parse().ok()?;
    let (bytes, rest) = contents[line + 1..].split_at_checked(size)?;
    Some((bytes, rest.strip_prefix(b"\n")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_folder_is_removed() {
        let temporary = tempfile::tempdir().unwrap();
        let address = "git+file:///nowhere/at/all".parse().unwrap();
        assert!(read_in(temporary.path(), &address, None, Prompt::Forbidden).is_err());
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    }
}
