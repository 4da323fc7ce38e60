//! Reads the objects of a bucket.

use aws_sdk_s3::types::Object;
use reconcile::{Class, Fault};

use crate::{
    targets::aws::{Cloud, SdkResult},
    twin::store::with_retries,
};

/// Lists the current objects of a bucket. Returns `None` if there is no bucket.
pub(crate) async fn list(cloud: &Cloud, bucket: &str) -> Result<Option<Vec<Object>>, Fault> {
    list_prefix(cloud, bucket, "").await
}

/// Lists the current objects whose keys start with `prefix`. Returns `None` if there is no bucket.
pub(crate) async fn list_prefix(
    cloud: &Cloud,
    bucket: &str,
    prefix: &str,
) -> Result<Option<Vec<Object>>, Fault> {
    let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    let request = cloud.s3.list_objects_v2().bucket(bucket).expected_bucket_owner(&cloud.account);
    let request = request.set_prefix(prefix.map(ToOwned::to_owned));
    let pages = request.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
    let pages = pages.found("s3:ListBucket", &["NoSuchBucket"])?;
    Ok(pages.map(|pages| pages.into_iter().flat_map(|page| page.contents.unwrap_or_default()).collect()))
}

/// Counts the objects whose keys `is_counted` accepts. Returns 0 if there is no bucket.
pub async fn count_objects(
    cloud: &Cloud,
    bucket: &str,
    is_counted: impl Fn(&str) -> bool,
) -> Result<u64, Fault> {
    let objects = with_retries(bucket, async || list(cloud, bucket).await).await?.unwrap_or_default();
    Ok(objects.iter().filter(|object| is_counted(object.key().unwrap_or_default())).count() as u64)
}

/// Reads an object. Returns `None` if there is no such object or no bucket.
pub async fn object(cloud: &Cloud, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Fault> {
    Ok(object_with_etag(cloud, bucket, key).await?.map(|(bytes, _)| bytes))
}

/// Reads an object and its `ETag`. Returns `None` if there is no such object or no bucket.
pub(crate) async fn object_with_etag(
    cloud: &Cloud,
    bucket: &str,
    key: &str,
) -> Result<Option<(Vec<u8>, String)>, Fault> {
    let request = cloud.s3.get_object().bucket(bucket).key(key).expected_bucket_owner(&cloud.account);
    let response = request.send().await.found("s3:GetObject", &["NoSuchKey", "NoSuchBucket"])?;
    let Some(response) = response else { return Ok(None) };
    let body = response.body.collect().await.map_err(|error| Fault::new(Class::Unavailable, error))?;
    Ok(Some((body.to_vec(), unquote_etag(response.e_tag))))
}

/// Fails if an object was not found although the listing of its bucket contains it. In the first minutes after versioning was
/// switched on, S3 may report an existing object as missing.
pub(crate) fn check_missing(key: &str, listed: &[Object]) -> Result<(), Fault> {
    if listed.iter().any(|object| object.key.as_deref() == Some(key)) {
        return Err(Fault::new(Class::Stale, format!("`{key}` is in the bucket but cannot be read yet")));
    }
    Ok(())
}

/// Removes the quotation marks from an `ETag`.
pub(crate) fn unquote_etag(etag: Option<String>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}
