//! Brings back the files of an older set from the versions that the bucket has kept.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reconcile::{Class, Fault};

use super::{Persona, push::From};
use crate::{
    artifacts::data::{Aim, Files, Print},
    targets::aws::{
        Answer, Cloud,
        resources::bucket::{Over, bare},
    },
};

/// All but what a key is usually made of.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The bucket does not have that content any more.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` of that set is gone: the bucket keeps what was replaced for 30 days")]
pub(crate) struct Gone(String);

const AT_ONCE: usize = 32;

type Versions = BTreeMap<String, Vec<(String, Print)>>;

impl Persona {
    /// The version of each file that has the content of the set.
    pub(super) async fn kept<'a>(
        &self,
        cloud: &Cloud,
        aim: &Aim,
        keys: &'a [String],
    ) -> Result<Vec<(&'a String, From<'a>)>, Fault> {
        if keys.is_empty() {
            return Ok(vec![]);
        }
        let versions = self.versions(cloud).await?;
        let find = |key: &'a String| Ok((key, From::Version(version(&versions, key, &aim.files[key])?)));
        keys.iter().map(find).collect()
    }

    /// The bytes of files that an older set had.
    pub async fn kept_bytes(&self, cloud: &Cloud, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        let versions = self.versions(cloud).await?;
        let read = async |key: &String, version: String| {
            let request = cloud.s3.get_object().bucket(&self.bucket).key(key).version_id(version);
            let answer = request.expected_bucket_owner(&cloud.account).send().await;
            let body = answer.fault("s3:GetObjectVersion")?.body.collect().await;
            let bytes = body.map_err(|error| Fault::new(Class::Unavailable, error))?;
            Ok((key.clone(), bytes.to_vec()))
        };
        let found = files.iter().map(|(key, print)| Ok((key, version(&versions, key, print)?)));
        let found: Vec<_> = found.collect::<Result<_, Fault>>()?;
        let reads = found.into_iter().map(|(key, version)| read(key, version));
        stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await
    }

    pub(super) async fn copy(
        &self,
        cloud: &Cloud,
        key: &str,
        version: &str,
        over: Over<'_>,
    ) -> Result<(), Fault> {
        let source = format!("{}/{}", self.bucket, utf8_percent_encode(key, ENCODED));
        let (matching, absent) = over.conditions();
        let request = cloud
            .s3
            .copy_object()
            .bucket(&self.bucket)
            .key(key)
            .copy_source(format!("{source}?versionId={version}"))
            .set_if_match(matching.map(|etag| format!("\"{etag}\"")))
            .set_if_none_match(absent.map(ToOwned::to_owned))
            .expected_bucket_owner(&cloud.account)
            .expected_source_bucket_owner(&cloud.account);
        request.send().await.fault("s3:PutObject").map(drop)
    }

    /// Every version of every object that still has bytes.
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
                let print = Print { etag: bare(object.e_tag), size };
                versions.entry(key).or_default().push((version, print));
            }
            (key, version) = (page.next_key_marker, page.next_version_id_marker);
            if key.is_none() {
                return Ok(versions);
            }
        }
    }
}

/// The one that has that content.
fn version(versions: &Versions, key: &str, content: &Print) -> Result<String, Fault> {
    let mut kept = versions.get(key).into_iter().flatten();
    let found = kept.find(|(_, print)| print.is_of(content));
    found.map(|(version, _)| version.clone()).ok_or_else(|| Fault::new(Class::Refused, Gone(key.to_owned())))
}
