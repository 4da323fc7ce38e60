//! Restores the files of an older set from the object versions in the bucket.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reconcile::{Class, Fault};

use super::{DataFiles, push::Source};
use crate::{
    artifacts::data::{Files, Fingerprint, ResolvedFiles},
    targets::aws::{
        Cloud, SdkResult,
        resources::bucket::{Overwrite, unquote_etag},
    },
};

/// Characters that are percent-encoded in a copy source.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The bucket no longer has a version with the content of the set.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` of that set has expired: the bucket keeps replaced files for 30 days")]
pub(crate) struct Expired(String);

const CONCURRENCY: usize = 32;

/// The id and content of each version, by key.
type Versions = BTreeMap<String, Vec<(String, Fingerprint)>>;

impl DataFiles {
    /// Returns the version of each file that has the content of the set.
    pub(super) async fn old_versions<'a>(
        &self,
        cloud: &Cloud,
        resolved: &ResolvedFiles,
        keys: &'a [String],
    ) -> Result<Vec<(&'a String, Source<'a>)>, Fault> {
        if keys.is_empty() {
            return Ok(vec![]);
        }
        let versions = self.versions(cloud).await?;
        let find =
            |key: &'a String| Ok((key, Source::Version(version(&versions, key, &resolved.files[key])?)));
        keys.iter().map(find).collect()
    }

    /// Reads the files of an older set.
    pub async fn read_old(&self, cloud: &Cloud, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        let versions = self.versions(cloud).await?;
        let read = async |key: &String, version: String| {
            let request = cloud.s3.get_object().bucket(&self.bucket).key(key).version_id(version);
            let response = request.expected_bucket_owner(&cloud.account).send().await;
            let body = response.fault("s3:GetObjectVersion")?.body.collect().await;
            let bytes = body.map_err(|error| Fault::new(Class::Unavailable, error))?;
            Ok((key.clone(), bytes.to_vec()))
        };
        let found = files.iter().map(|(key, print)| Ok((key, version(&versions, key, print)?)));
        let found: Vec<_> = found.collect::<Result<_, Fault>>()?;
        let reads = found.into_iter().map(|(key, version)| read(key, version));
        stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Makes an older version of an object the current one.
    pub(super) async fn restore(
        &self,
        cloud: &Cloud,
        key: &str,
        version: &str,
        overwrite: Overwrite<'_>,
    ) -> Result<(), Fault> {
        let source = format!("{}/{}", self.bucket, utf8_percent_encode(key, ENCODED));
        let (if_match, if_none_match) = overwrite.conditions();
        let request = cloud
            .s3
            .copy_object()
            .bucket(&self.bucket)
            .key(key)
            .copy_source(format!("{source}?versionId={version}"))
            .set_if_match(if_match)
            .set_if_none_match(if_none_match)
            .expected_bucket_owner(&cloud.account)
            .expected_source_bucket_owner(&cloud.account);
        request.send().await.fault("s3:PutObject").map(drop)
    }

    /// Lists all versions of all objects, without delete markers.
    async fn versions(&self, cloud: &Cloud) -> Result<Versions, Fault> {
        let mut versions = Versions::new();
        let (mut key, mut version) = (None, None);
        loop {
            let request = cloud.s3.list_object_versions().bucket(&self.bucket);
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
}

/// Returns the id of the version with this content.
fn version(versions: &Versions, key: &str, content: &Fingerprint) -> Result<String, Fault> {
    let found = versions.get(key).into_iter().flatten().find(|(_, print)| print.matches(content));
    found
        .map(|(version, _)| version.clone())
        .ok_or_else(|| Fault::new(Class::Refused, Expired(key.to_owned())))
}
