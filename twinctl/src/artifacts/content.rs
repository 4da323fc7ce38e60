//! The content of a file that is deployed: on disk, or in memory.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    OnDisk(PathBuf),
    /// Generated for this deploy, such as `config.json`, or embedded in twinctl.
    InMemory(Arc<[u8]>),
}

impl Content {
    pub async fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::OnDisk(path) => tokio::fs::read(path).await,
            Self::InMemory(bytes) => Ok(bytes.to_vec()),
        }
    }

    /// Like [`read`](Self::read), on a thread for blocking work.
    pub(crate) fn read_blocking(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::OnDisk(path) => fs::read(path),
            Self::InMemory(bytes) => Ok(bytes.to_vec()),
        }
    }

    /// Opens the content to read it in chunks.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::OnDisk(path) => Ok(Box::new(File::open(path)?)),
            Self::InMemory(bytes) => Ok(Box::new(&**bytes)),
        }
    }

    pub fn copy_to(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::OnDisk(source) => fs::copy(source, path).map(drop),
            Self::InMemory(bytes) => fs::write(path, bytes),
        }
    }

    /// Returns the name of the content in error messages: its path, or else `key`.
    pub(crate) fn name(&self, key: &str) -> PathBuf {
        match self {
            Self::OnDisk(path) => path.clone(),
            Self::InMemory(_) => PathBuf::from(key),
        }
    }
}
