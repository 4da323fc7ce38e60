//! Implements `converge`: uploads files in an order in which no page refers to a missing file, invalidates caches,
//! writes the history and deletes old files.

use std::collections::BTreeMap;

use aws_sdk_s3::types::ObjectIdentifier;
use reconcile::{Class, Fault};

use super::{NODE, Site, SiteActual, SiteDesired, bucket, history, invalidation};
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
    /// The newest release in the history has another manifest.
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
            now.history = actual.history.with(&desired.release, &work.manifest, &actual.objects);
        }
        let uploads = self.upload(cloud, written, &work.changes, &actual.objects);
        let history =
            async { if work.is_new { self.write_history(cloud, &now.history).await } else { Ok(()) } };
        let invalidation = invalidation::invalidate(cloud, desired, &work.changes.invalidate);
        if actual.objects.is_empty() {
            // `join!`, because `try_join!` would cancel uploads in progress.
            let (uploaded, recorded) = tokio::join!(uploads, history);
            uploaded.and(recorded)?;
            invalidation.await?;
        } else {
            uploads.await?;
            tokio::try_join!(invalidation, history)?;
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

    async fn write_history(&self, cloud: &Cloud, history: &history::History) -> Result<(), Fault> {
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        let request = cloud.s3.put_object().bucket(&self.bucket).key(history::KEY);
        let request = request.expected_bucket_owner(&cloud.account).content_type("application/json");
        request.body(json.into()).send().await.fault("s3:PutObject").map(drop)
    }

    async fn expire(&self, cloud: &Cloud, keys: &[String]) -> Result<(), Fault> {
        let objects: Result<Vec<_>, _> =
            keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
        let objects = objects.map_err(|error| Fault::new(Class::Refused, error))?;
        bucket::delete_objects(cloud, &self.bucket, objects).await?;
        cloud.progress(NODE, format!("{} old files deleted", keys.len()));
        Ok(())
    }
}
