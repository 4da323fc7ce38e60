//! The settings of a bucket. Each has its own call to read and to write it.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use reconcile::{Class, Fault};

use super::{
    AES256, BLOCKED, Bucket, BucketActual, BucketDesired, ENABLED, OWNER_ENFORCED, PolicyOwner, UNSET,
    empty::unbuildable, lifecycle, policy,
};
use crate::targets::aws::{Cloud, SdkResult, Statements};

impl Bucket {
    /// Returns `None` if there is no bucket. A bucket without tags has an empty map.
    pub(super) async fn read_tags(&self, cloud: &Cloud) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let request = cloud.s3.get_bucket_tagging().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let action = "s3:GetBucketTagging";
        let response = request.send().await;
        if let Some(region) = response.as_ref().err().and_then(region_header).filter(|is| *is != cloud.region)
        {
            let found =
                format!("the bucket `{}` is in {region}, and the environment in {}", self.name, cloud.region);
            let advice = format!("set `region: {region}`, or another name under `names:`");
            return Err(Fault::new(Class::Refused, format!("{found}; {advice}")));
        }
        let response = match response.fault(action) {
            Err(fault) if is_code(&fault, "NoSuchBucket") => return Ok(None),
            Err(fault) if is_code(&fault, "NoSuchTagSet") => return Ok(Some(BTreeMap::new())),
            response => response?,
        };
        Ok(Some(response.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()))
    }

    /// Reads everything but the tags.
    pub(super) async fn read_settings(&self, cloud: &Cloud) -> Result<BucketActual, Fault> {
        let (public_access, encryption, ownership, versioning, lifecycle, policy) = tokio::try_join!(
            self.read_public_access(cloud),
            self.read_encryption(cloud),
            self.read_ownership(cloud),
            self.read_versioning(cloud),
            lifecycle::read(cloud, &self.name),
            self.read_policy(cloud),
        )?;
        let tags = BTreeMap::new();
        let stays_public = false;
        Ok(BucketActual {
            tags,
            public_access,
            encryption,
            ownership,
            versioning,
            lifecycle,
            policy,
            stays_public,
        })
    }

    async fn read_public_access(&self, cloud: &Cloud) -> Result<String, Fault> {
        let request =
            cloud.s3.get_public_access_block().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let missing = ["NoSuchPublicAccessBlockConfiguration"];
        let response = request.send().await.found("s3:GetBucketPublicAccessBlock", &missing)?;
        let Some(block) = response.and_then(|response| response.public_access_block_configuration) else {
            return Ok(UNSET.to_owned());
        };
        let missing_blocks: Vec<_> = [
            ("BlockPublicAcls", block.block_public_acls),
            ("IgnorePublicAcls", block.ignore_public_acls),
            ("BlockPublicPolicy", block.block_public_policy),
            ("RestrictPublicBuckets", block.restrict_public_buckets),
        ]
        .into_iter()
        .filter_map(|(name, on)| (on != Some(true)).then_some(name))
        .collect();
        Ok(if missing_blocks.is_empty() {
            BLOCKED.to_owned()
        } else {
            format!("missing {}", missing_blocks.join(", "))
        })
    }

    async fn read_encryption(&self, cloud: &Cloud) -> Result<String, Fault> {
        let request =
            cloud.s3.get_bucket_encryption().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let missing = ["ServerSideEncryptionConfigurationNotFoundError"];
        let response = request.send().await.found("s3:GetEncryptionConfiguration", &missing)?;
        let rules = response.and_then(|response| response.server_side_encryption_configuration);
        let rules = rules.map(|configuration| configuration.rules).unwrap_or_default();
        let default = rules.into_iter().find_map(|rule| rule.apply_server_side_encryption_by_default);
        Ok(default.map_or(UNSET.to_owned(), |rule| rule.sse_algorithm.to_string()))
    }

    async fn read_ownership(&self, cloud: &Cloud) -> Result<String, Fault> {
        let request =
            cloud.s3.get_bucket_ownership_controls().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let missing = ["OwnershipControlsNotFoundError"];
        let response = request.send().await.found("s3:GetBucketOwnershipControls", &missing)?;
        let rules = response.and_then(|response| response.ownership_controls);
        let rule = rules.and_then(|controls| controls.rules.into_iter().next());
        Ok(rule.map_or(UNSET.to_owned(), |rule| rule.object_ownership.to_string()))
    }

    async fn read_versioning(&self, cloud: &Cloud) -> Result<String, Fault> {
        let request =
            cloud.s3.get_bucket_versioning().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let status = request.send().await.fault("s3:GetBucketVersioning")?.status;
        Ok(status.map_or(UNSET.to_owned(), |status| status.to_string()))
    }

    async fn read_policy(&self, cloud: &Cloud) -> Result<Statements, Fault> {
        match self.policy {
            PolicyOwner::TlsOnly => Ok(policy::read(cloud, &self.name).await?.unwrap_or_default()),
            PolicyOwner::Elsewhere => Ok(Statements::default()),
        }
    }

    /// Writes the settings that differ. Waits for every call even if one fails, so that no write is still in flight
    /// when this returns.
    pub(super) async fn write_settings(
        &self,
        cloud: &Cloud,
        desired: &BucketDesired,
        actual: &BucketActual,
    ) -> Result<BucketActual, Fault> {
        let (tags, lifecycle, access, encryption, ownership, versioning) = tokio::join!(
            self.write_tags(cloud, actual),
            self.write_lifecycle(cloud, desired, actual),
            self.write_access(cloud, actual),
            self.write_encryption(cloud, actual),
            self.write_ownership(cloud, actual),
            self.write_versioning(cloud, actual),
        );
        access.and(encryption).and(ownership).and(versioning)?;
        Ok(BucketActual {
            tags: tags?,
            public_access: if actual.stays_public {
                actual.public_access.clone()
            } else {
                BLOCKED.to_owned()
            },
            encryption: AES256.to_owned(),
            ownership: if actual.stays_public { actual.ownership.clone() } else { OWNER_ENFORCED.to_owned() },
            versioning: ENABLED.to_owned(),
            lifecycle: lifecycle?,
            policy: self.wanted_policy().as_ref().map(Statements::new).unwrap_or_default(),
            stays_public: actual.stays_public,
        })
    }

    async fn write_tags(
        &self,
        cloud: &Cloud,
        actual: &BucketActual,
    ) -> Result<BTreeMap<String, String>, Fault> {
        // The call replaces all tags, but the tags of AWS itself cannot be removed.
        let mut tags: BTreeMap<String, String> = self.labels.to_map();
        tags.extend(actual.tags.clone().into_iter().filter(|(key, _)| key.starts_with("aws:")));
        if tags == actual.tags {
            return Ok(tags);
        }
        let request = cloud.s3.put_bucket_tagging().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let request = request.tagging(tagging(&tags)?);
        request.send().await.fault("s3:PutBucketTagging")?;
        Ok(tags)
    }

    async fn write_lifecycle(
        &self,
        cloud: &Cloud,
        desired: &BucketDesired,
        actual: &BucketActual,
    ) -> Result<Vec<aws_sdk_s3::types::LifecycleRule>, Fault> {
        let rules = lifecycle::wanted(desired);
        if rules == actual.lifecycle {
            return Ok(rules);
        }
        let written = rules.iter().cloned().map(lifecycle::with_filter).collect();
        let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(written)).build();
        let request = cloud
            .s3
            .put_bucket_lifecycle_configuration()
            .bucket(&self.name)
            .expected_bucket_owner(&cloud.account)
            .lifecycle_configuration(configuration.map_err(unbuildable)?);
        request.send().await.fault("s3:PutLifecycleConfiguration")?;
        Ok(rules)
    }

    /// Writes the public access block and the policy, one after the other: S3 refuses to write one while the other is
    /// being written.
    async fn write_access(&self, cloud: &Cloud, actual: &BucketActual) -> Result<(), Fault> {
        if actual.public_access != BLOCKED && !actual.stays_public {
            let block = PublicAccessBlockConfiguration::builder()
                .block_public_acls(true)
                .ignore_public_acls(true)
                .block_public_policy(true)
                .restrict_public_buckets(true)
                .build();
            let request =
                cloud.s3.put_public_access_block().bucket(&self.name).expected_bucket_owner(&cloud.account);
            let request = request.public_access_block_configuration(block);
            request.send().await.fault("s3:PutBucketPublicAccessBlock")?;
        }
        if let Some(wanted) = self.wanted_policy().filter(|wanted| Statements::new(wanted) != actual.policy) {
            policy::write(cloud, &self.name, &wanted).await?;
        }
        Ok(())
    }

    async fn write_encryption(&self, cloud: &Cloud, actual: &BucketActual) -> Result<(), Fault> {
        if actual.encryption == AES256 {
            return Ok(());
        }
        let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256);
        let default = default.build().map_err(unbuildable)?;
        let rule =
            ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(unbuildable)?;
        let request =
            cloud.s3.put_bucket_encryption().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let request = request.server_side_encryption_configuration(rules);
        request.send().await.fault("s3:PutEncryptionConfiguration").map(drop)
    }

    async fn write_ownership(&self, cloud: &Cloud, actual: &BucketActual) -> Result<(), Fault> {
        // Readers without credentials may depend on the access control lists of the objects.
        if actual.ownership == OWNER_ENFORCED || actual.stays_public {
            return Ok(());
        }
        let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced);
        let rule = rule.build().map_err(unbuildable)?;
        let controls = OwnershipControls::builder().rules(rule).build().map_err(unbuildable)?;
        let request =
            cloud.s3.put_bucket_ownership_controls().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let request = request.ownership_controls(controls);
        request.send().await.fault("s3:PutBucketOwnershipControls").map(drop)
    }

    async fn write_versioning(&self, cloud: &Cloud, actual: &BucketActual) -> Result<(), Fault> {
        if actual.versioning == ENABLED {
            return Ok(());
        }
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request =
            cloud.s3.put_bucket_versioning().bucket(&self.name).expected_bucket_owner(&cloud.account);
        let request = request.versioning_configuration(enabled);
        request.send().await.fault("s3:PutBucketVersioning").map(drop)
    }
}

/// Returns the region of the bucket, which S3 sends with an error if it is not the region of the request.
fn region_header<E>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.raw_response()?.headers().get("x-amz-bucket-region")
}

pub(crate) fn is_code(fault: &Fault, code: &str) -> bool {
    fault.cause::<crate::ui::ApiError>().is_some_and(|error| error.code == code)
}

/// Returns these tags in the form of a request.
pub(crate) fn tagging(tags: &BTreeMap<String, String>) -> Result<Tagging, Fault> {
    let set: Result<Vec<_>, _> =
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    set.and_then(|set| Tagging::builder().set_tag_set(Some(set)).build()).map_err(unbuildable)
}
