//! Hard-coded addresses of APIs in a page: finds them, and removes them so that the page calls its own origin.

mod address;
mod obstacle;
mod pinned_hashes;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;

pub use obstacle::Obstacle;
use pinned_hashes::PinnedHashes;

use super::walk::walk;
use crate::artifacts::{BundleError, Content, on_thread};

/// Files that browsers execute. Addresses in other files, such as source maps, are never called.
const ENDINGS: [&str; 3] = [".js", ".mjs", ".html"];

/// A file with hard-coded addresses of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardcodedFile {
    pub key: String,
    pub uses: Vec<AddressUse>,
    bytes: Vec<u8>,
}

/// An occurrence of an address in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressUse {
    /// The address, without the path after it.
    pub address: String,
    /// The reason why the address cannot be removed, if there is one.
    pub obstacle: Option<Obstacle>,
    place: Range<usize>,
}

/// Finds hard-coded addresses in the files of a folder, on a separate thread.
pub async fn find_hardcoded(folder: &Path) -> Result<Vec<HardcodedFile>, BundleError> {
    let folder = folder.to_owned();
    on_thread(move || find(walk(&folder)?)).await
}

fn find(mut files: Vec<(String, Content)>) -> Result<Vec<HardcodedFile>, BundleError> {
    let read =
        |key: &str, content: &Content| content.read_blocking().map_err(BundleError::read(content.name(key)));
    files.retain(|(key, _)| ENDINGS.iter().any(|ending| key.ends_with(ending)));
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut found = Vec::new();
    for (key, content) in &files {
        found.extend(HardcodedFile::of(key, read(key, content)?));
    }
    if found.iter().any(HardcodedFile::is_rewritable) {
        let mut hashes = PinnedHashes::default();
        for (key, content) in &files {
            hashes.collect(&read(key, content)?);
        }
        for file in &mut found {
            file.check_hashes(&hashes);
        }
    }
    Ok(found)
}

impl HardcodedFile {
    fn of(key: &str, bytes: Vec<u8>) -> Option<Self> {
        let uses: Vec<_> = address::find(&bytes)
            .into_iter()
            .map(|place| AddressUse {
                address: String::from_utf8_lossy(&bytes[place.clone()]).into_owned(),
                obstacle: obstacle::obstacle(&bytes, &place),
                place,
            })
            .collect();
        (!uses.is_empty()).then(|| Self { key: key.to_owned(), uses, bytes })
    }

    /// Returns whether at least one address can be removed.
    pub fn is_rewritable(&self) -> bool {
        self.uses.iter().any(|used| used.obstacle.is_none())
    }

    /// Returns the content without the addresses that can be removed. The rest of each literal, such as `/chat`, is a
    /// path at the page's own origin.
    pub(super) fn rewritten(&self) -> Vec<u8> {
        let mut copied = 0;
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for used in self.uses.iter().filter(|used| used.obstacle.is_none()) {
            bytes.extend_from_slice(&self.bytes[copied..used.place.start]);
            copied = used.place.end;
        }
        bytes.extend_from_slice(&self.bytes[copied..]);
        bytes
    }

    /// Adds an obstacle to all addresses if the page contains a hash of the file.
    fn check_hashes(&mut self, hashes: &PinnedHashes) {
        if self.is_rewritable() && hashes.forbid(&self.bytes, &self.rewritten()) {
            for used in &mut self.uses {
                used.obstacle.get_or_insert(Obstacle::Pinned);
            }
        }
    }
}
