//! What a bucket lets go of by itself.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration,
};
use reconcile::{Change, Changes};

use super::BucketDesired;

const RULE: &str = "twinctl";
const UNFINISHED_UPLOAD_DAYS: i32 = 7;

/// The one rule of ours, in normal form.
pub(super) fn wanted(desired: &BucketDesired) -> Vec<LifecycleRule> {
    let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    let old = NoncurrentVersionExpiration::builder().noncurrent_days(days(desired.noncurrent_days)).build();
    let expiration =
        desired.expire_days.map(|after| LifecycleExpiration::builder().days(days(after)).build());
    let unfinished =
        AbortIncompleteMultipartUpload::builder().days_after_initiation(UNFINISHED_UPLOAD_DAYS).build();
    let rule = LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .noncurrent_version_expiration(old)
        .set_expiration(expiration)
        .abort_incomplete_multipart_upload(unfinished);
    rule.build().into_iter().collect()
}

/// A rule without a filter is said to S3 with an empty one.
pub(super) fn for_every_object(rule: LifecycleRule) -> LifecycleRule {
    let mut rule = rule;
    rule.filter = Some(LifecycleRuleFilter::builder().prefix("").build());
    rule
}

/// S3 says in several ways that a rule is for every object, and gives rules in any order.
pub(super) fn normal(mut rules: Vec<LifecycleRule>) -> Vec<LifecycleRule> {
    let everything =
        [LifecycleRuleFilter::builder().build(), LifecycleRuleFilter::builder().prefix("").build()];
    for rule in &mut rules {
        rule.filter = rule.filter.take().filter(|filter| !everything.contains(filter));
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// One change for each rule that is missing, differs or stands beside ours.
pub(super) fn compare(changes: &mut Changes, desired: &BucketDesired, actual: &[LifecycleRule]) {
    let wanted = wanted(desired);
    let mut ids: Vec<_> = wanted.iter().chain(actual).map(|rule| rule.id.as_deref()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let (new, old) = (find(&wanted, id), find(actual, id));
        if new != old {
            let field = format!("lifecycle.{}", id.unwrap_or("without a name"));
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
    let unfinished = rule.abort_incomplete_multipart_upload.as_ref();
    let parts = [
        days("old versions", old),
        days("objects", current),
        days("unfinished uploads", unfinished.and_then(|upload| upload.days_after_initiation)),
        rule.filter.as_ref().map(|_| "some objects only".to_owned()),
        (!rule.transitions().is_empty()).then(|| "moves objects".to_owned()),
        (rule.status != ExpirationStatus::Enabled).then(|| "turned off".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
