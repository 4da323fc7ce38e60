//! The files of the page: what is in the bucket, against what the bundle or the last release says.

mod history;
mod invalidation;
mod release;
mod upload;
mod view;

use std::{collections::BTreeMap, sync::Arc};

use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::bucket;
use crate::{
    artifacts::web::{ManifestEntry, WebBundle},
    targets::aws::{Cloud, Needs, Right, names::Names},
};

use history::History;
use release::Work;

/// The name under which progress is told.
const NODE: &str = "site";

#[derive(Debug)]
pub struct Site {
    bucket: String,
}

#[derive(Debug, Clone)]
pub struct SiteDesired {
    /// Without sources (status, destroy) the last release says what should be there.
    pub bundle: Option<Arc<WebBundle>>,
    pub distribution_id: String,
    /// The id of the release that this run makes.
    pub release: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteActual {
    /// Keys and `ETag`s of everything but our own notes.
    objects: BTreeMap<String, String>,
    history: History,
}

impl Site {
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into() }
    }

    async fn list(&self, cloud: &Cloud) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let objects = bucket::list(cloud, &self.bucket).await?;
        let pair = |object: aws_sdk_s3::types::Object| {
            let etag = object.e_tag.unwrap_or_default().trim_matches('"').to_owned();
            object.key.filter(|key| !history::is_ours(key)).map(|key| (key, etag))
        };
        Ok(objects.map(|objects| objects.into_iter().filter_map(pair).collect()))
    }

    async fn read_history(&self, cloud: &Cloud) -> Result<History, Fault> {
        let Some(body) = bucket::object(cloud, &self.bucket, history::KEY).await? else {
            return Ok(History::default());
        };
        History::from_json(&body).map_err(|error| Fault::new(Class::Refused, error))
    }
}

impl Needs for Site {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let object = |key: &str| [format!("arn:aws:s3:::{}/{key}", self.bucket)];
        let distributions = [names.distribution_arn("*")];
        vec![
            Right::look("ReadReleases", &["s3:GetObject"], object(history::KEY)),
            Right::change("WritePage", &["s3:DeleteObject", "s3:PutObject"], object("*")),
            Right::change("TellCaches", &["cloudfront:CreateInvalidation"], distributions).on_ours(names),
        ]
    }
}

impl Resource for Site {
    type Cloud = Cloud;
    type Desired = SiteDesired;
    type Actual = SiteActual;
    type Output = ();
    /// The files that this run has uploaded, so that an interrupted upload continues where it was.
    type Memory = BTreeMap<String, ManifestEntry>;

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<SiteActual>, Fault> {
        let (objects, history) = tokio::join!(self.list(cloud), self.read_history(cloud));
        let Some(objects) = objects? else {
            return Ok(None);
        };
        let actual = SiteActual { objects, history: history? };
        Ok((actual != SiteActual::default()).then_some(actual))
    }

    /// The bucket says whose it is.
    fn ownership(&self, _: &SiteActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &SiteDesired, actual: Option<&SiteActual>) -> Vec<Change> {
        let nothing = SiteActual::default();
        let actual = actual.unwrap_or(&nothing);
        match &desired.bundle {
            Some(bundle) => view::of_work(&Work::new(bundle, actual), &desired.release, actual),
            None => view::of_drift(actual),
        }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &SiteDesired,
        actual: Option<&SiteActual>,
    ) -> Result<Pushed<SiteActual>, Fault> {
        let Some(bundle) = &desired.bundle else {
            return Err(Fault::new(Class::Refused, "the files of the page are needed for this"));
        };
        let nothing = SiteActual::default();
        let actual = actual.unwrap_or(&nothing);
        let work = Work::new(bundle, actual);
        self.release(cloud, memory, desired, &work, actual).await.map(Pushed::Actual)
    }

    /// The objects go with the bucket.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &SiteActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, _: &SiteActual) -> Option<()> {
        Some(())
    }

    fn predict_output(&self, _: &SiteDesired, _: Option<&SiteActual>) -> Option<()> {
        Some(())
    }
}

#[cfg(test)]
mod tests;
