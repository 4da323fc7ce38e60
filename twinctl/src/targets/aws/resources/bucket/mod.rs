//! A private bucket: encrypted, versioned, without public access, reachable over TLS only.

mod contents;
mod download;
mod empty;
mod lifecycle;
pub mod policy;
mod put;
mod settings;
mod versions;

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, LifecycleRule, ObjectOwnership, Tag,
};
use empty::Remaining;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use super::cloudfront::readers;
use crate::targets::aws::{
    Cloud, Labels, Permission, RequiredPermissions, SdkResult, Statements, names::Names,
};

pub(crate) use contents::{check_missing, list, list_prefix, object_with_etag, unquote_etag};
pub use contents::{count_objects, object};
pub use download::{DownloadError, Downloaded, download};
pub(crate) use empty::{delete_objects, unbuildable};
pub use lifecycle::BucketDesired;
pub(crate) use lifecycle::tagged_expiry;
pub(crate) use put::{ConcurrentWrites, Overwrite, Put, put};
pub(crate) use settings::{is_code, tagging};
pub(crate) use versions::{Versions, restore_version, versions};

// The values of settings in a plan.
pub(crate) const UNSET: &str = "unset";
const BLOCKED: &str = "blocked";
const AES256: &str = "AES256";
const OWNER_ENFORCED: &str = "BucketOwnerEnforced";
const ENABLED: &str = "Enabled";

/// Which node owns the policy of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyOwner {
    /// The bucket itself: the policy denies requests without TLS.
    TlsOnly,
    /// Another node: the policy is neither read nor written here.
    Elsewhere,
}

#[derive(Debug)]
pub struct Bucket {
    node: &'static str,
    name: String,
    labels: Labels,
    policy: PolicyOwner,
    /// See [`Bucket::found_before`].
    found_before: bool,
    /// See [`Bucket::taken_over`].
    taken_over: bool,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct BucketMemory {
    /// The bucket existed at the last read. If so, all settings are read concurrently; otherwise, the tags are read
    /// first to find out whether the bucket exists.
    seen: bool,
    /// The bucket was created in us-east-1, where creating an existing bucket also succeeds. Its owner must be
    /// verified before the bucket is written to.
    owner_unverified: bool,
    /// Whether the bucket must stay public, once this is known. The answer is kept until the end of the run, so that a run
    /// that takes over a distribution does not have to wait for it.
    stays_public: Option<bool>,
    /// How often this run found no tags. See [`UNTAGGED_READS`].
    untagged: u32,
}

/// How often a bucket without tags is read again before it counts as not managed by twinctl: for a few seconds after a
/// bucket was created, its tags may not be readable, and an earlier run may have been killed right after that.
const UNTAGGED_READS: u32 = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct BucketActual {
    tags: BTreeMap<String, String>,
    public_access: String,
    encryption: String,
    ownership: String,
    versioning: String,
    lifecycle: Vec<LifecycleRule>,
    policy: Statements,
    /// A distribution of another tool reads the page without credentials.
    stays_public: bool,
}

impl Bucket {
    pub fn new(node: &'static str, name: impl Into<String>, labels: Labels, policy: PolicyOwner) -> Self {
        Self { node, name: name.into(), labels, policy, found_before: false, taken_over: false }
    }

    fn wanted_policy(&self) -> Option<Value> {
        match self.policy {
            PolicyOwner::TlsOnly => Some(policy::document(&[policy::tls_only(&self.name)])),
            PolicyOwner::Elsewhere => None,
        }
    }

    /// If the bucket existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    /// If the run takes over existing buckets, it does not wait for their tags.
    #[must_use]
    pub fn taken_over(self, taken_over: bool) -> Self {
        Self { taken_over, ..self }
    }

