//! What a release changes in the bucket, worked out from one listing and the last manifests.

use std::collections::BTreeMap;

use super::{Manifest, ManifestEntry, WebBundle, WebFile, file, headers, invalidation};

/// How many releases before this one keep their files, for tabs that are still open.
pub const KEPT_RELEASES: usize = 3;
/// Where manifests lie in the bucket; `diff` leaves everything under it alone.
pub const RELEASES_PREFIX: &str = ".twinctl/releases/";
const OWN_PREFIX: &str = ".twinctl/";

/// The objects of a bucket: key and `ETag`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<String, String>);

impl Listing {
    fn has(&self, key: &str, md5: &str) -> bool {
        self.0.get(key).is_some_and(|etag| etag == md5)
    }
}

/// Takes `ETag`s as S3 writes them, in quotation marks or without.
impl<K: Into<String>, E: AsRef<str>> FromIterator<(K, E)> for Listing {
    fn from_iter<I: IntoIterator<Item = (K, E)>>(objects: I) -> Self {
        let objects = objects.into_iter();
        Self(objects.map(|(key, etag)| (key.into(), etag.as_ref().trim_matches('"').to_owned())).collect())
    }
}

/// What to do, in the order of the fields: upload by stages, write the manifest, invalidate, delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteChanges {
    /// Files that are new, or whose content or headers differ.
    pub upload: Vec<WebFile>,
    /// How many files are in the bucket as they should be.
    pub keep: usize,
    /// Addresses that were served with other content.
    pub invalidate: Vec<String>,
    /// Keys that neither this release nor the ones before it have.
    pub expire: Vec<String>,
}

impl SiteChanges {
    pub fn is_empty(&self) -> bool {
        self.upload.is_empty() && self.expire.is_empty()
    }

    pub fn stages(&self) -> Vec<Vec<&WebFile>> {
        file::stages(&self.upload)
    }
}

/// Compares the bundle with the bucket.
///
/// `previous` are the manifests of the last releases, newest first. A listing shows no headers, so a file counts as
/// unchanged when the newest manifest that names it has written it just so.
pub fn diff(listing: &Listing, previous: &[Manifest], bundle: &WebBundle) -> SiteChanges {
    let manifest = bundle.manifest();
    let (upload, keep): (Vec<_>, Vec<_>) =
        bundle.files().iter().partition(|file| !is_current(file, listing, previous));
    let expire = expired(listing, previous, &manifest);
    let stale = upload
        .iter()
        .filter(|file| was_served_otherwise(file, listing, previous))
        .map(|file| file.key.as_str())
        .chain(expire.iter().map(String::as_str).filter(|key| !headers::is_hashed(key)));
    SiteChanges {
        invalidate: invalidation::paths(stale),
        upload: upload.into_iter().cloned().collect(),
        keep: keep.len(),
        expire,
    }
}

fn is_current(file: &WebFile, listing: &Listing, previous: &[Manifest]) -> bool {
    listing.has(&file.key, &file.md5_hex)
        && last_written(&file.key, previous) == Some(&ManifestEntry::from(file))
}

fn last_written<'a>(key: &str, previous: &'a [Manifest]) -> Option<&'a ManifestEntry> {
    previous.iter().find_map(|manifest| manifest.files.get(key))
}

/// A hashed name normally has one content for ever; then a cache holds nothing wrong.
fn was_served_otherwise(file: &WebFile, listing: &Listing, previous: &[Manifest]) -> bool {
    let Some(etag) = listing.0.get(&file.key) else {
        return false;
    };
    let rewritten = last_written(&file.key, previous).is_some_and(|last| *last != file.into());
    rewritten || *etag != file.md5_hex || !headers::is_hashed(&file.key)
}

fn expired(listing: &Listing, previous: &[Manifest], manifest: &Manifest) -> Vec<String> {
    // When the last release is this one already, the releases before it begin one further back: a second run must
    // not forget what the first one kept.
    let before = match previous.split_first() {
        Some((last, before)) if last == manifest => before,
        _ => previous,
    };
    let kept = || before.iter().take(KEPT_RELEASES).chain([manifest]);
    listing
        .0
        .keys()
        .filter(|key| !key.starts_with(OWN_PREFIX))
        .filter(|key| !kept().any(|release| release.files.contains_key(*key)))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests;
