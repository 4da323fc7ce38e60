//! A bucket: tags, policy, public access, and whether it had lifecycle rules.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::{
    LifecycleRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
};
use reconcile::Fault;

use serde_json::Value;

use super::{
    principals,
    settings::{NONE, own_tags},
};
use crate::targets::{
    aws::{
        Cloud, SdkResult, Statements,
        resources::bucket::{is_code, policy, tagging, unbuildable},
    },
    record::Former,
};

const POLICY: &str = "policy";
const ACCESS: &str = "public access block";
const OWNERSHIP: &str = "object ownership";
const LIFECYCLE: &str = "lifecycle";
const GONE: &[&str] = &["NoSuchBucket"];

pub(super) async fn read(cloud: &Cloud, name: &str) -> Result<Option<Former>, Fault> {
    let owner = &cloud.account;
    let (tags, policy, access, ownership, lifecycle) = tokio::join!(
        cloud.s3.get_bucket_tagging().bucket(name).expected_bucket_owner(owner).send(),
        cloud.s3.get_bucket_policy().bucket(name).expected_bucket_owner(owner).send(),
        cloud.s3.get_public_access_block().bucket(name).expected_bucket_owner(owner).send(),
        cloud.s3.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner).send(),
        cloud.s3.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(owner).send(),
    );
    let tags = match tags.fault("s3:GetBucketTagging") {
        Err(fault) if is_code(&fault, "NoSuchTagSet") => Vec::new(),
        Err(fault) if is_code(&fault, "NoSuchBucket") => return Ok(None),
        tags => tags?.tag_set,
    };
    let policy = policy.found("s3:GetBucketPolicy", &["NoSuchBucketPolicy"])?;
    let missing = &["NoSuchPublicAccessBlockConfiguration"];
    let access = access.found("s3:GetBucketPublicAccessBlock", missing)?;
    let missing = &["NoSuchLifecycleConfiguration"];
    let lifecycle = lifecycle.found("s3:GetLifecycleConfiguration", missing)?;
    let access = access.and_then(|access| access.public_access_block_configuration).map(|access| {
        let flags = [
            access.block_public_acls,
            access.ignore_public_acls,
            access.block_public_policy,
            access.restrict_public_buckets,
        ];
        flags.map(|flag| if flag == Some(true) { '1' } else { '0' }).iter().collect()
    });
    let ownership = ownership.found("s3:GetBucketOwnershipControls", &["OwnershipControlsNotFoundError"])?;
    let ownership = ownership.and_then(|response| response.ownership_controls?.rules.into_iter().next());
    let ownership = ownership.map(|rule| rule.object_ownership.as_str().to_owned());
    let has_rules = lifecycle.is_some_and(|lifecycle| !lifecycle.rules().is_empty());
    let lifecycle = (!has_rules).then(|| (LIFECYCLE.to_owned(), NONE.to_owned()));
    let none = || NONE.to_owned();
    let settings = [
        (POLICY.to_owned(), policy.and_then(|policy| policy.policy).unwrap_or_else(none)),
        (ACCESS.to_owned(), access.unwrap_or_else(none)),
        (OWNERSHIP.to_owned(), ownership.unwrap_or_else(none)),
    ];
    Ok(Some(Former {
        id: name.to_owned(),
        tags: own_tags(tags.into_iter().map(|tag| (tag.key, tag.value))),
        settings: settings.into_iter().chain(lifecycle).collect(),
    }))
}

/// The public access block comes first, because it can refuse the policy.
pub(super) async fn restore(cloud: &Cloud, former: &Former, is_online: bool) -> Result<Vec<String>, Fault> {
    let (name, owner) = (former.id.as_str(), &cloud.account);
    let policy = former.settings.get(POLICY);
    let with_reader = match policy {
        Some(policy) if is_online => {
            policy::read(cloud, name).await?.and_then(|now| with_reader(policy, &now))
        }
        _ => None,
    };
    if let Some(access) = former.settings.get(ACCESS) {
        restore_access(cloud, name, access).await?;
    }
    if let Some(ownership) = former.settings.get(OWNERSHIP) {
        restore_ownership(cloud, name, ownership).await?;
    }
    let mut left_out = BTreeSet::new();
    match with_reader.as_ref().or(policy).map(String::as_str) {
        Some(NONE) => principals::delete_policy(cloud, name).await?,
        Some(policy) => left_out = principals::write_policy(cloud, name, policy).await?,
        None => {}
    }
    if former.settings.contains_key(LIFECYCLE) || has_our_rules(cloud, name).await? {
        let delete = cloud.s3.delete_bucket_lifecycle().bucket(name).expected_bucket_owner(owner);
        delete.send().await.done("s3:PutLifecycleConfiguration", GONE)?;
    }
    restore_tags(cloud, name, &former.tags).await?;
    let note = |identity| {
        format!("the policy of `{name}` no longer names `{identity}`, which does not exist any more")
    };
    Ok(left_out.into_iter().map(note).collect())
}

