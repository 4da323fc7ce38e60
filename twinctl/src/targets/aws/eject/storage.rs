//! The buckets and the usage table.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{ServerSideEncryptionRule, Tag, TransitionDefaultMinimumObjectSize};
use reconcile::Fault;
use serde_json::{Value, json};

use super::{
    hcl::{Body, Resource, parsed},
    lifecycle,
};
use crate::targets::aws::{Cloud, SdkResult};

const NO_TABLE: &[&str] = &["ResourceNotFoundException"];

/// Returns a bucket with all its settings.
pub(super) async fn bucket(cloud: &Cloud, label: &'static str, name: &str) -> Result<Vec<Resource>, Fault> {
    let (tags, settings, policy) = tokio::try_join!(
        tags(cloud, name),
        Box::pin(settings(cloud, label, name)),
        Box::pin(policy(cloud, label, name))
    )?;
    let body = Body::new().set("bucket", name).set("tags", json!(tags));
    let bucket = Resource::new("aws_s3_bucket", label, name, body).provides("id", name);
    let bucket = bucket.provides("arn", format!("arn:aws:s3:::{name}"));
    Ok(std::iter::once(bucket).chain(settings).chain(policy).collect())
}

async fn tags(cloud: &Cloud, name: &str) -> Result<BTreeMap<String, String>, Fault> {
    let request = cloud.s3.get_bucket_tagging().bucket(name).expected_bucket_owner(&cloud.account);
    let found = request.send().await.found("s3:GetBucketTagging", &["NoSuchTagSet"])?;
    let tags = found.map(|found| found.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|Tag { key, value, .. }| (key, value)).collect())
}

async fn policy(cloud: &Cloud, label: &str, name: &str) -> Result<Option<Resource>, Fault> {
    let request = cloud.s3.get_bucket_policy().bucket(name).expected_bucket_owner(&cloud.account);
    let found = request.send().await.found("s3:GetBucketPolicy", &["NoSuchBucketPolicy"])?;
    let document = found.and_then(|found| found.policy);
    Ok(document.map(|document| {
        of_bucket("aws_s3_bucket_policy", label, name, |body| body.document("policy", parsed(&document)))
    }))
}

/// Returns the settings that are resources of their own in Terraform.
async fn settings(cloud: &Cloud, label: &str, name: &str) -> Result<Vec<Resource>, Fault> {
    let (s3, owner) = (&cloud.s3, &cloud.account);
    let (access, ownership, encryption, versioning, rules) = tokio::join!(
        s3.get_public_access_block().bucket(name).expected_bucket_owner(owner).send(),
        s3.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner).send(),
        s3.get_bucket_encryption().bucket(name).expected_bucket_owner(owner).send(),
        s3.get_bucket_versioning().bucket(name).expected_bucket_owner(owner).send(),
        s3.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(owner).send(),
    );
    let access = access.found("s3:GetBucketPublicAccessBlock", &["NoSuchPublicAccessBlockConfiguration"])?;
    let access = access.and_then(|found| found.public_access_block_configuration).map(|block| {
        of_bucket("aws_s3_bucket_public_access_block", label, name, |body| {
            body.set("block_public_acls", block.block_public_acls == Some(true))
                .set("block_public_policy", block.block_public_policy == Some(true))
                .set("ignore_public_acls", block.ignore_public_acls == Some(true))
                .set("restrict_public_buckets", block.restrict_public_buckets == Some(true))
        })
    });
    let ownership = ownership.found("s3:GetBucketOwnershipControls", &["OwnershipControlsNotFoundError"])?;
    let ownership = ownership.and_then(|found| found.ownership_controls).map(|controls| {
        let rule = |rule: &aws_sdk_s3::types::OwnershipControlsRule| {
            Body::new().set("object_ownership", rule.object_ownership.as_str())
        };
        let rules: Vec<_> = controls.rules.iter().map(rule).collect();
        of_bucket("aws_s3_bucket_ownership_controls", label, name, |body| body.blocks("rule", rules))
    });
    let missing = ["ServerSideEncryptionConfigurationNotFoundError"];
    let encryption = encryption.found("s3:GetEncryptionConfiguration", &missing)?;
    let encryption = encryption.and_then(|found| found.server_side_encryption_configuration).map(|found| {
        let kind = "aws_s3_bucket_server_side_encryption_configuration";
        of_bucket(kind, label, name, |body| body.blocks("rule", found.rules.iter().map(encryption_rule)))
    });
    let versioning = versioning.fault("s3:GetBucketVersioning")?.status.map(|status| {
        let status = Body::new().set("status", status.as_str());
        of_bucket("aws_s3_bucket_versioning", label, name, |body| {
            body.block("versioning_configuration", status)
        })
    });
    let rules = rules.found("s3:GetLifecycleConfiguration", &["NoSuchLifecycleConfiguration"])?;
    let rules = rules.filter(|found| !found.rules().is_empty()).map(|found| {
        let kind = "aws_s3_bucket_lifecycle_configuration";
        let least = found.transition_default_minimum_object_size.as_ref();
        let least =
            least.filter(|least| **least != TransitionDefaultMinimumObjectSize::AllStorageClasses128K);
        let least = least.map(TransitionDefaultMinimumObjectSize::as_str);
        of_bucket(kind, label, name, |body| {
            let body = body.set_some("transition_default_minimum_object_size", least);
            body.blocks("rule", found.rules().iter().map(lifecycle::rule))
        })
    });
    Ok([access, ownership, encryption, versioning, rules].into_iter().flatten().collect())
}

