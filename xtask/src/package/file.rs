//! The files of packages: their version, names and hashes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest as _, Sha256};

/// The version of this workspace.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the files of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Returns the SHA-256 hash, as `sha256sum` prints it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(four.into(), 16).unwrap_or_default();
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Where packages are written, and how.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) folder: PathBuf,
    /// The GitHub repository, `OWNER/NAME`.
    pub(super) repository: String,
    /// Compress little, because the programs are debug builds.
    pub(super) fast: bool,
}

impl Output {
    /// Returns the level of gzip and Deflate.
    pub(super) fn level(&self) -> u8 {
        if self.fast { 1 } else { 9 }
    }

    pub(super) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }
}
