//! The changes of a release as a plan shows them: the first files by name, the rest as a number.

use reconcile::Change;

use super::{SiteActual, SiteDesired, release::Work};
use crate::artifacts::{
    data::thousands,
    web::{ManifestEntry, WebFile},
};

/// The most files that are shown by name.
const MAX_SHOWN: usize = 20;

impl SiteDesired {
    pub(super) fn changes(&self, actual: &SiteActual) -> Vec<Change> {
        match &self.bundle {
            Some(bundle) => release_changes(&Work::new(bundle, actual), &self.release, actual),
            None => drift(actual),
        }
    }
}

/// Returns the changes that the release of a bundle makes.
fn release_changes(work: &Work, release: &str, actual: &SiteActual) -> Vec<Change> {
    let uploads = work.changes.upload.iter().map(|file| upload(file, actual));
    let expiring = work.changes.expire.iter().map(|key| deletion(key, actual));
    let mut changes = shorten(uploads.chain(expiring).collect());
    if work.is_new {
        let old = actual.history.newest_id().map(ToOwned::to_owned);
        changes.push(Change::new("release", old, Some(release.to_owned())));
    }
    if !work.changes.invalidate.is_empty() {
        changes.push(Change::new("invalidation", None, Some(work.changes.invalidate.join(" "))));
    }
    changes
}

/// Returns the differences from the last release. Used without sources.
fn drift(actual: &SiteActual) -> Vec<Change> {
    let Some(newest) = actual.history.newest() else {
        return vec![];
    };
    let differing = newest.files.iter().filter_map(|(key, entry)| {
        let existing = actual.objects.get(key);
        (existing != Some(&entry.md5))
            .then(|| Change::new(field(key), existing.map(|etag| short(etag)), Some(short(&entry.md5))))
    });
    let unknown =
        actual.objects.keys().filter(|key| !actual.history.knows(key)).map(|key| deletion(key, actual));
    shorten(differing.chain(unknown).collect())
}

fn upload(file: &WebFile, actual: &SiteActual) -> Change {
    let existing = actual.objects.get(&file.key);
    let new = ManifestEntry::from(file);
    if existing == Some(&new.md5) {
        // The content is the same, so the headers differ. The old ones are known if a release has recorded them.
        let recorded = actual.history.newest().and_then(|newest| newest.files.get(&file.key));
        return Change::new(field(&file.key), recorded.map(headers), Some(headers(&new)));
    }
    Change::new(field(&file.key), existing.map(|etag| short(etag)), Some(short(&new.md5)))
}

pub(super) fn deletion(key: &str, actual: &SiteActual) -> Change {
    Change::new(field(key), actual.objects.get(key).map(|etag| short(etag)), None)
}

pub(super) fn field(key: &str) -> String {
    format!("files.{key}")
}

pub(super) fn short(hash: &str) -> String {
    hash.chars().take(8).collect()
}

fn headers(entry: &ManifestEntry) -> String {
    format!("{}, {}", entry.content_type, entry.cache_control)
}

pub(super) fn shorten(mut changes: Vec<Change>) -> Vec<Change> {
    let more = changes.len().saturating_sub(MAX_SHOWN);
    changes.truncate(MAX_SHOWN);
    if more > 0 {
        changes.push(Change::new("files", None, Some(format!("and {} more", thousands(more as u64)))));
    }
    changes
}