fn of_bucket(kind: &'static str, label: &str, name: &str, set: impl FnOnce(Body) -> Body) -> Resource {
    Resource::new(kind, label, name, set(Body::new().set("bucket", name)))
}

fn encryption_rule(rule: &ServerSideEncryptionRule) -> Body {
    let default = rule.apply_server_side_encryption_by_default.as_ref().map(|default| {
        let body = Body::new().set("sse_algorithm", default.sse_algorithm.as_str());
        body.set_some("kms_master_key_id", default.kms_master_key_id.clone())
    });
    let body = Body::new().set_some("bucket_key_enabled", rule.bucket_key_enabled);
    body.blocks("apply_server_side_encryption_by_default", default)
}

/// Returns the usage table, if there is one.
pub(super) async fn usage_table(cloud: &Cloud, name: &str, arn: &str) -> Result<Option<Resource>, Fault> {
    let (table, tags) = tokio::join!(
        cloud.dynamodb.describe_table().table_name(name).send(),
        cloud.dynamodb.list_tags_of_resource().resource_arn(arn).send()
    );
    let table = table.found("dynamodb:DescribeTable", NO_TABLE)?.and_then(|found| found.table);
    let Some(table) = table else { return Ok(None) };
    let tags = tags.fault("dynamodb:ListTagsOfResource")?.tags.unwrap_or_default();
    let tags: BTreeMap<_, _> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let billing = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let attribute = |defined: &aws_sdk_dynamodb::types::AttributeDefinition| {
        Body::new().set("name", defined.attribute_name()).set("type", defined.attribute_type().as_str())
    };
    let body = Body::new()
        .set("name", name)
        .set("billing_mode", billing.map_or("PROVISIONED", |mode| mode.as_str()))
        .set_some("hash_key", table.key_schema().first().map(|key| Value::from(key.attribute_name())))
        .set_some("deletion_protection_enabled", table.deletion_protection_enabled.filter(|on| *on))
        .set("tags", json!(tags))
        .blocks("attribute", table.attribute_definitions().iter().map(attribute));
    Ok(Some(
        Resource::new("aws_dynamodb_table", "usage", name, body).provides("name", name).provides("arn", arn),
    ))
}
