//! The conversations of a twin on AWS, in a versioned bucket.

use async_trait::async_trait;
use aws_sdk_s3::{primitives::ByteStream, types::ObjectIdentifier};
use contract::expiry;
use jiff::Timestamp;
use reconcile::{Class, Fault};

use crate::targets::aws::{
    Cloud, SdkResult,
    resources::bucket::{Overwrite, delete_objects, list_prefix, object, object_with_etag},
};
use crate::twin::store::{Entry, Store, with_retries};

/// S3's maximum number of objects in one `DeleteObjects` call.
const BATCH: usize = 1000;
/// Maximum number of passes. An open chat page writes at most every few seconds, so few passes are enough.
const PASSES: usize = 10;

#[derive(Debug)]
pub(crate) struct BucketStore {
    pub(crate) cloud: Cloud,
    pub(crate) name: String,
    /// Whether written objects expire, as the function's objects do.
    pub(crate) expires: bool,
}

impl BucketStore {
    /// Lists all versions of a key, including delete markers.
    async fn identifiers(&self, key: &str) -> Result<Vec<ObjectIdentifier>, Fault> {
        let mut found = Vec::new();
        let (mut next_key, mut next_version) = (None, None);
        loop {
            let page = with_retries(key, async || {
                let request = self.cloud.s3.list_object_versions().bucket(&self.name).prefix(key);
                let request = request.expected_bucket_owner(&self.cloud.account);
                let request = request.set_key_marker(next_key.clone());
                let request = request.set_version_id_marker(next_version.clone());
                request.send().await.found("s3:ListBucketVersions", &["NoSuchBucket"])
            });
            let Some(page) = page.await? else { return Ok(found) };
            let versions = page.versions.unwrap_or_default().into_iter();
            let versions = versions.map(|version| (version.key, version.version_id));
            let markers = page.delete_markers.unwrap_or_default().into_iter();
            let markers = markers.map(|marker| (marker.key, marker.version_id));
            let of_key = versions.chain(markers).filter(|(found, _)| found.as_deref() == Some(key));
            let identifiers = of_key
                .map(|(_, version)| ObjectIdentifier::builder().key(key).set_version_id(version).build());
            found.extend(identifiers.filter_map(Result::ok));
            if page.is_truncated != Some(true) {
                return Ok(found);
            }
            (next_key, next_version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }
}

#[async_trait(?Send)]
impl Store for BucketStore {
    async fn list(&self, prefix: &str) -> Result<Option<Vec<Entry>>, Fault> {
        let listed =
            with_retries(prefix, async || list_prefix(&self.cloud, &self.name, prefix).await).await?;
        let entry = |object: aws_sdk_s3::types::Object| {
            let written = object.last_modified.and_then(|at| Timestamp::from_second(at.secs()).ok());
            let size = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            Some(Entry { key: object.key?, written: written.unwrap_or_default(), size })
        };
        Ok(listed.map(|objects| objects.into_iter().filter_map(entry).collect()))
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        with_retries(key, async || object(&self.cloud, &self.name, key).await).await
    }

    async fn write(&self, key: &str, bytes: &[u8], expected: Option<&[u8]>) -> Result<bool, Fault> {
        // The ETag of an object is the hash of its content only without KMS and multipart uploads.
        let expected = match expected {
            Some(expected) => {
                let stored =
                    with_retries(key, async || object_with_etag(&self.cloud, &self.name, key).await).await?;
                let stored = stored.filter(|(stored, _)| stored == expected);
                let Some((_, etag)) = stored else { return Ok(false) };
                Some(etag)
            }
            None => None,
        };
        let (if_match, if_none_match) = Overwrite::Unchanged(expected.as_deref()).conditions();
        let written = with_retries(key, async || {
            let request = self.cloud.s3.put_object().bucket(&self.name).key(key);
            let request = request.expected_bucket_owner(&self.cloud.account).content_type("application/json");
            let request = request.set_if_match(if_match.clone()).set_if_none_match(if_none_match.clone());
            let request = request.set_tagging(self.expires.then(|| expiry::TAGGING.to_owned()));
            let request = request.body(ByteStream::from(bytes.to_vec()));
            request.send().await.found("s3:PutObject", &["PreconditionFailed", "NoSuchKey"])
        });
        if written.await?.is_some() {
            return Ok(true);
        }
        // Our own write may have succeeded, and its response was lost.
        Ok(self.read(key).await?.is_some_and(|stored| stored == bytes))
    }

    async fn versions(&self, key: &str) -> Result<usize, Fault> {
        self.identifiers(key).await.map(|versions| versions.len())
    }

    async fn erase(&self, key: &str) -> Result<usize, Fault> {
        let mut erased = 0;
        for _ in 0..PASSES {
            let versions = self.identifiers(key).await?;
            if versions.is_empty() {
                return Ok(erased);
            }
            erased += versions.len();
            for batch in versions.chunks(BATCH) {
                with_retries(key, async || delete_objects(&self.cloud, &self.name, batch.to_vec()).await)
                    .await?;
            }
        }
        let message = format!("`{key}` is written again each time it is deleted");
        Err(Fault::new(Class::Busy, message))
    }
}

#[cfg(test)]
mod tests;
