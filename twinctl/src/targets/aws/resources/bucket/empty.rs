//! Empties a bucket, including old versions and delete markers.

use aws_sdk_s3::{
    error::BuildError,
    types::{Delete, ObjectIdentifier},
};
use reconcile::{Class, Fault};

use crate::targets::aws::{Cloud, SdkResult};
use crate::ui::ApiError;

/// Whether objects may remain in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remaining {
    None,
    Some,
}

/// The fault for a request that lacks a required member.
pub(crate) fn unbuildable(error: BuildError) -> Fault {
    Fault::new(Class::Refused, error)
}

/// Deletes up to a thousand object versions.
pub(super) async fn delete_batch(
    cloud: &Cloud,
    node: &'static str,
    bucket: &str,
) -> Result<Remaining, Fault> {
    let request = cloud.s3.list_object_versions().bucket(bucket).expected_bucket_owner(&cloud.account);
    let Some(listed) = request.send().await.found("s3:ListBucketVersions", &["NoSuchBucket"])? else {
        return Ok(Remaining::None);
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
    Ok(if listed.is_truncated == Some(true) { Remaining::Some } else { Remaining::None })
}

/// Deletes up to a thousand objects in one call. The call can succeed although some objects were not deleted, so the
/// errors of single objects are checked.
pub(crate) async fn delete_objects(
    cloud: &Cloud,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
) -> Result<(), Fault> {
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(unbuildable)?;
    let request = cloud.s3.delete_objects().bucket(bucket).expected_bucket_owner(&cloud.account);
    let response = request.delete(delete).send().await.fault("s3:DeleteObject")?;
    let gone = |code: &str| matches!(code, "NoSuchKey" | "NoSuchVersion");
    let errors = response.errors.unwrap_or_default();
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
