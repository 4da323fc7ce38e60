//! The page of an earlier release, restored from the files and the object versions in the bucket.

use std::collections::BTreeMap;

use reconcile::{Change, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    NODE, Site, SiteActual,
    bucket::{self, ConcurrentWrites, Overwrite, Versions, restore_version},
    invalidation,
    view::{deletion, field, short, shorten},
};
use crate::{
    artifacts::web::{Manifest, ManifestEntry, outdated, removed},
    targets::{
        aws::{Cloud, Permission, RequiredPermissions, names::Names},
        rollback::not_restorable,
    },
};

#[derive(Debug)]
pub struct RestoredSite {
    site: Site,
    /// The release that uploaded the page.
    page: String,
}

#[derive(Debug, Clone)]
pub struct RestoredSiteDesired {
    pub distribution_id: String,
    /// The id of the release that this run creates.
    pub release: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RestoredSiteActual {
    site: SiteActual,
    manifest: Manifest,
    /// The files that differ from the release's files, and the versions that have their content.
    copies: Vec<OldFile>,
    /// The files that only the replaced page has.
    removed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct OldFile {
    key: String,
    version: String,
    entry: ManifestEntry,
}

/// Why a page cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotRestorable {
    #[error("the page history in the bucket no longer contains the release `{0}`")]
    UnknownRelease(String),
    #[error("`{0}` of the release has expired: the bucket keeps replaced files of the page for a year")]
    Expired(String),
}

impl RestoredSite {
    pub fn new(bucket: impl Into<String>, page: String) -> Self {
        Self { site: Site::new(bucket).found_before(true), page }
    }

    /// Compares the bucket with the release. Fails if a file cannot be restored.
    fn compare(&self, site: SiteActual, versions: &Versions) -> Result<RestoredSiteActual, NotRestorable> {
        let unknown = || NotRestorable::UnknownRelease(self.page.clone());
        let manifest = site.history.manifest(&self.page).ok_or_else(unknown)?.clone();
        let is_current = |key: &String, entry: &ManifestEntry| {
            site.objects.get(key) == Some(&entry.md5) && site.history.last_written(key) == Some(entry)
        };
        let find = |key: &String, entry: &ManifestEntry| {
            let mut known = versions.get(key).into_iter().flatten();
            let found = known.find(|(_, content)| content.etag == entry.md5);
            let (version, _) = found.ok_or_else(|| NotRestorable::Expired(key.clone()))?;
            Ok(OldFile { key: key.clone(), version: version.clone(), entry: entry.clone() })
        };
        let differing = manifest.files.iter().filter(|(key, entry)| !is_current(key, entry));
        let copies = differing.map(|(key, entry)| find(key, entry)).collect::<Result<_, _>>()?;
        let newest = site.history.newest();
        let removed = newest.into_iter().flat_map(|newest| removed(newest, &manifest));
        let removed = removed.filter(|key| site.objects.contains_key(*key)).map(ToOwned::to_owned).collect();
        Ok(RestoredSiteActual { site, manifest, copies, removed })
    }

    /// Restores the files: pages after the files that they refer to.
    async fn copy(&self, cloud: &Cloud, copies: &[OldFile]) -> Result<(), Fault> {
        let writes = ConcurrentWrites::new(cloud, NODE, copies.len());
        let restore = |file: &'_ OldFile| {
            let (file, bucket) = (file.clone(), &self.site.bucket);
            async move {
                let source = (file.key.as_str(), file.version.as_str());
                restore_version(cloud, bucket, source, Some(&file.entry), Overwrite::Any).await
            }
        };
        let (pages, others): (Vec<_>, Vec<_>) =
            copies.iter().partition(|file| file.key.strip_suffix(".html").is_some());
        for stage in [others, pages] {
            writes.run(stage.into_iter().map(restore)).await?;
        }
        Ok(())
    }

    fn is_recorded(&self, actual: &RestoredSiteActual) -> bool {
        actual.site.history.newest_id() == Some(self.page.as_str())
    }

    fn paths(&self, actual: &RestoredSiteActual) -> Vec<String> {
        let newest = actual.site.history.newest().filter(|_| !self.is_recorded(actual));
        newest.map(|newest| outdated(newest, &actual.manifest)).unwrap_or_default()
    }
}

