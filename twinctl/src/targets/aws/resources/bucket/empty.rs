//! Empties a bucket, old versions and delete markers included.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use reconcile::{Class, Fault};

use super::aspects::unbuildable;
use crate::targets::aws::{Answer, Cloud};
use crate::ui::ApiError;

/// Whether anything may be left in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    More,
}

/// Deletes the next thousand.
pub(super) async fn one_batch(cloud: &Cloud, node: &'static str, bucket: &str) -> Result<Left, Fault> {
    let request = cloud.s3.list_object_versions().bucket(bucket).expected_bucket_owner(&cloud.account);
    let Some(listed) = request.send().await.found("s3:ListBucketVersions", &["NoSuchBucket"])? else {
        return Ok(Left::Nothing);
    };
    let versions = listed.versions.unwrap_or_default().into_iter();
    let versions = versions.map(|version| (version.key, version.version_id));
    let markers = listed.delete_markers.unwrap_or_default().into_iter();
    let markers = markers.map(|marker| (marker.key, marker.version_id));
    let objects: Result<Vec<_>, _> = versions
        .chain(markers)
        .map(|(key, version)| ObjectIdentifier::builder().set_key(key).set_version_id(version).build())
        .collect();
    let objects = objects.map_err(unbuildable)?;
    let count = objects.len();
    if count > 0 {
        delete_objects(cloud, bucket, objects).await?;
        cloud.progress(node, format!("{count} objects deleted"));
    }
    Ok(if listed.is_truncated == Some(true) { Left::More } else { Left::Nothing })
}

/// Deletes up to a thousand objects in one call, which can succeed and still have failed for some.
pub(crate) async fn delete_objects(
    cloud: &Cloud,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
) -> Result<(), Fault> {
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(unbuildable)?;
    let request = cloud.s3.delete_objects().bucket(bucket).expected_bucket_owner(&cloud.account);
    let answer = request.delete(delete).send().await.fault("s3:DeleteObject")?;
    let gone = |code: &str| matches!(code, "NoSuchKey" | "NoSuchVersion");
    let errors = answer.errors.unwrap_or_default();
    let failed = errors.into_iter().find(|error| !error.code.as_deref().is_some_and(gone));
    failed.map_or(Ok(()), |error| Err(failure(error)))
}

fn failure(error: aws_sdk_s3::types::Error) -> Fault {
    let code = error.code.unwrap_or_default();
    let class = match code.as_str() {
        "SlowDown" => Class::Throttled,
        "InternalError" | "ServiceUnavailable" => Class::Unavailable,
        "OperationAborted" => Class::Busy,
        "AccessDenied" => Class::Denied,
        _ => Class::Refused,
    };
    let message = format!("`{}`: {}", error.key.unwrap_or_default(), error.message.unwrap_or_default());
    Fault::new(class, ApiError { action: "s3:DeleteObject", code, message, request_id: None, class })
}