    /// Creates the bucket, with all settings that the one call accepts.
    async fn create(&self, cloud: &Cloud, memory: &mut BucketMemory) -> Result<BucketActual, Fault> {
        let tag = |(key, value): (&str, &str)| Tag::builder().key(key).value(value).build();
        let tags: Result<Vec<_>, _> = self.labels.iter().map(tag).collect();
        let tags = tags.map_err(unbuildable)?;
        // S3 refuses us-east-1 as a location constraint: it is the default.
        let region = (!is_us_east_1(&cloud.region)).then(|| BucketLocationConstraint::from(&*cloud.region));
        let configuration =
            CreateBucketConfiguration::builder().set_location_constraint(region).set_tags(Some(tags)).build();
        let request = cloud
            .s3
            .create_bucket()
            .bucket(&self.name)
            .create_bucket_configuration(configuration)
            .object_ownership(ObjectOwnership::BucketOwnerEnforced);
        request.send().await.fault("s3:CreateBucket")?;
        memory.seen = true;
        memory.owner_unverified = is_us_east_1(&cloud.region);
        Ok(BucketActual {
            tags: self.labels.to_map(),
            public_access: UNSET.to_owned(),
            encryption: AES256.to_owned(),
            ownership: OWNER_ENFORCED.to_owned(),
            versioning: UNSET.to_owned(),
            lifecycle: vec![],
            policy: Statements::default(),
            stays_public: false,
        })
    }

    /// Returns whether the bucket has to stay public, because a distribution of another tool reads its page without
    /// credentials, or some edge locations still do.
    async fn stays_public(
        &self,
        cloud: &Cloud,
        memory: &mut BucketMemory,
        rest: &BucketActual,
    ) -> Result<bool, Fault> {
        if self.policy == PolicyOwner::TlsOnly || rest.public_access == BLOCKED {
            return Ok(false);
        }
        if let Some(known) = memory.stays_public {
            return Ok(known);
        }
        let policy = policy::read(cloud, &self.name).await?.unwrap_or_default();
        // Without our setting of the object ownership, the objects may have access control lists of their own.
        let may_be_public = policy.allow_everyone() || rest.ownership != OWNER_ENFORCED;
        let stays_public =
            may_be_public && readers(cloud, &self.name).await?.iter().any(|each| !each.is_controlled);
        Ok(*memory.stays_public.insert(stays_public))
    }

    /// Verifies the owner of a bucket that us-east-1 has reported as created. Called before the first write to it, so
    /// nodes that only need the bucket to exist do not wait for this call.
    async fn verify_owner(&self, cloud: &Cloud, memory: &mut BucketMemory) -> Result<(), Fault> {
        if !memory.owner_unverified {
            return Ok(());
        }
        // Right after the creation, a read may still find no bucket, or no tags.
        let tags = self.read_tags(cloud).await?.unwrap_or_default();
        match self.owner(&tags) {
            Ownership::Ours => memory.owner_unverified = false,
            Ownership::Untagged(description) => return Err(Fault::new(Class::Propagating, description)),
            Ownership::Foreign(description) => return Err(Fault::new(Class::Refused, description)),
        }
        Ok(())
    }