impl RequiredPermissions for RestoredSite {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let bucket = [format!("arn:aws:s3:::{}", self.site.bucket)];
        let list = Permission::write("FindOldPages", &["s3:ListBucketVersions"], bucket);
        self.site.required_permissions(names).into_iter().chain([list]).collect()
    }
}

impl Resource for RestoredSite {
    type Cloud = Cloud;
    type Desired = RestoredSiteDesired;
    type Actual = RestoredSiteActual;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        self.site.physical_name()
    }

    async fn observe(&self, cloud: &Cloud, (): &mut ()) -> Result<Option<RestoredSiteActual>, Fault> {
        let mut none = BTreeMap::new();
        let (site, versions) =
            tokio::join!(self.site.observe(cloud, &mut none), bucket::versions(cloud, &self.site.bucket));
        let actual = self.compare(site?.unwrap_or_default(), &versions?);
        actual.map(Some).map_err(|error| not_restorable(&error))
    }

    /// The bucket belongs to the release.
    fn ownership(&self, _: &RestoredSiteActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, _: &RestoredSiteDesired, actual: Option<&RestoredSiteActual>) -> Vec<Change> {
        let Some(actual) = actual else { return vec![] };
        let change = |file: &OldFile| {
            let existing = actual.site.objects.get(&file.key).map(|etag| short(etag));
            Change::new(field(&file.key), existing, Some(short(&file.entry.md5)))
        };
        let removed = actual.removed.iter().map(|key| deletion(key, &actual.site));
        let mut changes = shorten(removed.chain(actual.copies.iter().map(change)).collect());
        if !self.is_recorded(actual) {
            let newest = actual.site.history.newest_id().map(ToOwned::to_owned);
            changes.push(Change::new("release", newest, Some(self.page.clone())));
        }
        let paths = self.paths(actual);
        if !paths.is_empty() {
            changes.push(Change::new("invalidation", None, Some(paths.join(" "))));
        }
        changes
    }

    /// Restores the files, and deletes those that only the replaced page has: a rollback may be made because of such a file.
    /// The next call makes the release the newest one in the history and invalidates caches, while the
    /// function is switched. Both depend on the history only, so a run after a killed one does the same.
    async fn converge(
        &self,
        cloud: &Cloud,
        (): &mut (),
        desired: &RestoredSiteDesired,
        actual: Option<&RestoredSiteActual>,
    ) -> Result<Pushed<RestoredSiteActual>, Fault> {
        let Some(actual) = actual else { return Ok(Pushed::Observe) };
        let mut now = actual.clone();
        if !actual.copies.is_empty() || !actual.removed.is_empty() {
            self.copy(cloud, &actual.copies).await?;
            if !actual.removed.is_empty() {
                self.site.expire(cloud, &actual.removed).await?;
                now.site.objects.retain(|key, _| !actual.removed.contains(key));
            }
            (now.copies, now.removed) = (Vec::new(), Vec::new());
            let restored = actual.copies.iter().map(|file| (file.key.clone(), file.entry.md5.clone()));
            now.site.objects.extend(restored);
            return Ok(Pushed::Actual(now));
        }
        now.site.history = actual.site.history.restored(&self.page);
        let reference = (desired.distribution_id.as_str(), desired.release.as_str());
        let paths = self.paths(actual);
        let ((), etag) = tokio::try_join!(
            invalidation::invalidate(cloud, reference, &paths),
            self.site.write_history(cloud, &now.site.history, &actual.site)
        )?;
        now.site.history_etag = etag.or(now.site.history_etag);
        Ok(Pushed::Actual(now))
    }

    /// Deletes nothing: the bucket node deletes the objects with the bucket.
    async fn delete(&self, _: &Cloud, (): &mut (), _: &RestoredSiteActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    /// Available as soon as visitors get the restored page.
    fn output(&self, actual: &RestoredSiteActual) -> Option<()> {
        actual.copies.is_empty().then_some(())
    }

    fn predict_output(&self, _: &RestoredSiteDesired, actual: Option<&RestoredSiteActual>) -> Option<()> {
        actual.and_then(|actual| self.output(actual))
    }
}
