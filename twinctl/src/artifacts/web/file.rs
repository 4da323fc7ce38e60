//! A file of the page, and its stage in the upload.

use super::headers;
use crate::artifacts::Content;

/// A file of the page, with the properties of its object in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebFile {
    /// The object's key: the relative path in the web folder, separated by `/`.
    pub key: String,
    pub content: Content,
    pub size: u64,
    /// The object's `ETag`, if it is uploaded with one `PutObject` request.
    pub md5_hex: String,
    pub content_type: String,
    pub cache_control: String,
}

/// The stage in which a file is uploaded: files before the files that refer to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Has a hash of its content in its name, so that the page in use does not request it.
    Hashed,
    Unhashed,
    Page,
    /// `index.html`: its upload makes the release visible.
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

    /// Makes caches revalidate the file, because its content no longer matches the hash in its name.
    pub(crate) fn revalidate(&mut self) {
        headers::REVALIDATE.clone_into(&mut self.cache_control);
    }

    /// Returns whether [`Self::revalidate`] has changed the cache header.
    pub(super) fn is_revalidated(&self) -> bool {
        self.cache_control != headers::cache_control(&self.key)
    }
}

/// Groups the files by stage, in the order in which to upload them. The files of one group may be uploaded in any
/// order.
pub fn stages<'a>(files: impl IntoIterator<Item = &'a WebFile>) -> Vec<Vec<&'a WebFile>> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(|a, b| a.stage().cmp(&b.stage()).then_with(|| a.key.cmp(&b.key)));
    files.chunk_by(|a, b| a.stage() == b.stage()).map(<[_]>::to_vec).collect()
}
