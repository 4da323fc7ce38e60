//! The lifecycle rules of a bucket: which objects S3 deletes automatically.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, Tag,
};
use contract::expiry;
use reconcile::{Change, Changes, Fault};

use crate::targets::aws::{Cloud, SdkResult};

/// The ID of the rule for every object.
const RULE: &str = "twinctl";
/// The ID of the rule for conversations.
const EXPIRY_RULE: &str = "twinctl-expiry";
/// The ID of the rule for objects without a turn, such as tombstones of deleted conversations.
const EMPTY_RULE: &str = "twinctl-empty";
const INCOMPLETE_UPLOAD_DAYS: i32 = 7;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketDesired {
    /// Days until S3 deletes an overwritten or deleted object permanently.
    pub noncurrent_days: u32,
    /// Days until S3 deletes a conversation that the function tagged.
    pub expire_days: Option<u32>,
    /// Whether the bucket contains conversations.
    pub is_memory: bool,
}

/// Reads the rules of a bucket.
pub(super) async fn read(cloud: &Cloud, bucket: &str) -> Result<Vec<LifecycleRule>, Fault> {
    let request = cloud.s3.get_bucket_lifecycle_configuration();
    let request = request.bucket(bucket).expected_bucket_owner(&cloud.account);
    let missing = ["NoSuchLifecycleConfiguration"];
    let response = request.send().await.found("s3:GetLifecycleConfiguration", &missing)?;
    Ok(normal(response.and_then(|response| response.rules).unwrap_or_default()))
}

/// Returns the number of days after which objects that the function tagged expire. Returns `None` if they do not.
pub(crate) async fn tagged_expiry(cloud: &Cloud, bucket: &str) -> Result<Option<u32>, Fault> {
    Ok(tagged_days(&read(cloud, bucket).await?))
}

/// Returns our rules, in normal form. Tagged objects have rules of their own, because S3 does not combine the other actions
/// with tags. A delete marker has no tags, so the rule for all objects deletes it once no version is left: its key contains the
/// id of a conversation.
pub(super) fn wanted(desired: &BucketDesired) -> Vec<LifecycleRule> {
    let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    let old = NoncurrentVersionExpiration::builder().noncurrent_days(days(desired.noncurrent_days)).build();
    let incomplete =
        AbortIncompleteMultipartUpload::builder().days_after_initiation(INCOMPLETE_UPLOAD_DAYS).build();
    let rule = LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .expiration(LifecycleExpiration::builder().expired_object_delete_marker(true).build())
        .noncurrent_version_expiration(old)
        .abort_incomplete_multipart_upload(incomplete);
    let tagged = |id: &str, filter: Option<LifecycleRuleFilter>, after: u32| {
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .set_filter(filter)
            .expiration(LifecycleExpiration::builder().days(days(after)).build())
    };
    let empty = desired.is_memory.then(|| tagged(EMPTY_RULE, empty(), expiry::EMPTY_DAYS.into()));
    let expiry = desired.expire_days.map(|after| tagged(EXPIRY_RULE, expiring(), after));
    [Some(rule), empty, expiry].into_iter().flatten().filter_map(|rule| rule.build().ok()).collect()
}

/// The filter for conversations that expire.
fn expiring() -> Option<LifecycleRuleFilter> {
    with_tag(expiry::TAG)
}

/// The filter for conversations without a turn.
fn empty() -> Option<LifecycleRuleFilter> {
    with_tag(expiry::EMPTY_TAG)
}

fn with_tag((key, value): (&str, &str)) -> Option<LifecycleRuleFilter> {
    let tag = Tag::builder().key(key).value(value).build().ok()?;
    Some(LifecycleRuleFilter::builder().tag(tag).build())
}

/// Returns after how many days tagged objects expire.
fn tagged_days(rules: &[LifecycleRule]) -> Option<u32> {
    let is_expiry =
        |rule: &&LifecycleRule| rule.status == ExpirationStatus::Enabled && rule.filter == expiring();
    let days = rules.iter().filter(is_expiry).find_map(|rule| rule.expiration.as_ref()?.days);
    days.and_then(|days| u32::try_from(days).ok())
}

/// Adds an empty filter to a rule without one, which S3 requires for a rule that applies to every object.
pub(super) fn with_filter(rule: LifecycleRule) -> LifecycleRule {
    let mut rule = rule;
    rule.filter.get_or_insert_with(|| LifecycleRuleFilter::builder().prefix("").build());
    rule
}

/// Returns the rules in normal form: S3 returns rules in any order, and has several ways to express that a rule
/// applies to every object.
pub(super) fn normal(mut rules: Vec<LifecycleRule>) -> Vec<LifecycleRule> {
    let unfiltered =
        [LifecycleRuleFilter::builder().build(), LifecycleRuleFilter::builder().prefix("").build()];
    for rule in &mut rules {
        rule.filter = rule.filter.take().filter(|filter| !unfiltered.contains(filter));
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// Adds a change for each rule that is missing, different or not ours.
pub(super) fn compare(changes: &mut Changes, desired: &BucketDesired, actual: &[LifecycleRule]) {
    let wanted = wanted(desired);
    let mut ids: Vec<_> = wanted.iter().chain(actual).map(|rule| rule.id.as_deref()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let (new, old) = (find(&wanted, id), find(actual, id));
        if new != old {
            let field = format!("lifecycle.{}", id.unwrap_or("(no id)"));
            changes.push(Change::new(field, old.map(text), new.map(text)));
        }
    }
}

fn find<'a>(rules: &'a [LifecycleRule], id: Option<&str>) -> Option<&'a LifecycleRule> {
    rules.iter().find(|rule| rule.id.as_deref() == id)
}

fn text(rule: &LifecycleRule) -> String {
    let days = |what: &str, days: Option<i32>| {
        days.map(|days| if days == 1 { format!("{what} 1 day") } else { format!("{what} {days} days") })
    };
    let old = rule.noncurrent_version_expiration.as_ref().and_then(|old| old.noncurrent_days);
    let current = rule.expiration.as_ref().and_then(|expiration| expiration.days);
    let incomplete = rule.abort_incomplete_multipart_upload.as_ref();
    let (objects, is_filtered) = match &rule.filter {
        None => ("objects", false),
        filter if *filter == expiring() => ("conversations written by the twin", false),
        filter if *filter == empty() => ("remains of deleted conversations", false),
        Some(_) => ("objects", true),
    };
    let markers = rule.expiration.as_ref().and_then(|expiration| expiration.expired_object_delete_marker);
    let parts = [
        days("old versions", old),
        days(objects, current),
        days("incomplete uploads", incomplete.and_then(|upload| upload.days_after_initiation)),
        (markers == Some(true)).then(|| "unused delete markers".to_owned()),
        is_filtered.then(|| "filtered".to_owned()),
        (!rule.transitions().is_empty()).then(|| "with transitions".to_owned()),
        (rule.status != ExpirationStatus::Enabled).then(|| "disabled".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
