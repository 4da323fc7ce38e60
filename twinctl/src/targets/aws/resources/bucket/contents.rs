//! What is in a bucket, page by page.

use aws_sdk_s3::types::Object;
use reconcile::{Class, Fault};

use crate::targets::aws::{Answer, Cloud};

/// The current objects of a bucket; `None` is no bucket.
pub(in crate::targets::aws::resources) async fn list(
    cloud: &Cloud,
    bucket: &str,
) -> Result<Option<Vec<Object>>, Fault> {
    list_below(cloud, bucket, "").await
}

/// Those of them whose keys begin with `prefix`.
pub(crate) async fn list_below(
    cloud: &Cloud,
    bucket: &str,
    prefix: &str,
) -> Result<Option<Vec<Object>>, Fault> {
    let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    let mut objects = Vec::new();
    let mut next = None;
    loop {
        let request = cloud.s3.list_objects_v2().bucket(bucket).expected_bucket_owner(&cloud.account);
        let request = request.set_prefix(prefix.map(ToOwned::to_owned));
        let request = request.set_continuation_token(next).send();
        let Some(page) = request.await.found("s3:ListBucket", &["NoSuchBucket"])? else {
            return Ok(None);
        };
        objects.extend(page.contents.unwrap_or_default());
        next = page.next_continuation_token;
        if next.is_none() {
            return Ok(Some(objects));
        }
    }
}

/// How many objects there are whose keys do not begin with `ignore`; none where there is no bucket.
pub async fn count_objects(cloud: &Cloud, bucket: &str, ignore: Option<&str>) -> Result<u64, Fault> {
    let objects = list(cloud, bucket).await?.unwrap_or_default();
    let ignored =
        |object: &Object| ignore.is_some_and(|prefix| object.key().unwrap_or_default().starts_with(prefix));
    Ok(objects.iter().filter(|object| !ignored(object)).count() as u64)
}

/// The bytes of one object; `None` where there is no such object, or no bucket.
pub async fn object(cloud: &Cloud, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Fault> {
    Ok(tagged_object(cloud, bucket, key).await?.map(|(bytes, _)| bytes))
}

/// The same, with its `ETag`.
pub(in crate::targets::aws::resources) async fn tagged_object(
    cloud: &Cloud,
    bucket: &str,
    key: &str,
) -> Result<Option<(Vec<u8>, String)>, Fault> {
    let request = cloud.s3.get_object().bucket(bucket).key(key).expected_bucket_owner(&cloud.account);
    let answer = request.send().await.found("s3:GetObject", &["NoSuchKey", "NoSuchBucket"])?;
    let Some(answer) = answer else { return Ok(None) };
    let body = answer.body.collect().await.map_err(|error| Fault::new(Class::Unavailable, error))?;
    Ok(Some((body.to_vec(), bare(answer.e_tag))))
}

/// An `ETag` without its quotation marks.
pub(in crate::targets::aws::resources) fn bare(etag: Option<String>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}
