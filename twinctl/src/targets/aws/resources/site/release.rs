//! Implements `converge`: uploads files in an order in which no page refers to a missing file, invalidates caches,
//! writes the history and deletes old files.

use std::collections::BTreeMap;

use aws_sdk_s3::types::ObjectIdentifier;
use reconcile::{Class, Fault};

use super::{
    NODE, Site, SiteActual, SiteDesired,
    bucket::{self, Overwrite},
    history, invalidation,
};
use crate::{
    artifacts::web::{Manifest, ManifestEntry, SiteChanges, WebBundle, diff},
    targets::aws::{Cloud, SdkResult},
};

/// The most objects that one call can delete.
const BATCH: usize = 1000;

/// The changes that a release makes.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) changes: SiteChanges,
    pub(super) manifest: Manifest,
    /// Whether the newest release in the history has another manifest.
    pub(super) is_new: bool,
}

impl Work {
    pub(super) fn new(bundle: &WebBundle, actual: &SiteActual) -> Self {
        let (manifest, history) = (bundle.manifest(), &actual.history);
        // Objects that no release has uploaded must not be deleted. Before the first release, that is all of them.
        let belongs_to_page = |key: &String| {
            manifest.files.contains_key(key) || (history.newest().is_some() && !history.was_found(key))
        };
        let listing = actual.objects.iter().filter(|(key, _)| belongs_to_page(key)).collect();
        let changes = diff(&listing, &history.manifests(), bundle);
        let is_new = history.newest() != Some(&manifest);
        Self { changes, manifest, is_new }
    }
}

impl SiteDesired {
    /// Returns the release that uploaded the files, after this run.
    pub(super) fn released(&self, actual: &SiteActual) -> Option<String> {
        match &self.bundle {
            Some(bundle) if Work::new(bundle, actual).is_new => Some(self.release.clone()),
            _ => actual.history.newest_id().map(ToOwned::to_owned),
        }
    }
}

impl Site {
    /// Uploads the files, then writes the history, then deletes old files. The history records the headers of
    /// uploaded files, so it is written after the uploads, or together with them if the bucket was empty. It does not
    /// wait for the invalidation, because browsers revalidate pages at every visit.
    pub(super) async fn release(
        &self,
        cloud: &Cloud,
        written: &mut BTreeMap<String, ManifestEntry>,
        desired: &SiteDesired,
        bundle: &WebBundle,
        actual: &SiteActual,
    ) -> Result<SiteActual, Fault> {
        let work = Work::new(bundle, actual);
        let mut now = actual.clone();
        if work.is_new {
            let history = &actual.history;
            now.history = history.with(&desired.release, &work.manifest, &actual.objects, &desired.kept);
        }
        let uploads = self.upload(cloud, written, &work.changes, &actual.objects);
        let history = async {
            if work.is_new { self.write_history(cloud, &now.history, actual).await } else { Ok(None) }
        };
        let invalidation = invalidation::invalidate(
            cloud,
            (desired.distribution_id.as_str(), desired.release.as_str()),
            &work.changes.invalidate,
        );
        if actual.objects.is_empty() {
            // `join!`, because `try_join!` would cancel uploads in progress.
            let (uploaded, recorded) = tokio::join!(uploads, history);
            uploaded?;
            now.history_etag = recorded?.or(now.history_etag);
            invalidation.await?;
        } else {
            uploads.await?;
            let ((), recorded) = tokio::try_join!(invalidation, history)?;
            now.history_etag = recorded.or(now.history_etag);
        }
        for file in &work.changes.upload {
            now.objects.insert(file.key.clone(), file.md5_hex.clone());
        }
        for keys in work.changes.expire.chunks(BATCH) {
            self.expire(cloud, keys).await?;
            now.objects.retain(|key, _| !keys.contains(key));
        }
        Ok(now)
    }

    /// Writes the history, on the condition that it is unchanged since it was read, and returns its `ETag`. Without the
    /// condition, a history that S3 wrongly reported as missing would be lost, and with it the list of our own files.
    pub(super) async fn write_history(
        &self,
        cloud: &Cloud,
        history: &history::History,
        actual: &SiteActual,
    ) -> Result<Option<String>, Fault> {
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        let (if_match, if_none_match) = Overwrite::Unchanged(actual.history_etag.as_deref()).conditions();
        let request = cloud.s3.put_object().bucket(&self.bucket).key(history::KEY);
        let request = request.set_if_match(if_match).set_if_none_match(if_none_match);
        let request = request.expected_bucket_owner(&cloud.account).content_type("application/json");
        let written = request.body(json.into()).send().await.fault("s3:PutObject")?;
        Ok(Some(bucket::unquote_etag(written.e_tag)))
    }

    pub(super) async fn expire(&self, cloud: &Cloud, keys: &[String]) -> Result<(), Fault> {
        let objects: Result<Vec<_>, _> =
            keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
        let objects = objects.map_err(|error| Fault::new(Class::Refused, error))?;
        bucket::delete_objects(cloud, &self.bucket, objects).await?;
        cloud.progress(NODE, format!("{} old files deleted", keys.len()));
        Ok(())
    }
}
