//! What a release changes, as people read it: a few files by name, the rest as a number.

use reconcile::Change;

use super::{SiteActual, release::Work};
use crate::artifacts::web::{ManifestEntry, WebFile};

/// More files than this are a number.
const SHOWN: usize = 20;

/// What the release of a bundle will do.
pub(super) fn of_work(work: &Work, release: &str, actual: &SiteActual) -> Vec<Change> {
    let uploads = work.changes.upload.iter().map(|file| upload(file, actual));
    let expiring = work.changes.expire.iter().map(|key| gone(key, actual));
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

/// What differs from the last release, without knowing the sources.
pub(super) fn of_drift(actual: &SiteActual) -> Vec<Change> {
    let Some(newest) = actual.history.newest() else {
        return vec![];
    };
    let differing = newest.files.iter().filter_map(|(key, entry)| {
        let there = actual.objects.get(key);
        (there != Some(&entry.md5))
            .then(|| Change::new(field(key), there.map(|etag| short(etag)), Some(short(&entry.md5))))
    });
    let beside = actual.objects.keys().filter(|key| !actual.history.knows(key)).map(|key| gone(key, actual));
    shorten(differing.chain(beside).collect())
}

fn upload(file: &WebFile, actual: &SiteActual) -> Change {
    let there = actual.objects.get(&file.key);
    let new = ManifestEntry::from(file);
    if there == Some(&new.md5) {
        // The same bytes: then it is the headers, as far as anybody knows what they are.
        let written = actual.history.newest().and_then(|newest| newest.files.get(&file.key));
        return Change::new(field(&file.key), written.map(headers), Some(headers(&new)));
    }
    Change::new(field(&file.key), there.map(|etag| short(etag)), Some(short(&new.md5)))
}

fn gone(key: &str, actual: &SiteActual) -> Change {
    Change::new(field(key), actual.objects.get(key).map(|etag| short(etag)), None)
}

fn field(key: &str) -> String {
    format!("files.{key}")
}

fn short(hash: &str) -> String {
    hash.chars().take(8).collect()
}

fn headers(entry: &ManifestEntry) -> String {
    format!("{}, {}", entry.content_type, entry.cache_control)
}

fn shorten(mut changes: Vec<Change>) -> Vec<Change> {
    let more = changes.len().saturating_sub(SHOWN);
    changes.truncate(SHOWN);
    if more > 0 {
        changes.push(Change::new("files", None, Some(format!("and {} more", thousands(more)))));
    }
    changes
}

fn thousands(number: usize) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", thousands(number / 1000), number % 1000)
    }
}
