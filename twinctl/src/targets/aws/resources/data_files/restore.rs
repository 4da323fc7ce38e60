//! Restores the files of an older set from the object versions in the bucket.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reconcile::{Class, Fault};

use super::{DataFiles, push::Source};
use crate::{
    artifacts::data::{Files, Fingerprint, ResolvedFiles},
    targets::aws::{
        Cloud, SdkResult,
        resources::bucket::{Versions, versions},
    },
};

/// The bucket no longer has a version with the content of the set.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` of that set has expired: the bucket keeps replaced files for 30 days")]
pub(crate) struct Expired(String);

const CONCURRENCY: usize = 32;

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
        let versions = versions(cloud, &self.bucket).await?;
        let find =
            |key: &'a String| Ok((key, Source::Version(version(&versions, key, &resolved.files[key])?)));
        keys.iter().map(find).collect()
    }

    /// Reads the files of an older set.
    pub async fn read_old(&self, cloud: &Cloud, files: &Files) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        let versions = versions(cloud, &self.bucket).await?;
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
}

/// Returns the id of the version with this content.
fn version(versions: &Versions, key: &str, content: &Fingerprint) -> Result<String, Fault> {
    let found = versions.get(key).into_iter().flatten().find(|(_, print)| print.matches(content));
    found
        .map(|(version, _)| version.clone())
        .ok_or_else(|| Fault::new(Class::Refused, Expired(key.to_owned())))
}
