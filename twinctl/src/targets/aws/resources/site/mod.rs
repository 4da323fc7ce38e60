//! The files of the page in the web bucket. They are compared with the bundle, or without one with the last release.

mod history;
mod invalidation;
mod release;
mod restored;
mod upload;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use reconcile::{Change, Class, Fault, Ownership, Pushed, Removed, Resource};

use super::bucket;
use crate::{
    artifacts::web::{ManifestEntry, WebBundle},
    targets::aws::{Cloud, Permission, RequiredPermissions, names::Names},
};

use history::History;

pub use restored::{RestoredSite, RestoredSiteDesired};

/// The node under which progress is reported.
const NODE: &str = "site";

#[derive(Debug)]
pub struct Site {
    bucket: String,
    /// See [`Site::found_before`].
    found_before: bool,
}

#[derive(Debug, Clone)]
pub struct SiteDesired {
    /// `None` without sources (`status`, `destroy`): the last release is then the desired state.
    pub bundle: Option<Arc<WebBundle>>,
    pub distribution_id: String,
    /// The id of the release that this run creates.
    pub release: String,
    /// The releases whose files a rollback may need.
    pub kept: BTreeSet<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteActual {
    /// The `ETag`s of all objects but our own, by key.
    objects: BTreeMap<String, String>,
    history: History,
    history_etag: Option<String>,
}

impl Site {
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), found_before: false }
    }

    /// If the bucket existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    async fn read_history(&self, cloud: &Cloud) -> Result<Option<(History, String)>, Fault> {
        let Some((body, etag)) = bucket::object_with_etag(cloud, &self.bucket, history::KEY).await? else {
            return Ok(None);
        };
        let history = History::from_json(&body).map_err(|error| Fault::new(Class::Refused, error))?;
        Ok(Some((history, etag)))
    }
}

impl RequiredPermissions for Site {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let object = |key: &str| [format!("arn:aws:s3:::{}/{key}", self.bucket)];
        let distributions = [names.distribution_arn("*")];
        vec![
            Permission::read("ReadReleases", &["s3:GetObject"], object(history::KEY)),
            // A rollback reads old versions.
            Permission::write(
                "WritePage",
                &["s3:DeleteObject", "s3:GetObjectVersion", "s3:PutObject"],
                object("*"),
            ),
            Permission::write("TellCaches", &["cloudfront:CreateInvalidation"], distributions)
                .on_our_resources(names),
        ]
    }
}

impl Resource for Site {
    type Cloud = Cloud;
    type Desired = SiteDesired;
    type Actual = SiteActual;
    /// The release that uploaded the files.
    type Output = String;
    /// The files that this run has uploaded, so that an interrupted upload continues where it was.
    type Memory = BTreeMap<String, ManifestEntry>;

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    async fn observe(&self, cloud: &Cloud, uploaded: &mut Self::Memory) -> Result<Option<SiteActual>, Fault> {
        let list = bucket::list(cloud, &self.bucket);
        let (objects, history) = if self.found_before || !uploaded.is_empty() {
            tokio::join!(list, self.read_history(cloud))
        } else {
            let Some(objects) = list.await? else { return Ok(None) };
            (Ok(Some(objects)), self.read_history(cloud).await)
        };
        let Some(objects) = objects? else {
            return Ok(None);
        };
        let (history, history_etag) = history?.unzip();
        if history_etag.is_none() {
            bucket::check_missing(history::KEY, &objects)?;
        }
        let history = history.unwrap_or_default();
        let pair = |object: aws_sdk_s3::types::Object| {
            let key = object.key.filter(|key| !history::is_internal(key))?;
            Some((key, bucket::unquote_etag(object.e_tag)))
        };
        let objects: BTreeMap<_, _> = objects.into_iter().filter_map(pair).collect();
        let is_empty = objects.is_empty() && history == History::default();
        Ok((!is_empty).then_some(SiteActual { objects, history, history_etag }))
    }

    /// The bucket node checks the owner.
    fn ownership(&self, _: &SiteActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &SiteDesired, actual: Option<&SiteActual>) -> Vec<Change> {
        let empty = SiteActual::default();
        let actual = actual.unwrap_or(&empty);
        desired.changes(actual)
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &SiteDesired,
        actual: Option<&SiteActual>,
    ) -> Result<Pushed<SiteActual>, Fault> {
        let Some(bundle) = &desired.bundle else {
            return Err(Fault::new(Class::Refused, "the files of the page are missing"));
        };
        let empty = SiteActual::default();
        let actual = actual.unwrap_or(&empty);
        self.release(cloud, memory, desired, bundle, actual).await.map(Pushed::Actual)
    }

    /// Deletes nothing: the bucket node deletes the objects with the bucket.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &SiteActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, actual: &SiteActual) -> Option<String> {
        actual.history.newest_id().map(ToOwned::to_owned)
    }

    fn predict_output(&self, desired: &SiteDesired, actual: Option<&SiteActual>) -> Option<String> {
        desired.released(actual?)
    }
}

#[cfg(test)]
mod tests;
