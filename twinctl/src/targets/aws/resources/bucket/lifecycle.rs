//! The lifecycle rules of a bucket: which objects S3 deletes automatically.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration,
};
use reconcile::{Change, Changes};

const RULE: &str = "twinctl";
const INCOMPLETE_UPLOAD_DAYS: i32 = 7;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketDesired {
    /// Days until S3 deletes an overwritten or deleted object permanently.
    pub noncurrent_days: u32,
    /// Days until S3 deletes an object.
    pub expire_days: Option<u32>,
}

/// Returns our only rule, in normal form.
pub(super) fn wanted(desired: &BucketDesired) -> Vec<LifecycleRule> {
    let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    let old = NoncurrentVersionExpiration::builder().noncurrent_days(days(desired.noncurrent_days)).build();
    let expiration =
        desired.expire_days.map(|after| LifecycleExpiration::builder().days(days(after)).build());
    let incomplete =
        AbortIncompleteMultipartUpload::builder().days_after_initiation(INCOMPLETE_UPLOAD_DAYS).build();
    let rule = LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .noncurrent_version_expiration(old)
        .set_expiration(expiration)
        .abort_incomplete_multipart_upload(incomplete);
    rule.build().into_iter().collect()
}

/// Adds an empty filter to a rule, which S3 requires for a rule that applies to every object.
pub(super) fn with_empty_filter(rule: LifecycleRule) -> LifecycleRule {
    let mut rule = rule;
    rule.filter = Some(LifecycleRuleFilter::builder().prefix("").build());
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
    let days = |what: &str, days: Option<i32>| days.map(|days| format!("{what} {days} days"));
    let old = rule.noncurrent_version_expiration.as_ref().and_then(|old| old.noncurrent_days);
    let current = rule.expiration.as_ref().and_then(|expiration| expiration.days);
    let incomplete = rule.abort_incomplete_multipart_upload.as_ref();
    let parts = [
        days("old versions", old),
        days("objects", current),
        days("incomplete uploads", incomplete.and_then(|upload| upload.days_after_initiation)),
        rule.filter.as_ref().map(|_| "filtered".to_owned()),
        (!rule.transitions().is_empty()).then(|| "with transitions".to_owned()),
        (rule.status != ExpirationStatus::Enabled).then(|| "disabled".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
