//! Computes the changes that a release makes to the bucket, from a listing and the manifests of recent releases.

use std::collections::BTreeMap;

use super::{Manifest, ManifestEntry, WebBundle, WebFile, file, headers, invalidation};

/// The number of previous releases whose files are kept, for browser tabs that still show an older page. Files with a hash in
/// their names are kept for all releases in the history, because a rollback may need them.
pub const KEPT_RELEASES: usize = 3;
/// The prefix of manifests in the bucket.
pub const RELEASES_PREFIX: &str = ".twinctl/releases/";
/// The prefix of twinctl's own objects. `diff` ignores them.
const OWN_PREFIX: &str = ".twinctl/";

/// The objects of a bucket: key and `ETag`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<String, String>);

impl Listing {
    fn contains(&self, key: &str, md5: &str) -> bool {
        self.0.get(key).is_some_and(|etag| etag == md5)
    }
}

/// Accepts `ETag`s with the quotation marks of S3's responses, and without.
impl<K: Into<String>, E: AsRef<str>> FromIterator<(K, E)> for Listing {
    fn from_iter<I: IntoIterator<Item = (K, E)>>(objects: I) -> Self {
        let objects = objects.into_iter();
        Self(objects.map(|(key, etag)| (key.into(), etag.as_ref().trim_matches('"').to_owned())).collect())
    }
}

/// The changes to a bucket. Apply them in this order: upload by stages, write the manifest, invalidate, delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteChanges {
    /// Files that are new, or have other content or headers.
    pub upload: Vec<WebFile>,
    /// The number of unchanged files.
    pub keep: usize,
    /// Paths whose cached responses are outdated.
    pub invalidate: Vec<String>,
    /// Keys that neither this release nor a recent one contains.
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
/// `previous` contains the manifests of recent releases, newest first. A listing has no headers, so a file counts as
/// unchanged if the newest manifest with its key has the same entry.
pub fn diff(listing: &Listing, previous: &[Manifest], bundle: &WebBundle) -> SiteChanges {
    let manifest = bundle.manifest();
    let (upload, keep): (Vec<_>, Vec<_>) =
        bundle.files().iter().partition(|file| !is_current(file, listing, previous));
    let expire = expired(listing, previous, &manifest);
    let stale = upload
        .iter()
        .filter(|file| is_outdated_in_caches(file, listing, previous))
        .map(|file| file.key.as_str())
        .chain(expire.iter().map(String::as_str).filter(|key| !headers::is_hashed(key)));
    SiteChanges {
        invalidate: invalidation::paths(stale),
        upload: upload.into_iter().cloned().collect(),
        keep: keep.len(),
        expire,
    }
}

/// Returns the paths whose cached responses are outdated when the files of `new` replace the files of `old`.
pub fn outdated(old: &Manifest, new: &Manifest) -> Vec<String> {
    let differing = new.files.iter().filter(|(key, entry)| old.files.get(*key) != Some(*entry));
    // A file with a hash in its name that only one of them contains is the same in all caches.
    let cached = differing.filter(|(key, _)| !headers::is_hashed(key) || old.files.contains_key(*key));
    invalidation::paths(cached.map(|(key, _)| key.as_str()).chain(removed(old, new)))
}

/// Returns the files of `old` that `new` lacks, except those with a hash in their names: nobody can guess these, and open tabs
/// may still load them.
pub fn removed<'a>(old: &'a Manifest, new: &'a Manifest) -> impl Iterator<Item = &'a str> {
    let removed =
        old.files.keys().filter(move |key| !new.files.contains_key(*key) && !headers::is_hashed(key));
    removed.map(String::as_str)
}

fn is_current(file: &WebFile, listing: &Listing, previous: &[Manifest]) -> bool {
    listing.contains(&file.key, &file.md5_hex)
        && last_written(&file.key, previous) == Some(&ManifestEntry::from(file))
}

fn last_written<'a>(key: &str, previous: &'a [Manifest]) -> Option<&'a ManifestEntry> {
    previous.iter().find_map(|manifest| manifest.files.get(key))
}

/// Returns whether caches may contain another version of the file. The content of a file with a hash in its name does
/// not normally change.
fn is_outdated_in_caches(file: &WebFile, listing: &Listing, previous: &[Manifest]) -> bool {
    let Some(etag) = listing.0.get(&file.key) else {
        return false;
    };
    let rewritten = last_written(&file.key, previous).is_some_and(|last| *last != file.into());
    rewritten || *etag != file.md5_hex || !headers::is_hashed(&file.key)
}

fn expired(listing: &Listing, previous: &[Manifest], manifest: &Manifest) -> Vec<String> {
    // If the newest manifest is this release's own, previous releases start after it. Otherwise a repeated deploy
    // would keep one release less.
    let before = match previous.split_first() {
        Some((last, before)) if last == manifest => before,
        _ => previous,
    };
    let recent = || before.iter().take(KEPT_RELEASES).chain([manifest]);
    let is_kept = |key: &str| {
        let known = |release: &Manifest| release.files.contains_key(key);
        recent().any(known) || (headers::is_hashed(key) && before.iter().any(known))
    };
    listing.0.keys().filter(|key| !key.starts_with(OWN_PREFIX)).filter(|key| !is_kept(key)).cloned().collect()
}

#[cfg(test)]
mod tests;