    fn owner(&self, tags: &BTreeMap<String, String>) -> Ownership {
        self.labels.ownership(tags, &format!("the bucket `{}`", self.name))
    }
}

impl RequiredPermissions for Bucket {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let bucket = || [format!("arn:aws:s3:::{}", self.name)];
        let objects = [format!("arn:aws:s3:::{}/*", self.name)];
        let look = Permission::read(
            "LookAtBuckets",
            &[
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:ListBucket",
                "s3:ListTagsForResource",
            ],
            bucket(),
        );
        let change = Permission::write(
            "ChangeBuckets",
            &[
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:ListBucketVersions",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            bucket(),
        );
        let mut permissions = vec![
            look,
            change,
            Permission::write("EmptyBuckets", &["s3:DeleteObject", "s3:DeleteObjectVersion"], objects),
        ];
        if self.policy == PolicyOwner::Elsewhere {
            permissions.push(Permission::read(
                "ListDistributions",
                &["cloudfront:ListDistributions"],
                ["*".to_owned()],
            ));
        }
        if self.policy == PolicyOwner::TlsOnly && !names.assigned.is_complete() {
            // A policy can share the objects with another account, so CI writes it only for new buckets.
            permissions.push(Permission::write("SecureBuckets", &["s3:PutBucketPolicy"], bucket()));
        }
        permissions
    }
}

fn is_us_east_1(region: &str) -> bool {
    region == "us-east-1"
}

impl Resource for Bucket {
    type Cloud = Cloud;
    type Desired = BucketDesired;
    type Actual = BucketActual;
    type Output = String;
    type Memory = BucketMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn initial_memory(&self) -> BucketMemory {
        BucketMemory { seen: self.found_before, ..BucketMemory::default() }
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<BucketActual>, Fault> {
        let (tags, rest) = if memory.seen {
            let (tags, rest) = tokio::join!(self.read_tags(cloud), Box::pin(self.read_settings(cloud)));
            (tags?, Some(rest))
        } else {
            (self.read_tags(cloud).await?, None)
        };
        memory.seen = tags.is_some();
        let Some(tags) = tags else {
            return Ok(None);
        };
        if tags.is_empty() && !self.taken_over && memory.untagged < UNTAGGED_READS {
            memory.untagged += 1;
            return Err(Fault::new(Class::Propagating, format!("the bucket `{}` has no tags", self.name)));
        }
        let rest = match rest {
            Some(rest) => rest?,
            None => Box::pin(self.read_settings(cloud)).await?,
        };
        let stays_public = Box::pin(self.stays_public(cloud, memory, &rest)).await?;
        Ok(Some(BucketActual { tags, stays_public, ..rest }))
    }

    fn ownership(&self, actual: &BucketActual) -> Ownership {
        self.owner(&actual.tags)
    }

    fn diff(&self, desired: &BucketDesired, actual: Option<&BucketActual>) -> Vec<Change> {
        let wanted = |text: &str| text.to_owned();
        let mut changes = Changes::new();
        self.labels.compare(&mut changes, actual.map(|a| &a.tags));
        let is_closed = !actual.is_some_and(|a| a.stays_public);
        if is_closed {
            changes.value("public access", &wanted(BLOCKED), actual.map(|a| &a.public_access));
        }
        changes.value("encryption", &wanted(AES256), actual.map(|a| &a.encryption));
        if is_closed {
            changes.value("object ownership", &wanted(OWNER_ENFORCED), actual.map(|a| &a.ownership));
        }
        changes.value("versioning", &wanted(ENABLED), actual.map(|a| &a.versioning));
        lifecycle::compare(&mut changes, desired, actual.map_or(&[], |a| &a.lifecycle));
        if let Some(document) = self.wanted_policy() {
            Statements::new(&document).compare(&mut changes, "policy", actual.map(|a| &a.policy));
        }
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &BucketDesired,
        actual: Option<&BucketActual>,
    ) -> Result<Pushed<BucketActual>, Fault> {
        let pushed = match actual {
            None => self.create(cloud, memory).await?,
            Some(actual) => {
                self.verify_owner(cloud, memory).await?;
                Box::pin(self.write_settings(cloud, desired, actual)).await?
            }
        };
        Ok(Pushed::Actual(pushed))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        _: &BucketActual,
    ) -> Result<Removed, Fault> {
        if empty::delete_batch(cloud, self.node, &self.name).await? == Remaining::Some {
            return Ok(Removed::Observe);
        }
        let request = cloud.s3.delete_bucket().bucket(&self.name).expected_bucket_owner(&cloud.account);
        request.send().await.done("s3:DeleteBucket", &["NoSuchBucket"])?;
        memory.seen = false;
        Ok(Removed::Done)
    }

    fn output(&self, _: &BucketActual) -> Option<String> {
        Some(self.name.clone())
    }

    fn predict_output(&self, _: &BucketDesired, _: Option<&BucketActual>) -> Option<String> {
        Some(self.name.clone())
    }
}

#[cfg(test)]
mod tests;
