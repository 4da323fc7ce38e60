//! The versions of objects, and the restoring of an older one.

use std::collections::BTreeMap;

use aws_sdk_s3::types::MetadataDirective;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reconcile::Fault;

use super::{Overwrite, unquote_etag};
use crate::{
    artifacts::{data::Fingerprint, web::ManifestEntry},
    targets::aws::{Cloud, SdkResult},
};

/// Characters that are percent-encoded in a copy source.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The id and content of each version, by key.
pub(crate) type Versions = BTreeMap<String, Vec<(String, Fingerprint)>>;

/// Lists all versions of all objects, without delete markers.
pub(crate) async fn versions(cloud: &Cloud, bucket: &str) -> Result<Versions, Fault> {
    let mut versions = Versions::new();
    let (mut key, mut version) = (None, None);
    loop {
        let request = cloud.s3.list_object_versions().bucket(bucket);
        let request = request.set_key_marker(key).set_version_id_marker(version);
        let page = request.expected_bucket_owner(&cloud.account).send().await;
        let page = page.fault("s3:ListBucketVersions")?;
        for object in page.versions.unwrap_or_default() {
            let (Some(key), Some(version)) = (object.key, object.version_id) else { continue };
            let size = object.size.and_then(|size| size.try_into().ok()).unwrap_or_default();
            let print = Fingerprint { etag: unquote_etag(object.e_tag), size };
            versions.entry(key).or_default().push((version, print));
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
        if key.is_none() {
            return Ok(versions);
        }
    }
}

/// Makes an older version of an object the current one, with the given headers or else its own.
pub(crate) async fn restore_version(
    cloud: &Cloud,
    bucket: &str,
    (key, version): (&str, &str),
    headers: Option<&ManifestEntry>,
    overwrite: Overwrite<'_>,
) -> Result<(), Fault> {
    let source = format!("{bucket}/{}", utf8_percent_encode(key, ENCODED));
    let (if_match, if_none_match) = overwrite.conditions();
    let request = cloud
        .s3
        .copy_object()
        .bucket(bucket)
        .key(key)
        .copy_source(format!("{source}?versionId={version}"))
        .set_metadata_directive(headers.map(|_| MetadataDirective::Replace))
        .set_content_type(headers.map(|headers| headers.content_type.clone()))
        .set_cache_control(headers.map(|headers| headers.cache_control.clone()))
        .set_if_match(if_match)
        .set_if_none_match(if_none_match)
        .expected_bucket_owner(&cloud.account)
        .expected_source_bucket_owner(&cloud.account);
    request.send().await.fault("s3:PutObject").map(drop)
}
