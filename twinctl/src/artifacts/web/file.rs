//! One file of the page, and its turn in an upload.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::headers;

/// A file as it goes into the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebFile {
    /// The object's key: the path inside the folder, with `/`.
    pub key: String,
    pub content: Content,
    pub size: u64,
    /// What S3 answers as `ETag` for an object put in one piece.
    pub md5_hex: String,
    pub content_type: String,
    pub cache_control: String,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    OnDisk(PathBuf),
    /// Made for this deploy, like `config.json`.
    Made(Arc<[u8]>),
}

impl Content {
    pub async fn read(&self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::OnDisk(path) => tokio::fs::read(path).await,
            Self::Made(bytes) => Ok(bytes.to_vec()),
        }
    }

    pub fn copy_to(&self, path: &Path) -> std::io::Result<()> {
        match self {
            Self::OnDisk(source) => std::fs::copy(source, path).map(drop),
            Self::Made(bytes) => std::fs::write(path, bytes),
        }
    }
}

/// When a file goes up: nothing may be visible before what it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Named by its content, so no page in use can ask for another one.
    Hashed,
    Unhashed,
    Page,
    /// `index.html` itself: the moment at which the release is seen.
    Entry,
}

impl WebFile {
    pub fn stage(&self) -> Stage {
        match () {
            () if self.key == "index.html" => Stage::Entry,
            () if self.is_page() => Stage::Page,
            () if headers::is_hashed(&self.key) && !self.is_revalidated() => Stage::Hashed,
            () => Stage::Unhashed,
        }
    }

    pub(super) fn is_page(&self) -> bool {
        self.content_type.starts_with("text/html")
    }

    /// Its name does not tell its content any more.
    pub(crate) fn revalidate(&mut self) {
        headers::REVALIDATE.clone_into(&mut self.cache_control);
    }

    /// Whether its name does not tell its content, although it has a hash.
    pub(super) fn is_revalidated(&self) -> bool {
        self.cache_control != headers::cache_control(&self.key)
    }
}

/// Groups of files to upload one after the other; inside a group the order is free.
pub fn stages<'a>(files: impl IntoIterator<Item = &'a WebFile>) -> Vec<Vec<&'a WebFile>> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(|a, b| a.stage().cmp(&b.stage()).then_with(|| a.key.cmp(&b.key)));
    files.chunk_by(|a, b| a.stage() == b.stage()).map(<[_]>::to_vec).collect()
}