/// Adds the permission of the distribution to read the bucket, unless everyone may. The other tool removes it when it has
/// configured the distribution as before.
fn with_reader(former: &str, now: &Statements) -> Option<String> {
    let theirs = Statements::parse(former);
    let is_reader = |(id, statement): &(&String, Value)| {
        statement["Principal"]["Service"] == "cloudfront.amazonaws.com" && theirs.get(id).is_none()
    };
    let readers: Vec<_> = now.allowing().filter(is_reader).collect();
    if theirs.allow_everyone() || readers.is_empty() {
        return None;
    }
    let mut document: Value = serde_json::from_str(former).unwrap_or_else(|_| policy::document(&[]));
    let mut statements = match document["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    statements.extend(readers.into_iter().map(|(id, mut statement)| {
        statement["Sid"] = id.as_str().into();
        statement
    }));
    document["Statement"] = statements.into();
    Some(document.to_string())
}

/// Returns whether the lifecycle rules are ours, which replaced the former ones. They would delete conversations, and the other
/// tool writes its rules again.
async fn has_our_rules(cloud: &Cloud, name: &str) -> Result<bool, Fault> {
    let get =
        cloud.s3.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(&cloud.account);
    let missing = &["NoSuchLifecycleConfiguration", "NoSuchBucket"];
    let rules = get.send().await.found("s3:GetLifecycleConfiguration", missing)?;
    let is_ours = |rule: &LifecycleRule| rule.id().is_some_and(|id| id.starts_with("twinctl"));
    Ok(rules.is_some_and(|rules| rules.rules().iter().any(is_ours)))
}

async fn restore_access(cloud: &Cloud, name: &str, access: &str) -> Result<(), Fault> {
    let owner = &cloud.account;
    if access == NONE {
        let delete = cloud.s3.delete_public_access_block().bucket(name).expected_bucket_owner(owner);
        return delete.send().await.done("s3:PutBucketPublicAccessBlock", GONE);
    }
    let flag = |index: usize| access.as_bytes().get(index) == Some(&b'1');
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(flag(0))
        .ignore_public_acls(flag(1))
        .block_public_policy(flag(2))
        .restrict_public_buckets(flag(3))
        .build();
    let put = cloud.s3.put_public_access_block().bucket(name).expected_bucket_owner(owner);
    let put = put.public_access_block_configuration(block);
    put.send().await.done("s3:PutBucketPublicAccessBlock", GONE)
}

async fn restore_ownership(cloud: &Cloud, name: &str, ownership: &str) -> Result<(), Fault> {
    let owner = &cloud.account;
    if ownership == NONE {
        let delete = cloud.s3.delete_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner);
        return delete.send().await.done("s3:PutBucketOwnershipControls", GONE);
    }
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(ownership));
    let controls = OwnershipControls::builder().rules(rule.build().map_err(unbuildable)?);
    let put = cloud.s3.put_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner);
    let put = put.ownership_controls(controls.build().map_err(unbuildable)?);
    put.send().await.done("s3:PutBucketOwnershipControls", GONE)
}

async fn restore_tags(cloud: &Cloud, name: &str, tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    let owner = &cloud.account;
    if tags.is_empty() {
        let delete = cloud.s3.delete_bucket_tagging().bucket(name).expected_bucket_owner(owner);
        return delete.send().await.done("s3:PutBucketTagging", GONE);
    }
    let put = cloud.s3.put_bucket_tagging().bucket(name).expected_bucket_owner(owner);
    let put = put.tagging(tagging(tags)?);
    put.send().await.done("s3:PutBucketTagging", GONE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_distribution_can_read_a_bucket_that_was_returned() {
        let reader = json!({
            "Sid": "ReadObjects", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
            "Principal": { "Service": "cloudfront.amazonaws.com" },
        });
        let now = Statements::new(&policy::document(&[reader, policy::tls_only("b")]));
        let statement =
            |principal: Value| json!({ "Effect": "Allow", "Action": "s3:GetObject", "Principal": principal });
        let returned = |former: &Value| with_reader(&former.to_string(), &now);
        let identity = statement(json!({ "AWS": "arn:aws:iam::cloudfront:user/E1" }));
        for former in [policy::document(std::slice::from_ref(&identity)), json!({ "Statement": identity })] {
            let document: Value = serde_json::from_str(&returned(&former).unwrap()).unwrap();
            let ids: Vec<_> =
                document["Statement"].as_array().unwrap().iter().map(|each| &each["Sid"]).collect();
            assert_eq!(ids, [&Value::Null, &"ReadObjects".into()]);
        }
        assert!(with_reader(NONE, &now).unwrap().contains("ReadObjects"));
        assert_eq!(returned(&policy::document(&[statement(json!("*"))])), None);
        assert_eq!(with_reader(NONE, &Statements::default()), None);
    }
}
