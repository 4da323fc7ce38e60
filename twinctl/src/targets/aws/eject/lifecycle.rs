//! The lifecycle rules of a bucket, with all members that AWS knows.

use std::collections::BTreeMap;

use aws_sdk_s3::{
    primitives::{DateTime, DateTimeFormat},
    types::{LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, Tag, TransitionStorageClass},
};
use serde_json::json;

use super::hcl::Body;

pub(super) fn rule(rule: &LifecycleRule) -> Body {
    let expiration = rule.expiration.as_ref().map(|expiration| {
        let markers = expiration.expired_object_delete_marker.filter(|marker| *marker);
        Body::new()
            .set_some("date", date(expiration.date.as_ref()))
            .set_some("days", expiration.days)
            .set_some("expired_object_delete_marker", markers)
    });
    let old = rule.noncurrent_version_expiration.as_ref().map(|old| {
        Body::new()
            .set_some("noncurrent_days", old.noncurrent_days)
            .set_some("newer_noncurrent_versions", old.newer_noncurrent_versions)
    });
    let moved = rule.transitions().iter().map(|moved| {
        Body::new()
            .set_some("date", date(moved.date.as_ref()))
            .set_some("days", moved.days)
            .set_some("storage_class", moved.storage_class.as_ref().map(TransitionStorageClass::as_str))
    });
    let old_moved = rule.noncurrent_version_transitions().iter().map(|moved| {
        Body::new()
            .set_some("noncurrent_days", moved.noncurrent_days)
            .set_some("newer_noncurrent_versions", moved.newer_noncurrent_versions)
            .set_some("storage_class", moved.storage_class.as_ref().map(TransitionStorageClass::as_str))
    });
    let uploads = rule.abort_incomplete_multipart_upload.as_ref();
    let uploads = uploads.and_then(|uploads| uploads.days_after_initiation);
    #[expect(deprecated, reason = "rules of other tools can have it")]
    let prefix = rule.prefix.clone().filter(|prefix| rule.filter.is_none() && !prefix.is_empty());
    // Terraform wants a filter, also an empty one, unless the rule has a prefix of its own.
    let filter = prefix.is_none().then(|| rule.filter.as_ref().map_or_else(Body::new, filter));
    Body::new()
        .set_some("id", rule.id.clone())
        .set("status", rule.status.as_str())
        .set_some("prefix", prefix)
        .blocks("filter", filter)
        .blocks("expiration", expiration)
        .blocks("transition", moved)
        .blocks("noncurrent_version_expiration", old)
        .blocks("noncurrent_version_transition", old_moved)
        .blocks(
            "abort_incomplete_multipart_upload",
            uploads.map(|days| Body::new().set("days_after_initiation", days)),
        )
}

fn filter(filter: &LifecycleRuleFilter) -> Body {
    let tag = filter.tag.as_ref().map(|tag| Body::new().set("key", &*tag.key).set("value", &*tag.value));
    Body::new()
        .set_some("prefix", filter.prefix.clone())
        .set_some("object_size_greater_than", filter.object_size_greater_than)
        .set_some("object_size_less_than", filter.object_size_less_than)
        .blocks("tag", tag)
        .blocks("and", filter.and.as_ref().map(all_of))
}

/// Renders a filter with several conditions.
fn all_of(filter: &LifecycleRuleAndOperator) -> Body {
    let tags: BTreeMap<_, _> = filter.tags().iter().map(|Tag { key, value, .. }| (key, value)).collect();
    Body::new()
        .set_some("prefix", filter.prefix.clone())
        .set_some("object_size_greater_than", filter.object_size_greater_than)
        .set_some("object_size_less_than", filter.object_size_less_than)
        .set_some("tags", (!tags.is_empty()).then(|| json!(tags)))
}

fn date(date: Option<&DateTime>) -> Option<String> {
    date?.fmt(DateTimeFormat::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        ExpirationStatus, LifecycleExpiration, NoncurrentVersionExpiration, NoncurrentVersionTransition,
        Transition,
    };

    use super::{super::hcl::References, *};

    fn rendered(written: &LifecycleRule) -> String {
        rule(written).render("", &References::new())
    }

    #[test]
    fn all_members_of_a_rule_are_described() {
        let tag = |key: &str| Tag::builder().key(key).value("yes").build().unwrap();
        let both = LifecycleRuleAndOperator::builder().prefix("a/").tags(tag("old")).tags(tag("big"));
        let both = both.object_size_greater_than(1024).object_size_less_than(4096);
        let date = DateTime::from_secs(1_800_000_000);
        let moved = Transition::builder().date(date).storage_class(TransitionStorageClass::Glacier);
        let old_moved = NoncurrentVersionTransition::builder().noncurrent_days(30);
        let old_moved =
            old_moved.newer_noncurrent_versions(2).storage_class(TransitionStorageClass::StandardIa);
        let rule = LifecycleRule::builder()
            .id("archive")
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().and(both.build()).build())
            .expiration(LifecycleExpiration::builder().date(date).build())
            .transitions(moved.build())
            .noncurrent_version_expiration(
                NoncurrentVersionExpiration::builder()
                    .noncurrent_days(90)
                    .newer_noncurrent_versions(3)
                    .build(),
            )
            .noncurrent_version_transitions(old_moved.build());
        insta::assert_snapshot!(rendered(&rule.build().unwrap()), @r#"
        id     = "archive"
        status = "Enabled"

        filter {
          and {
            prefix                   = "a/"
            object_size_greater_than = 1024
            object_size_less_than    = 4096
            tags = {
              big = "yes"
              old = "yes"
            }
          }
        }

        expiration {
          date = "2027-01-15T08:00:00Z"
        }

        transition {
          date          = "2027-01-15T08:00:00Z"
          storage_class = "GLACIER"
        }

        noncurrent_version_expiration {
          noncurrent_days           = 90
          newer_noncurrent_versions = 3
        }

        noncurrent_version_transition {
          noncurrent_days           = 30
          newer_noncurrent_versions = 2
          storage_class             = "STANDARD_IA"
        }
        "#);
    }

    #[test]
    #[expect(deprecated, reason = "rules of other tools can have it")]
    fn a_rule_keeps_its_prefix() {
        let rule = LifecycleRule::builder().status(ExpirationStatus::Disabled).prefix("logs/");
        insta::assert_snapshot!(rendered(&rule.build().unwrap()), @r#"
        status = "Disabled"
        prefix = "logs/"
        "#);
        let rule = LifecycleRule::builder().status(ExpirationStatus::Disabled).prefix("");
        insta::assert_snapshot!(rendered(&rule.build().unwrap()), @r#"
        status = "Disabled"

        filter {}
        "#);
        let small = LifecycleRuleFilter::builder().object_size_less_than(10).build();
        let rule = LifecycleRule::builder().status(ExpirationStatus::Disabled).filter(small);
        insta::assert_snapshot!(rendered(&rule.build().unwrap()), @r#"
        status = "Disabled"

        filter {
          object_size_less_than = 10
        }
        "#);
    }
}
