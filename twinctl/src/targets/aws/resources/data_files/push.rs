//! Implements `converge`: records the set in the history, then writes the files that differ, then deletes the files
//! that are not in the set. Every write is conditional: it succeeds only if the object is unchanged since it was
//! read.

use std::borrow::Cow;

use aws_sdk_s3::primitives::ByteStream;
use reconcile::{Class, Fault};

use super::{DATA_FILES, DataFiles, DataFilesActual, DataFilesDesired, DataFilesMemory, HISTORY};
use crate::{
    artifacts::data::{DesiredFiles, FileChanges, Fingerprint, ResolvedFiles},
    system::{clock, host},
    targets::aws::{
        Cloud, SdkResult,
        resources::bucket::{ConcurrentWrites, Overwrite, Put, put, restore_version},
    },
};

/// The newest set in the history is not the one that this run has recorded.
#[derive(Debug, thiserror::Error)]
#[error(
    "another upload has replaced this one: both ran at the same time, and the other one was recorded last"
)]
pub(crate) struct Superseded;

/// The source of a file's content.
#[derive(Debug)]
pub(super) enum Source<'a> {
    Uploaded(&'a [u8]),
    /// The id of an older version of the object.
    Version(String),
}

impl DataFiles {
    /// Records the set first, on the condition that the history is unchanged. So one of two concurrent uploads is
    /// refused before it has changed any file, and the set tells what an interrupted run was about to do.
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        memory: &mut DataFilesMemory,
        desired: &DataFilesDesired,
        actual: &DataFilesActual,
    ) -> Result<DataFilesActual, Fault> {
        let mut now = actual.clone();
        let Some(resolved) = desired.wanted.resolve(&actual.current) else { return Ok(now) };
        let work = FileChanges::new(&resolved.files, &actual.current);
        let sources = self.sources(cloud, desired, &resolved, &work.write).await?;
        if work.is_new {
            self.record(cloud, memory, desired, &resolved, &mut now).await?;
        }
        let writes = ConcurrentWrites::new(cloud, DATA_FILES, work.write.len() + work.remove.len());
        writes
            .run(sources.iter().map(|(key, source)| self.write(cloud, actual, &resolved, key, source)))
            .await?;
        for key in work.write {
            let print = resolved.files[&key].clone();
            now.current_mut().files.insert(key, print);
        }
        writes.run(work.remove.iter().map(|key| self.remove(cloud, actual, key))).await?;
        now.current_mut().files.retain(|key, _| !work.remove.contains(key));
        Ok(now)
    }

    /// Adds the set to the history.
    async fn record(
        &self,
        cloud: &Cloud,
        memory: &mut DataFilesMemory,
        desired: &DataFilesDesired,
        resolved: &ResolvedFiles,
        now: &mut DataFilesActual,
    ) -> Result<(), Fault> {
        if memory.recorded && now.current.history.newest().is_some_and(|newest| newest.id != desired.set) {
            return Err(Fault::new(Class::Refused, Superseded));
        }
        let (history, found) = (&now.current.history, now.current.managed());
        let history =
            desired.wanted.record(history, &desired.set, resolved, clock::now(), host::user(), found);
        let json = history.to_json().map_err(|error| Fault::new(Class::Refused, error))?;
        let print = Fingerprint::of(&json);
        let overwrite = Overwrite::Unchanged(now.history_etag.as_deref());
        put(cloud, &self.bucket, object(HISTORY, Cow::Owned(json), &print, overwrite)).await?;
        memory.recorded = true;
        (now.current_mut().history, now.history_etag) = (history, Some(print.etag));
        Ok(())
    }

    /// Returns the source of each file. Fails before anything is written if one is missing.
    async fn sources<'a>(
        &self,
        cloud: &Cloud,
        desired: &'a DataFilesDesired,
        resolved: &ResolvedFiles,
        keys: &'a [String],
    ) -> Result<Vec<(&'a String, Source<'a>)>, Fault> {
        let DesiredFiles::Files(uploaded) = &desired.wanted else {
            return self.old_versions(cloud, resolved, keys).await;
        };
        let bytes = |key: &'a String| {
            let bytes = resolved.names.get(key).and_then(|name| uploaded.bytes(name));
            let missing = || Fault::new(Class::Refused, format!("the content of `{key}` is not available"));
            Ok((key, Source::Uploaded(bytes.ok_or_else(missing)?)))
        };
        keys.iter().map(bytes).collect()
    }

    async fn write(
        &self,
        cloud: &Cloud,
        actual: &DataFilesActual,
        resolved: &ResolvedFiles,
        key: &str,
        source: &Source<'_>,
    ) -> Result<(), Fault> {
        let overwrite = only_if_unchanged(actual, key);
        match source {
            Source::Uploaded(bytes) => {
                let object = object(key, Cow::Borrowed(bytes), &resolved.files[key], overwrite);
                put(cloud, &self.bucket, object).await
            }
            Source::Version(version) => {
                restore_version(cloud, &self.bucket, (key, version.as_str()), None, overwrite).await
            }
        }
    }

    async fn remove(&self, cloud: &Cloud, actual: &DataFilesActual, key: &str) -> Result<(), Fault> {
        let (if_match, _) = only_if_unchanged(actual, key).conditions();
        let request = cloud.s3.delete_object().bucket(&self.bucket).key(key);
        let request = request.set_if_match(if_match).expected_bucket_owner(&cloud.account);
        request.send().await.done("s3:DeleteObject", &["NoSuchKey"])
    }
}

fn only_if_unchanged<'a>(actual: &'a DataFilesActual, key: &str) -> Overwrite<'a> {
    Overwrite::Unchanged(actual.current.files.get(key).map(|file| file.etag.as_str()))
}

fn object<'a>(
    key: &'a str,
    bytes: Cow<'_, [u8]>,
    print: &'a Fingerprint,
    overwrite: Overwrite<'a>,
) -> Put<'a> {
    Put {
        key,
        body: ByteStream::from(bytes.into_owned()),
        size: print.size,
        md5_hex: &print.etag,
        content_type: mime_guess::from_path(key).first_raw().unwrap_or("application/octet-stream"),
        cache_control: None,
        overwrite,
    }
}
