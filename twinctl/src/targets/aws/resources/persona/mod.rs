//! The owner's files in the data bucket: what is there, against what was brought or an older set.

mod push;
mod restore;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::bucket;
use crate::{
    artifacts::data::{self, Files, History, Print, There, Wanted},
    targets::aws::{Cloud, Needs, Right, names::Names},
};

/// The name of the node, under which progress is told as well.
pub const PERSONA: &str = "persona";
/// Our own notes, which are none of the owner's files.
pub const OWN_PREFIX: &str = ".twinctl/";
const HISTORY: &str = ".twinctl/history.json";

/// The owner's files in a bucket.
#[derive(Debug)]
pub struct Persona {
    bucket: String,
}

/// What a run remembers of the data files.
#[derive(Debug, Default)]
pub struct PersonaMemory {
    /// This run has added its set to the list of sets.
    noted: bool,
}

#[derive(Debug, Clone)]
pub struct PersonaDesired {
    pub wanted: Wanted,
    /// The id of the set that this run makes.
    pub set: String,
}

#[derive(Debug, Clone, Default)]
pub struct PersonaActual {
    pub there: Arc<There>,
    /// The `ETag` of the history.
    noted_as: Option<String>,
}

impl PersonaActual {
    fn there_mut(&mut self) -> &mut There {
        Arc::make_mut(&mut self.there)
    }
}

impl Persona {
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into() }
    }

    async fn list(&self, cloud: &Cloud) -> Result<Option<Files>, Fault> {
        let Some(objects) = bucket::list(cloud, &self.bucket).await? else { return Ok(None) };
        let pair = |object: aws_sdk_s3::types::Object| {
            let key = object.key.filter(|key| !key.starts_with(OWN_PREFIX))?;
            let size = object.size.and_then(|size| size.try_into().ok()).unwrap_or_default();
            Some((key, Print { etag: bucket::bare(object.e_tag), size }))
        };
        Ok(Some(objects.into_iter().filter_map(pair).collect()))
    }

    async fn read_history(&self, cloud: &Cloud) -> Result<(History, Option<String>), Fault> {
        let Some((json, etag)) = bucket::tagged_object(cloud, &self.bucket, HISTORY).await? else {
            return Ok((History::default(), None));
        };
        let history = History::from_json(&json).map_err(|error| Fault::new(Class::Refused, error))?;
        Ok((history, Some(etag)))
    }
}

impl Needs for Persona {
    fn needs(&self, _: &Names) -> Vec<Right> {
        let bucket = [format!("arn:aws:s3:::{}", self.bucket)];
        let objects = [format!("arn:aws:s3:::{}/*", self.bucket)];
        vec![
            Right::look("ReadSets", &["s3:GetObject"], [format!("arn:aws:s3:::{}/{HISTORY}", self.bucket)]),
            Right::change(
                "BringFiles",
                &["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                objects,
            ),
            Right::change("FindOldSets", &["s3:ListBucketVersions"], bucket),
        ]
    }
}

impl Resource for Persona {
    type Cloud = Cloud;
    type Desired = PersonaDesired;
    type Actual = PersonaActual;
    /// What is there now.
    type Output = Arc<There>;
    type Memory = PersonaMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    /// Two calls, one round trip. `None` is no bucket: one without files is only empty.
    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<PersonaActual>, Fault> {
        let (files, history) = tokio::join!(self.list(cloud), self.read_history(cloud));
        let Some(files) = files? else { return Ok(None) };
        let (history, noted_as) = history?;
        Ok(Some(PersonaActual { there: Arc::new(There { files, history }), noted_as }))
    }

    /// The bucket says whose it is.
    fn ownership(&self, _: &PersonaActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &PersonaDesired, actual: Option<&PersonaActual>) -> Vec<Change> {
        let nothing = There::default();
        let there = actual.map_or(&nothing, |actual| &*actual.there);
        desired.wanted.aim(there).map(|aim| data::changes(&aim, there, &desired.set)).unwrap_or_default()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &PersonaDesired,
        actual: Option<&PersonaActual>,
    ) -> Result<Pushed<PersonaActual>, Fault> {
        let nothing = PersonaActual::default();
        self.push(cloud, memory, desired, actual.unwrap_or(&nothing)).await.map(Pushed::Actual)
    }

    /// The objects go with the bucket.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &PersonaActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, actual: &PersonaActual) -> Option<Arc<There>> {
        Some(Arc::clone(&actual.there))
    }
}
