//! Addresses of an API that a page was built with: which files name one, and the page without them.

mod address;
mod obstacle;
mod pins;
#[cfg(test)]
mod tests;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use obstacle::Obstacle;
use pins::Pins;

use super::load::walk;
use crate::artifacts::{BundleError, on_thread::on_thread};

/// What a browser runs. Source maps name addresses too, and call nobody.
const ENDINGS: [&str; 3] = [".js", ".mjs", ".html"];

/// A file that names an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baked {
    pub key: String,
    pub uses: Vec<Use>,
    bytes: Vec<u8>,
}

/// One place where a file names an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Without the path behind it.
    pub address: String,
    /// Why it cannot be taken away.
    pub obstacle: Option<Obstacle>,
    place: Range<usize>,
}

/// Looks through the folder of a page, on a thread of its own.
pub async fn baked(folder: &Path) -> Result<Vec<Baked>, BundleError> {
    let folder = folder.to_owned();
    on_thread(move || look(walk(&folder)?)).await
}

fn look(mut files: Vec<(String, PathBuf)>) -> Result<Vec<Baked>, BundleError> {
    let read = |path: &Path| fs::read(path).map_err(BundleError::read(path));
    files.retain(|(key, _)| ENDINGS.iter().any(|ending| key.ends_with(ending)));
    files.sort();
    let mut found = Vec::new();
    for (key, path) in &files {
        found.extend(Baked::of(key, read(path)?));
    }
    if found.iter().any(Baked::is_movable) {
        let mut pins = Pins::default();
        files.iter().try_for_each(|(_, path)| read(path).map(|bytes| pins.note(&bytes)))?;
        for file in &mut found {
            file.respect(&pins);
        }
    }
    Ok(found)
}

impl Baked {
    fn of(key: &str, bytes: Vec<u8>) -> Option<Self> {
        let uses: Vec<_> = address::find(&bytes)
            .into_iter()
            .map(|place| Use {
                address: String::from_utf8_lossy(&bytes[place.clone()]).into_owned(),
                obstacle: obstacle::obstacle(&bytes, &place),
                place,
            })
            .collect();
        (!uses.is_empty()).then(|| Self { key: key.to_owned(), uses, bytes })
    }

    /// Whether the page's own origin can take the place of at least one address.
    pub fn is_movable(&self) -> bool {
        self.uses.iter().any(|used| used.obstacle.is_none())
    }

    /// The file without the addresses that can go. What is left of each literal, like `/chat`, is an address at the
    /// page's own origin.
    pub(super) fn rewritten(&self) -> Vec<u8> {
        let mut rest = 0;
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for used in self.uses.iter().filter(|used| used.obstacle.is_none()) {
            bytes.extend_from_slice(&self.bytes[rest..used.place.start]);
            rest = used.place.end;
        }
        bytes.extend_from_slice(&self.bytes[rest..]);
        bytes
    }

    fn respect(&mut self, pins: &Pins) {
        if self.is_movable() && pins.forbid(&self.bytes, &self.rewritten()) {
            for used in &mut self.uses {
                used.obstacle.get_or_insert(Obstacle::Pinned);
            }
        }
    }
}
