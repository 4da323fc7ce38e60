//! The data files in the data bucket. They are compared with the uploaded files or with an older set.

mod push;
mod restore;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use contract::pause;
use jiff::Timestamp;
use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::bucket;
use crate::{
    artifacts::data::{self, DesiredFiles, FACTS, Files, Fingerprint, HISTORY, History, StoredFiles},
    targets::aws::{Cloud, Permission, RequiredPermissions, names::Names},
    twin::store::with_retries,
};

/// The name of the node. Progress is reported under it, too.
pub const DATA_FILES: &str = "persona";
/// The prefix of objects that twinctl keeps for itself. They are not data files.
pub const OWN_PREFIX: &str = ".twinctl/";

/// The data files in a bucket.
#[derive(Debug)]
pub struct DataFiles {
    bucket: String,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct DataFilesMemory {
    /// This run has recorded its set in the history.
    recorded: bool,
}

#[derive(Debug, Clone)]
pub struct DataFilesDesired {
    pub wanted: DesiredFiles,
    /// The id of the set that this run creates.
    pub set: String,
}

#[derive(Debug, Clone, Default)]
pub struct DataFilesActual {
    pub current: Arc<StoredFiles>,
    /// The `ETag` of the history.
    history_etag: Option<String>,
}

impl DataFilesActual {
    fn current_mut(&mut self) -> &mut StoredFiles {
        Arc::make_mut(&mut self.current)
    }
}

impl DataFiles {
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into() }
    }

    /// Returns the content of the uploaded facts, if there are any. Makes two concurrent calls, unless the facts are in a
    /// subfolder. Facts that are listed but not found are read again: without them, the page would lose its name.
    pub(crate) async fn read_facts(&self, cloud: &Cloud) -> Result<Option<Vec<u8>>, Fault> {
        let [in_folders @ .., usual] = &FACTS;
        let read = async || {
            let listed = bucket::list(cloud, &self.bucket);
            let (listed, facts) = tokio::join!(listed, bucket::object(cloud, &self.bucket, usual));
            let (listed, mut facts) = (listed?.unwrap_or_default(), facts?);
            let is_listed = |key: &&&str| listed.iter().any(|object| object.key.as_deref() == Some(**key));
            let first = in_folders.iter().find(is_listed);
            if let Some(key) = first {
                facts = bucket::object(cloud, &self.bucket, key).await?;
            }
            if facts.is_none() {
                bucket::check_missing(first.unwrap_or(usual), &listed)?;
            }
            Ok(facts)
        };
        with_retries(&self.bucket, read).await
    }

    async fn read_history(&self, cloud: &Cloud) -> Result<(History, Option<String>), Fault> {
        let Some((json, etag)) = bucket::object_with_etag(cloud, &self.bucket, HISTORY).await? else {
            return Ok((History::default(), None));
        };
        let history = History::from_json(&json).map_err(|error| Fault::new(Class::Refused, error))?;
        Ok((history, Some(etag)))
    }
}

impl RequiredPermissions for DataFiles {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let bucket = [format!("arn:aws:s3:::{}", self.bucket)];
        let objects = [format!("arn:aws:s3:::{}/*", self.bucket)];
        vec![
            Permission::read(
                "ReadSets",
                &["s3:GetObject"],
                [format!("arn:aws:s3:::{}/{HISTORY}", self.bucket)],
            ),
            Permission::write(
                "BringFiles",
                &["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                objects,
            ),
            Permission::write("FindOldSets", &["s3:ListBucketVersions"], bucket),
        ]
    }
}

impl Resource for DataFiles {
    type Cloud = Cloud;
    type Desired = DataFilesDesired;
    type Actual = DataFilesActual;
    /// The current files and their history.
    type Output = Arc<StoredFiles>;
    type Memory = DataFilesMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    /// Makes two concurrent calls. `None` means that there is no bucket; a bucket without files is empty.
    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<DataFilesActual>, Fault> {
        let (objects, history) = tokio::join!(bucket::list(cloud, &self.bucket), self.read_history(cloud));
        let Some(objects) = objects? else { return Ok(None) };
        let (history, history_etag) = history?;
        if history_etag.is_none() {
            bucket::check_missing(HISTORY, &objects)?;
        }
        let is_mark = |object: &&aws_sdk_s3::types::Object| object.key.as_deref() == Some(pause::MARK);
        let mark = objects.iter().find(is_mark).and_then(|object| object.last_modified);
        let paused = mark.and_then(|at| Timestamp::from_second(at.secs()).ok());
        let pair = |object: aws_sdk_s3::types::Object| {
            let key = object.key.filter(|key| !key.starts_with(OWN_PREFIX))?;
            let size = object.size.and_then(|size| size.try_into().ok()).unwrap_or_default();
            Some((key, Fingerprint { etag: bucket::unquote_etag(object.e_tag), size }))
        };
        let files: Files = objects.into_iter().filter_map(pair).collect();
        Ok(Some(DataFilesActual { current: Arc::new(StoredFiles { files, history, paused }), history_etag }))
    }

    /// The bucket node checks the owner.
    fn ownership(&self, _: &DataFilesActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &DataFilesDesired, actual: Option<&DataFilesActual>) -> Vec<Change> {
        let empty = StoredFiles::default();
        let current = actual.map_or(&empty, |actual| &*actual.current);
        desired
            .wanted
            .resolve(current)
            .map(|resolved| data::plan_changes(&resolved, current, &desired.set))
            .unwrap_or_default()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &DataFilesDesired,
        actual: Option<&DataFilesActual>,
    ) -> Result<Pushed<DataFilesActual>, Fault> {
        let empty = DataFilesActual::default();
        self.push(cloud, memory, desired, actual.unwrap_or(&empty)).await.map(Pushed::Actual)
    }

    /// Deletes nothing: the bucket node deletes the objects with the bucket.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &DataFilesActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, actual: &DataFilesActual) -> Option<Arc<StoredFiles>> {
        Some(Arc::clone(&actual.current))
    }
}
